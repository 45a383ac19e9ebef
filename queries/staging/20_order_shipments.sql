-- name: order_shipments
-- purpose: which parcel carries (a part of) which order
-- grain: one row per order, parcel and role
-- output: lake
-- inputs: parcels
select platform, shop_id, order_id, shipment_id, role, month_start(utc_day(known_at)) as p_month
from parcels
where order_id is not null and is_alone
union all
select platform, shop_id, order_id, shipment_id, role, max(month_start(utc_day(known_at)))
from parcels
where order_id is not null and not is_alone
group by platform, shop_id, order_id, shipment_id, role
