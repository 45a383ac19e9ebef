-- name: case_orders
-- purpose: an order at the as-of, with what its deadlines were made of
-- grain: one row per order and parcel that carries it; one per order without a parcel
-- inputs: orders_as_of, orders, order_shipments
-- units: times UTC; deadlines are exclusive; amount in currency; stated_ columns are the export's own
select f.platform, f.shop_id, f.order_id, os.shipment_id, os.role, f.order_status, f.fulfilment, f.order_type, f.channel, f.state, f.created_at, f.approved_at,
  f.tracking_uploaded_at, f.dispatched_at, f.delivered_at, f.cancelled_at, f.cancel_fault, f.dispatch_before_at, f.deliver_before_at, f.promise_date, f.promise_tz,
  f.deadline_source, f.parcels, f.parcels_delivered, f.outcome, f.on_time, f.excluded_due, f.amount, f.currency,
  o.handling_days, o.dispatch_before_at as stated_dispatch_before_at, o.deliver_before_at as stated_deliver_before_at, o.promise_date as stated_promise_date
from orders_as_of as f
left join orders as o on o.platform = f.platform and o.shop_id = f.shop_id and o.order_id = f.order_id
left join order_shipments as os on os.platform = f.platform and os.shop_id = f.shop_id and os.order_id = f.order_id
