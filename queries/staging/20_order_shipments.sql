-- name: order_shipments
-- purpose: which parcel carries (a part of) which order
-- grain: one row per order, parcel and role
-- output: lake
-- inputs: parcels, shipment_records by records
select r.platform, r.shop_id, r.order_id, p.shipment_id, coalesce(r.role, 'outbound') as role,
  max(month_start(utc_day(p.known_at))) as p_month
from parcels as p
join shipment_records as r
  on r.shipment_key = p.shipment_key and r.platform is not distinct from p.platform
  and r.shop_id is not distinct from p.shop_id and r.order_id is not distinct from p.order_id
where r.order_id is not null
group by r.platform, r.shop_id, r.order_id, p.shipment_id, coalesce(r.role, 'outbound')
