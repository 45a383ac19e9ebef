-- name: weeks
-- purpose: which shops the tables hold, how much of each, the weeks that they reach over, and whether anything says what became of them
-- grain: one row per platform and shop
-- inputs: orders_as_of, shipments_as_of
-- units: orders, parcels; outbound are parcels that do not come back, and all that follows is of them; weeks are Mondays: of the order, of the promised day, of the dispatch, of the shipment; traced counts first scans
-- and deliveries, dispatched orders that count as dispatched, handed_over those that a carrier has, scanned first scans: 0 of a shop with orders means
-- that no export brought any
with reached as (
  select platform, shop_id, 'order' as what, count(*) as n, min(created_week) as first_week, max(later(later(created_week, due_week), dispatched_week)) as last_week,
    count(first_scan_at) + count(delivered_at) as traced, count(dispatched_at) as dispatched, count(handed_over_at) as handed_over, count(first_scan_at) as scanned
  from orders_as_of
  group by platform, shop_id
  union all
  select platform, shop_id, case when direction = 'return' then 'return' else 'outbound' end, count(*), min(ship_week), max(ship_week),
    count(first_scan_at) + count(delivered_at), 0, count(handed_over_at), count(first_scan_at)
  from shipments_as_of
  group by platform, shop_id, case when direction = 'return' then 'return' else 'outbound' end
)
select platform, shop_id,
  cast(coalesce(sum(n) filter (where what = 'order'), 0) as bigint) as orders,
  cast(coalesce(sum(n) filter (where what <> 'order'), 0) as bigint) as parcels,
  cast(coalesce(sum(n) filter (where what = 'outbound'), 0) as bigint) as outbound,
  min(first_week) filter (where what <> 'return') as first_week, max(last_week) filter (where what <> 'return') as last_week,
  cast(coalesce(sum(traced) filter (where what <> 'return'), 0) as bigint) as traced, cast(coalesce(sum(dispatched) filter (where what <> 'return'), 0) as bigint) as dispatched,
  cast(coalesce(sum(handed_over) filter (where what <> 'return'), 0) as bigint) as handed_over, cast(coalesce(sum(scanned) filter (where what <> 'return'), 0) as bigint) as scanned
from reached
group by platform, shop_id
