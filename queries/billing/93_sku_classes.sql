-- name: sku_classes
-- purpose: the class of what a billed parcel holds, from the lines of its orders
-- grain: one row per billed parcel with order lines
-- inputs: audit_lines, order_shipments, order_lines, sku_class_rows
-- sku_class: the export's own, else that of the workspace's list (an exact SKU before a beginning, the longest beginning first), else unknown;
-- mixed where the lines are of several. Which line of an order lies in which of its parcels no export says: each has all.
with whose as (
  select distinct o.shipment_id, coalesce(l.sku, '') as sku, l.sku_class
  from order_shipments as o
  join order_lines as l on l.platform = o.platform and l.shop_id = o.shop_id and l.order_id = o.order_id
  where o.shipment_id in (select shipment_id from audit_lines)
), begun as (
  select s.sku, r.sku_class, row_number() over (partition by s.sku order by length(r.sku) desc) as place
  from (select distinct sku from whose where sku_class is null) as s
  join sku_class_rows as r on r.is_start and substr(s.sku, 1, length(r.sku)) = r.sku
), classed as (
  select w.shipment_id, coalesce(w.sku_class, e.sku_class, b.sku_class, 'unknown') as sku_class
  from whose as w
  left join sku_class_rows as e on e.sku = w.sku and not e.is_start
  left join begun as b on b.sku = w.sku and b.place = 1
)
select shipment_id, case when count(distinct sku_class) = 1 then min(sku_class) else 'mixed' end as sku_class
from classed
group by shipment_id
