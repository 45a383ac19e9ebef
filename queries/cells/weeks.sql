-- name: weeks
-- purpose: which shops the tables hold, the weeks that they reach over, and whether anything says what became of them
-- grain: one row per platform and shop
-- inputs: orders_as_of, shipments_as_of
-- units: weeks are Mondays: of the order, of the promised day, of the dispatch, of the shipment; traced counts first scans
-- and deliveries, dispatched orders that count as dispatched, handed_over those that a carrier has, scanned first scans: 0 of a shop with orders means
-- that no export brought any
with reached as (
  select platform, shop_id, min(created_week) as first_week, max(later(later(created_week, due_week), dispatched_week)) as last_week,
    count(first_scan_at) + count(delivered_at) as traced, count(dispatched_at) as dispatched, count(handed_over_at) as handed_over, count(first_scan_at) as scanned
  from orders_as_of
  group by platform, shop_id
  union all
  select platform, shop_id, min(ship_week), max(ship_week), count(first_scan_at) + count(delivered_at), 0, count(handed_over_at), count(first_scan_at)
  from shipments_as_of
  where coalesce(direction, 'outbound') <> 'return'
  group by platform, shop_id
)
select platform, shop_id, min(first_week) as first_week, max(last_week) as last_week, cast(sum(traced) as bigint) as traced, cast(sum(dispatched) as bigint) as dispatched,
  cast(sum(handed_over) as bigint) as handed_over, cast(sum(scanned) as bigint) as scanned
from reached
group by platform, shop_id
