-- name: near_misses
-- purpose: orders that met their deadline with little time left
-- grain: one row per order and met deadline, kind dispatch or delivery
-- inputs: orders_as_of
-- parameters: shown_from, the instant from which deadlines are shown
-- units: left_hours from the event to the deadline in hours; is_near 1 or 0
-- Near is 4 h before the dispatch deadline (as a tool for sellers counts it) and, ours, 12 h before the delivery deadline.
with bounds as (
  select k.kind, k.near_hours
  from (values ('dispatch', 4), ('delivery', 12)) as k (kind, near_hours)
), kept as (
  select 'dispatch' as kind, platform, shop_id, order_id, channel, state, dispatched_at as done_at, dispatch_before_at as due_at, hours_between(dispatched_at, dispatch_before_at) as left_hours
  from orders_as_of
  where dispatched_at < dispatch_before_at and dispatch_before_at >= {shown_from}
  union all
  select 'delivery', platform, shop_id, order_id, channel, state, delivered_at, deliver_before_at, hours_between(delivered_at, deliver_before_at)
  from orders_as_of
  where on_time = 'yes' and deliver_before_at >= {shown_from}
)
select k.kind, k.platform, k.shop_id, k.order_id, k.channel, k.state, k.done_at, k.due_at, k.left_hours,
  case when k.left_hours <= b.near_hours then 1 else 0 end as is_near
from kept as k
join bounds as b on b.kind = k.kind
