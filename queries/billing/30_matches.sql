-- name: bill_matches
-- purpose: whose parcel a line's numbers mean: the provider's number, the tracking number, the customer reference, the master number, in this order
-- grain: one row per address and parcel; of an address that means none, one row with the reason
-- inputs: bill_addresses, shipment_numbers, order_shipments
-- A number means the parcel whose span began last before the line's day; two days are granted because days of carriers are local.
-- A master number means all its parcels; a reference that means several is not guessed.
with wanted as (
  select address, 1 as way, provider_number as number, number_day from bill_addresses where provider_number is not null
  union all
  select address, 2, tracking_number, number_day from bill_addresses where tracking_number is not null
), held as (
  select w.address, w.way, n.shipment_id, n.valid_from, n.valid_to, w.number_day, coalesce(utc_day(n.valid_from) < cast(w.number_day + interval '2' day as date), true) as has_begun
  from wanted as w
  join shipment_numbers as n on n.number = w.number and n.role <> 'reference' and n.role <> 'master'
), begun as (
  select address, way, min(shipment_id) as shipment_id, max(shipment_id) as other_id
  from held
  where has_begun
  group by address, way
), newest as (
  select h.address, h.way, h.shipment_id, h.valid_to is null or h.number_day is null or h.valid_to > cast(h.number_day as timestamp with time zone) as is_open,
    row_number() over (partition by h.address, h.way order by h.valid_from desc nulls last, h.shipment_id) as place
  from held as h
  where h.has_begun and h.address in (select address from begun where shipment_id <> other_id)
), single as (
  -- of two parcels that hold the number at the time, nobody knows which is meant
  select address, way, max(case when place = 1 then shipment_id end) as shipment_id, count(distinct case when is_open or place = 1 then shipment_id end) as parcels
  from newest
  group by address, way
), numbered as (
  select b.address, b.way, coalesce(s.shipment_id, b.shipment_id) as shipment_id, coalesce(s.parcels, 1) as parcels
  from begun as b
  left join single as s on s.address = b.address and s.way = b.way
), rest as (
  -- a reference and a master number count where the others mean nothing
  select a.address, a.reference, coalesce(a.master_number, a.tracking_number) as master_number, a.number_day
  from bill_addresses as a
  where not exists (select 1 from begun as b where b.address = a.address)
), named as (
  select r.address, 3 as way, n.shipment_id, true as has_begun
  from rest as r
  join shipment_numbers as n on n.number = r.reference and n.role = 'reference'
  union
  select r.address, 3, o.shipment_id, true
  from rest as r
  join order_shipments as o on o.order_id = r.reference
  union
  select r.address, 4, n.shipment_id, coalesce(utc_day(n.valid_from) < cast(r.number_day + interval '2' day as date), true)
  from rest as r
  join shipment_numbers as n on n.number = r.master_number and n.role = 'master'
), found as (
  select address, way, shipment_id, parcels from numbered
  union all
  select address, way, max(shipment_id), count(*) from named where way = 3 group by address, way
  union all
  select address, way, shipment_id, 1 from named where way = 4 and has_begun
), best as (
  select address, min(way) as way from found group by address
), early as (
  select address from held where not has_begun
  union
  select address from named where not has_begun
)
select a.address, a.provider, b.way, case when f.parcels = 1 then f.shipment_id end as shipment_id,
  case when b.address is null and e.address is not null then 'number_of_later' when b.address is null then 'number_unknown' when f.parcels > 1 then 'several_parcels' end as problem
from bill_addresses as a
left join best as b on b.address = a.address
left join found as f on f.address = a.address and f.way = b.way
left join early as e on e.address = a.address
