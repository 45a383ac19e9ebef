-- name: bill_matches
-- purpose: whose parcel a line's numbers mean: the provider's number, the tracking number, the customer reference, the master number, in this order
-- grain: one row per address and parcel; of an address that means none, one row with the reason
-- inputs: bill_addresses, shipment_numbers, order_shipments, shipments
-- units: weight_quanta 1/16 ng
-- A number means the parcel whose span began last before the line's day; two days are granted because days of carriers are local.
-- A master number means all its parcels; a reference that means several is not guessed.
with wanted as (
  select address, 1 as way, provider_number as number, number_day from bill_addresses where provider_number is not null
  union all
  select address, 2, tracking_number, number_day from bill_addresses where tracking_number is not null
  union all
  select address, 3, reference, number_day from bill_addresses where reference is not null
  union all
  select address, 4, coalesce(master_number, tracking_number), number_day from bill_addresses where coalesce(master_number, tracking_number) is not null
), held as (
  select w.address, w.way, n.shipment_id, n.valid_from, coalesce(n.valid_from < cast(w.number_day as timestamp with time zone) + interval '2' day, true) as has_begun,
    n.valid_to is null or w.number_day is null or n.valid_to > cast(w.number_day as timestamp with time zone) as is_open
  from wanted as w
  join shipment_numbers as n on n.number = w.number
  where case when w.way <= 2 then n.role not in ('reference', 'master') when w.way = 3 then n.role = 'reference' else n.role = 'master' end
), ordered as (
  select distinct w.address, w.way, o.shipment_id
  from wanted as w
  join order_shipments as o on o.order_id = w.number
  where w.way = 3
), newest as (
  select address, way, shipment_id, is_open, row_number() over (partition by address, way order by valid_from desc nulls last, shipment_id) as place
  from held
  where way <= 2 and has_begun
), single as (
  -- of two parcels that hold the number at the time, nobody knows which is meant
  select address, way, max(case when place = 1 then shipment_id end) as shipment_id, count(distinct case when is_open or place = 1 then shipment_id end) as parcels
  from newest
  group by address, way
), referred as (
  select address, way, max(shipment_id) as shipment_id, count(distinct shipment_id) as parcels
  from (select address, way, shipment_id from held where way = 3 union all select address, way, shipment_id from ordered)
  group by address, way
), mastered as (
  select distinct address, way, shipment_id from held where way = 4 and has_begun
), found as (
  select address, way, shipment_id, parcels from single
  union all
  select address, way, shipment_id, parcels from referred
  union all
  select address, way, shipment_id, 1 from mastered
), best as (
  select address, min(way) as way from found group by address
), early as (
  select distinct address from held
)
select a.address, b.way, case when f.parcels = 1 then f.shipment_id end as shipment_id,
  case when b.address is null and e.address is not null then 'number_of_later' when b.address is null then 'number_unknown' when f.parcels > 1 then 'several_parcels' end as problem,
  case when s.weight > 0 and s.weight < 100000 then weight_quanta(s.weight, s.weight_unit) end as weight_quanta
from bill_addresses as a
left join best as b on b.address = a.address
left join found as f on f.address = a.address and f.way = b.way
left join shipments as s on s.shipment_id = f.shipment_id
left join early as e on e.address = a.address
