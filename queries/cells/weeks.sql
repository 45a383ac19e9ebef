-- name: weeks
-- purpose: which shops the tables hold, and the weeks that they reach over
-- grain: one row per platform and shop
-- inputs: orders_as_of, shipments_as_of
-- units: weeks are Mondays: of the order, of the promised day, of the dispatch, of the shipment
with reached as (
  select platform, shop_id, min(created_week) as first_week, max(later(later(created_week, due_week), dispatched_week)) as last_week
  from orders_as_of
  group by platform, shop_id
  union all
  select platform, shop_id, min(ship_week), max(ship_week)
  from shipments_as_of
  where coalesce(direction, 'outbound') <> 'return'
  group by platform, shop_id
)
select platform, shop_id, min(first_week) as first_week, max(last_week) as last_week
from reached
group by platform, shop_id
