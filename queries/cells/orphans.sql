-- name: orphans
-- purpose: scans whose number belongs to no parcel at that time
-- grain: one row per carrier
-- inputs: tracking_events, shipment_numbers, session
-- parameters: shown_from, the instant from which scans are shown
-- units: scans up to the as-of; number is an example
-- Nearly every scan bears a number that one young parcel holds for good: only the others are looked at span by span,
-- against all parcels, so that what counts as young costs time and changes no number.
with always as (
  select carrier, number
  from shipment_numbers
  where role in ('line', 'last_mile', 'relabel') and p_month >= month_start(local_date({shown_from} - interval '60' day, 'UTC'))
    and valid_from < cast('1900-01-02 00:00:00 UTC' as timestamp with time zone) and valid_to >= cast('9998-01-01 00:00:00 UTC' as timestamp with time zone)
), loose as (
  -- rows without a partner only, so that a number which several parcels hold does no harm
  select e.carrier, e.tracking_number, e.event_at, count(*) as n
  from tracking_events as e
  cross join session as s
  left join always as a on a.number = e.tracking_number and a.carrier = e.carrier
  where e.event_at <= s.as_of and e.event_at >= {shown_from} and a.number is null
  group by e.carrier, e.tracking_number, e.event_at
), held as (
  -- an inner join, because an outer one with "or" in its condition compares every pair
  select distinct c.carrier, c.tracking_number, c.event_at
  from loose as c
  join (select number, carrier, role, valid_from, valid_to from shipment_numbers where number in (select tracking_number from loose)) as h on h.number = c.tracking_number
  where h.role in ('line', 'last_mile', 'relabel') and (h.carrier = c.carrier or h.carrier is null or c.carrier is null) and c.event_at >= h.valid_from and c.event_at < h.valid_to
)
select c.carrier, min(c.tracking_number) as number, cast(sum(c.n) as bigint) as n
from loose as c
left join held as h on h.tracking_number = c.tracking_number and h.event_at = c.event_at and h.carrier is not distinct from c.carrier
where h.tracking_number is null
group by c.carrier
order by cast(sum(c.n) as bigint) desc, c.carrier
