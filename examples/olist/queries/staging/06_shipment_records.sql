-- name: olist_shipments
-- purpose: the parcel takes state and channel from its order and its weight from the products in it, so that parcels can be cut by all three
-- grain: one row per shipment record
-- output: completes shipment_records
-- inputs: shipment_records, orders by orders, order_lines by orders, x_products
-- units: weight in grams, the sum over the order's items; empty without items and where the weight of one is not known
with packed as (
  -- all or none: the sum of the items that are weighed would be a lighter parcel
  select l.platform, l.shop_id, l.order_id,
    case when count(*) = count(l.quantity * p.weight_g) then sum(l.quantity * p.weight_g) end as weight
  from order_lines as l
  left join x_products as p on p.product_id = l.sku
  group by l.platform, l.shop_id, l.order_id
)
select r.shipment_key, r.platform, r.shop_id, r.order_id, o.state, o.postal_code, o.channel, k.weight,
  case when k.weight is not null then 'g' end as weight_unit
from shipment_records as r
join orders as o on o.platform = r.platform and o.shop_id = r.shop_id and o.order_id = r.order_id
left join packed as k on k.platform = r.platform and k.shop_id = r.shop_id and k.order_id = r.order_id
