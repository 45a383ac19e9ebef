-- name: shipment_numbers
-- purpose: every number of a parcel with the span in which it means it
-- grain: one row per carrier, number, role and parcel
-- output: lake
-- inputs: parcels, shipment_links by numbers
-- units: a span starts 3 days before the parcel's first-known time, because clocks of sources differ
with own as (
  select shipment_id, known_at, carrier, tracking_number as number, 'line' as role from parcels where tracking_number is not null
  union all
  select shipment_id, known_at, last_mile_carrier, last_mile_number, 'last_mile' from parcels where last_mile_number is not null
), links as (
  select carrier, number, linked_carrier, linked_number, coalesce(role, 'last_mile') as role, linked_at
  from shipment_links
  where coalesce(withdrawn, false) = false
), through as (
  -- a link belongs to the parcel that held the number when the link was made: the newest known before it
  select o.shipment_id, o.known_at, l.linked_carrier as carrier, l.linked_number as number, l.role,
    row_number() over (partition by l.carrier, l.number, l.linked_carrier, l.linked_number
      order by case when l.linked_at is null or o.known_at <= l.linked_at + interval '3' day then 0 else 1 end, o.known_at desc, o.shipment_id) as place
  from links as l
  join (select distinct shipment_id, known_at, carrier, number from own where number in (select number from links)) as o
    on o.number = l.number and (o.carrier is null or l.carrier is null or o.carrier = l.carrier)
), plain as (
  select shipment_id, known_at, carrier, number, role from own
  union all
  select shipment_id, known_at, carrier, number, role from through where place = 1
  union all
  select shipment_id, known_at, carrier, reference_number, 'reference' from parcels where reference_number is not null
  union all
  select shipment_id, known_at, carrier, master_number, 'master' from parcels where master_number is not null
), twice as (
  -- nearly every number is said once and means one parcel for good: only the others are grouped
  select number from plain where number is not null group by number having count(*) > 1
), numbers as (
  select carrier, number, role, shipment_id, min(known_at) as known_at from plain where number in (select number from twice) group by carrier, number, role, shipment_id
), held as (
  -- the order in which parcels held a number, whatever its role; references and masters mean many at a time
  select carrier, number, shipment_id, min(known_at) as known_at
  from numbers
  where role not in ('reference', 'master')
  group by carrier, number, shipment_id
), again as (
  select carrier, number from held group by carrier, number having count(*) > 1
), turns as (
  select h.carrier, h.number, h.shipment_id,
    row_number() over (partition by h.carrier, h.number order by h.known_at, h.shipment_id) as turn,
    h.known_at - interval '3' day as starts,
    lead(h.known_at - interval '3' day) over (partition by h.carrier, h.number order by h.known_at, h.shipment_id) as ends
  from held as h
  join again as a on a.number = h.number and a.carrier is not distinct from h.carrier
), spans as (
  select carrier, number, role, shipment_id, known_at, cast(null as bigint) as turn, cast(null as timestamp with time zone) as starts, cast(null as timestamp with time zone) as ends
  from plain
  where number not in (select number from twice)
  union all
  select n.carrier, n.number, n.role, n.shipment_id, n.known_at, t.turn, t.starts, t.ends
  from numbers as n
  left join turns as t on t.number = n.number and t.carrier is not distinct from n.carrier and t.shipment_id = n.shipment_id
)
select carrier, number, role, shipment_id,
  case when turn > 1 and role not in ('reference', 'master') then starts else cast('1900-01-01 00:00:00 UTC' as timestamp with time zone) end as valid_from,
  case when role not in ('reference', 'master') then coalesce(ends, cast('9999-01-01 00:00:00 UTC' as timestamp with time zone)) else cast('9999-01-01 00:00:00 UTC' as timestamp with time zone) end as valid_to,
  month_start(utc_day(known_at)) as p_month
from spans
