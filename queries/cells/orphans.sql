-- name: orphans
-- purpose: scans whose number belongs to no parcel at that time
-- grain: one row per carrier
-- inputs: tracking_events, shipment_numbers, session
-- units: scans up to the as-of; number is an example
-- Nearly every number lies within one span from its first scan to its last: only the others are looked at scan by scan.
with holders as (
  select carrier, number, valid_from, valid_to
  from shipment_numbers
  where role in ('line', 'last_mile', 'relabel')
), numbers as (
  select e.carrier, e.tracking_number, min(e.event_at) as first_at, max(e.event_at) as last_at
  from tracking_events as e
  cross join session as s
  where e.event_at <= s.as_of
  group by e.carrier, e.tracking_number
), covered as (
  -- an inner join, because an outer one with "or" in its condition compares every pair
  select distinct n.carrier, n.tracking_number
  from numbers as n
  join holders as h on h.number = n.tracking_number
  where (h.carrier = n.carrier or h.carrier is null or n.carrier is null) and h.valid_from <= n.first_at and n.last_at < h.valid_to
), doubtful as (
  select n.carrier, n.tracking_number
  from numbers as n
  left join covered as c on c.tracking_number = n.tracking_number and c.carrier is not distinct from n.carrier
  where c.tracking_number is null
), scans as (
  select e.carrier, e.tracking_number, e.event_at, count(*) as n
  from tracking_events as e
  join doubtful as d on d.tracking_number = e.tracking_number and d.carrier is not distinct from e.carrier
  cross join session as s
  where e.event_at <= s.as_of
  group by e.carrier, e.tracking_number, e.event_at
), held as (
  select distinct c.carrier, c.tracking_number, c.event_at
  from scans as c
  join holders as h on h.number = c.tracking_number
  where (h.carrier = c.carrier or h.carrier is null or c.carrier is null) and c.event_at >= h.valid_from and c.event_at < h.valid_to
)
select c.carrier, min(c.tracking_number) as number, cast(sum(c.n) as bigint) as n
from scans as c
left join held as h on h.tracking_number = c.tracking_number and h.event_at = c.event_at and h.carrier is not distinct from c.carrier
where h.tracking_number is null
group by c.carrier
order by cast(sum(c.n) as bigint) desc, c.carrier
