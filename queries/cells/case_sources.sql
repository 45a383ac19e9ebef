-- name: case_sources
-- purpose: which loads brought the records that speak of a parcel or an order
-- grain: one row per parcel or order, table and load
-- inputs: orders_in, shipments_in, shipment_numbers, shipment_facts, loads
-- units: records; record_no is the place of the first one in its file. Scans bear their load themselves (case_scans)
with said as (
  select cast(null as varchar) as shipment_id, o.platform, o.shop_id, o.order_id, 'orders_in' as table_name, o.load_id, o.record_no
  from orders_in as o
  union all
  select n.shipment_id, cast(null as varchar), cast(null as varchar), cast(null as varchar), 'shipments_in', r.load_id, r.record_no
  from shipments_in as r
  join (
    select distinct shipment_id, number from shipment_numbers where role = 'line'
  ) as n on n.number = r.tracking_number
  union all
  select f.shipment_id, cast(null as varchar), cast(null as varchar), cast(null as varchar), 'shipments_in', r.load_id, r.record_no
  from shipments_in as r
  join shipment_facts as f on f.shipment_id = r.shipment_id
  where r.tracking_number is null
)
select s.shipment_id, s.platform, s.shop_id, s.order_id, s.table_name, s.load_id, min(s.record_no) as record_no, count(*) as records
from said as s
group by s.shipment_id, s.platform, s.shop_id, s.order_id, s.table_name, s.load_id
