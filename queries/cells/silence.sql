-- name: silence
-- purpose: the longest time that a parcel was without a scan, from its first scan to its end or to the as-of
-- grain: one row per carrier, channel, outcome, longest_hours, current_hours and start_days
-- inputs: shipments_as_of, shipment_numbers, tracking_events, session
-- parameters: shown_from, the instant from which hand-overs are shown
-- units: n outbound parcels; outcome is delivered, open or ended; longest_hours and current_hours (since the newest scan; empty unless
-- open) in whole hours; start_days, whole days from the begin of the longest silence to the as-of, empty where it is below a week
with moving as (
  select p.shipment_id, p.carrier, p.channel, coalesce(p.first_scan_at, p.handed_over_at) as from_at, coalesce(p.delivered_at, p.terminal_at, s.as_of) as to_at,
    case p.outcome when 'delivered' then 'delivered' when 'in_transit' then 'open' else 'ended' end as outcome, s.as_of
  from shipments_as_of as p
  cross join session as s
  where coalesce(p.direction, 'outbound') <> 'return' and coalesce(p.first_scan_at, p.handed_over_at) >= {shown_from}
    and coalesce(p.delivered_at, p.terminal_at, s.as_of) >= coalesce(p.first_scan_at, p.handed_over_at)
), held as (
  select n.number, n.carrier, n.valid_from, n.valid_to, m.shipment_id, m.from_at, m.to_at
  from shipment_numbers as n
  join moving as m on m.shipment_id = n.shipment_id
  where n.role in ('line', 'last_mile', 'relabel')
), heard as (
  select h.shipment_id, e.event_at
  from tracking_events as e
  join held as h on h.number = e.tracking_number and (h.carrier = e.carrier or h.carrier is null or e.carrier is null)
    and e.event_at >= h.valid_from and e.event_at < h.valid_to and e.event_at >= h.from_at and e.event_at <= h.to_at
  where e.event_at >= {shown_from}
  union all
  select shipment_id, from_at from moving
  union all
  select shipment_id, to_at from moving
), gaps as (
  select shipment_id, event_at as from_at, lead(event_at) over (partition by shipment_id order by event_at) as to_at
  from heard
), longest as (
  select shipment_id, max(hours_between(from_at, to_at)) as longest_hours, max_by(from_at, hours_between(from_at, to_at)) as from_at,
    max(hours_between(from_at, to_at)) filter (where is_last = 1) as last_hours
  from (
    select shipment_id, from_at, to_at, case when row_number() over (partition by shipment_id order by to_at desc, from_at desc) = 1 then 1 else 0 end as is_last
    from gaps
    where to_at > from_at
  ) as g
  group by shipment_id
), measured as (
  select m.carrier, m.channel, m.outcome,
    cast(floor(coalesce(l.longest_hours, 0)) as bigint) as longest_hours,
    case when m.outcome = 'open' then cast(floor(coalesce(l.last_hours, 0)) as bigint) end as current_hours,
    case when l.longest_hours >= 168 then cast(floor(hours_between(l.from_at, m.as_of) / 24) as bigint) end as start_days
  from moving as m
  left join longest as l on l.shipment_id = m.shipment_id
)
select carrier, channel, outcome, longest_hours, current_hours, start_days, count(*) as n
from measured
group by carrier, channel, outcome, longest_hours, current_hours, start_days
