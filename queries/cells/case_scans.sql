-- name: case_scans
-- purpose: the scans of a parcel as the sources reported them
-- grain: one row per parcel and scan
-- inputs: tracking_events, shipment_numbers, session
-- units: event_at UTC; time_raw as it stood in the export
with numbers as (
  -- once a parcel: a number in two roles is one number, with and without its carrier too
  select n.number, n.shipment_id, min(n.valid_from) as valid_from, max(n.valid_to) as valid_to,
    case when count(n.carrier) = count(*) and min(n.carrier) = max(n.carrier) then min(n.carrier) end as carrier
  from shipment_numbers as n
  where n.role in ('line', 'last_mile', 'relabel')
  group by n.number, n.shipment_id
)
select n.shipment_id, e.tracking_number, e.carrier, e.code_system, e.code, e.text, e.time_raw, e.event_at, e.tz_source, e.place, e.country, e.source_kind, e.flags,
  e.feed, e.load_id, e.record_no
from tracking_events as e
join numbers as n on n.number = e.tracking_number and (n.carrier = e.carrier or n.carrier is null or e.carrier is null)
  and e.event_at >= n.valid_from and e.event_at < n.valid_to
cross join session as s
where e.event_at <= s.as_of
