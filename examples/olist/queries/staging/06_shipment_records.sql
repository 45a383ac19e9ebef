-- name: olist_shipments
-- purpose: the parcel takes state and channel from its order, so that transit times can be cut by both
-- grain: one row per shipment record
-- output: completes shipment_records
-- inputs: shipment_records, orders by orders
select r.shipment_key, r.platform, r.shop_id, r.order_id, o.state, o.postal_code, o.channel
from shipment_records as r
join orders as o on o.platform = r.platform and o.shop_id = r.shop_id and o.order_id = r.order_id
