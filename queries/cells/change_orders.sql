-- name: change_orders
-- purpose: on-time and missed orders by due week, each missed one with the leg that held it up
-- grain: one row per platform, shop, due week, channel, state and leg
-- inputs: orders_as_of, shipments_as_of, order_shipments, policy_metrics
-- parameters: shown_from, the instant from which deadlines are read; from_week, the first due week that is shown
-- units: orders; week is the Monday of the promised day; leg is empty for orders on time
-- Members and numerator are those of orders_due without the open ones. What happened after the deadline is not looked
-- at, so that an order keeps its leg. The leg is the one that lasted longest beyond its mean over the orders of the
-- same shop and channel that were on time, the earlier of equal ones; one under way lasts until the deadline.
-- not_dispatched: no parcel had moved. untraced: the gap between two milestones is to blame that lie around one that
-- most delivered parcels of the channel have and this one lacks, or nothing was on time to compare with. Of several
-- parcels the one that arrived last, or has not arrived, speaks for the order.
with members as (
  select o.platform, o.shop_id, o.order_id, o.due_week as week, o.channel, o.state, o.created_at, o.deliver_before_at, o.delivered_at,
    coalesce(o.first_scan_at, o.handed_over_at) as moved_at,
    case when o.on_time = 'yes'
      and not (coalesce(m.excludes_platform, '') = 'numerator' and coalesce(o.fulfilment, '') = 'platform')
      and not (coalesce(m.excludes_express, '') = 'numerator' and coalesce(o.order_type, '') = 'express')
      and not (coalesce(m.excludes_sample, '') = 'numerator' and coalesce(o.order_type, '') = 'sample') then 1 else 0 end as is_met
  from orders_as_of as o
  join policy_metrics as m on m.platform = coalesce(o.platform, '')
  where m.formula = 'queries/cells/orders_due.sql' and o.on_time in ('yes', 'no') and o.deliver_before_at >= {shown_from}
    and not (coalesce(m.excludes_platform, '') = 'both' and coalesce(o.fulfilment, '') = 'platform')
    and not (coalesce(m.excludes_express, '') = 'both' and coalesce(o.order_type, '') = 'express')
    and not (coalesce(m.excludes_sample, '') = 'both' and coalesce(o.order_type, '') = 'sample')
    and not (coalesce(m.excludes_untracked, '') = 'both' and coalesce(o.parcels_all, 0) = 0 and o.tracking_uploaded_at is null and o.first_scan_at is null)
    and not (coalesce(m.excludes_cancelled_in_time, '') = 'both' and o.excluded_due)
), moved as (
  select shipment_id, platform, shop_id, channel, arrived_at, last_mile_at, delivered_at, on_time,
    coalesce(first_scan_at, picked_up_at, handed_over_at) as pickup_at
  from shipments_as_of
  where coalesce(direction, 'outbound') <> 'return' and outcome <> 'cancelled' and coalesce(deliver_before_at >= {shown_from}, true)
), spine as (
  select platform, shop_id, channel,
    2 * count(arrived_at) >= count(*) as has_arrived,
    2 * count(last_mile_at) >= count(*) as has_last_mile
  from moved
  where delivered_at is not null
  group by platform, shop_id, channel
), routed as (
  -- the milestones between pickup and delivery that the channel knows: none, one or two
  select m.shipment_id, m.platform, m.shop_id, m.channel, m.on_time, m.pickup_at, m.delivered_at,
    case when s.has_arrived then 'arrived' when s.has_last_mile then 'last_mile' end as first_node,
    case when s.has_arrived then m.arrived_at when s.has_last_mile then m.last_mile_at end as first_at,
    case when s.has_arrived and s.has_last_mile then 'last_mile' end as second_node,
    case when s.has_arrived and s.has_last_mile then m.last_mile_at end as second_at
  from moved as m
  left join spine as s on s.platform is not distinct from m.platform and s.shop_id is not distinct from m.shop_id and s.channel is not distinct from m.channel
), timed_legs as (
  -- whole seconds add up to the same sum in any order
  select platform, shop_id, channel,
    case when first_at >= pickup_at then cast(floor(seconds_between(pickup_at, first_at) + 0.5) as bigint) end as to_first,
    case when coalesce(second_at, delivered_at) >= first_at then cast(floor(seconds_between(first_at, coalesce(second_at, delivered_at)) + 0.5) as bigint) end as from_first,
    case when delivered_at >= second_at then cast(floor(seconds_between(second_at, delivered_at) + 0.5) as bigint) end as from_second
  from routed
  where on_time = 'yes' and (second_node is null or second_at is not null)
), usual_legs as (
  select platform, shop_id, channel,
    cast(sum(to_first) as double) / nullif(count(to_first), 0) as to_first,
    cast(sum(from_first) as double) / nullif(count(from_first), 0) as from_first,
    cast(sum(from_second) as double) / nullif(count(from_second), 0) as from_second
  from timed_legs
  group by platform, shop_id, channel
), timed_orders as (
  select platform, shop_id, channel,
    case when moved_at >= created_at then cast(floor(seconds_between(created_at, moved_at) + 0.5) as bigint) end as to_move,
    case when delivered_at >= moved_at then cast(floor(seconds_between(moved_at, delivered_at) + 0.5) as bigint) end as whole_way
  from members
  where is_met = 1
), usual_orders as (
  select platform, shop_id, channel,
    cast(sum(to_move) as double) / nullif(count(to_move), 0) as to_move,
    cast(sum(whole_way) as double) / nullif(count(whole_way), 0) as whole_way
  from timed_orders
  group by platform, shop_id, channel
), spoken as (
  select o.platform, o.shop_id, o.order_id, r.pickup_at, r.first_node, r.first_at, r.second_node, r.second_at, r.delivered_at, r.channel,
    row_number() over (partition by o.platform, o.shop_id, o.order_id order by case when r.delivered_at is null then 0 else 1 end, r.delivered_at desc, r.shipment_id) as place
  from members as o
  join order_shipments as os on os.platform = o.platform and os.shop_id = o.shop_id and os.order_id = o.order_id
  join routed as r on r.shipment_id = os.shipment_id
  where o.is_met = 0 and o.week >= {from_week} and os.role <> 'return'
), missed as (
  -- what was known at the deadline
  select o.platform, o.shop_id, o.order_id, o.week, o.channel, o.state, o.created_at, o.deliver_before_at as due_at, s.first_node, s.second_node,
    case when coalesce(s.pickup_at, o.moved_at) < o.deliver_before_at then coalesce(s.pickup_at, o.moved_at) end as pickup_at,
    case when s.first_at < o.deliver_before_at then s.first_at end as first_at,
    case when s.second_at < o.deliver_before_at then s.second_at end as second_at,
    case when coalesce(s.delivered_at, o.delivered_at) < o.deliver_before_at then coalesce(s.delivered_at, o.delivered_at) end as end_at,
    u.to_move, case when s.first_node is null then u.whole_way else l.to_first end as to_first, l.from_first, l.from_second
  from members as o
  left join spoken as s on s.platform = o.platform and s.shop_id = o.shop_id and s.order_id = o.order_id and s.place = 1
  left join usual_legs as l on l.platform is not distinct from o.platform and l.shop_id is not distinct from o.shop_id and l.channel is not distinct from s.channel
  left join usual_orders as u on u.platform is not distinct from o.platform and u.shop_id is not distinct from o.shop_id and u.channel is not distinct from o.channel
  where o.is_met = 0 and o.week >= {from_week}
), legs as (
  select platform, shop_id, order_id, 1 as place, 'purchase_pickup' as leg, seconds_between(created_at, pickup_at) - to_move as excess
  from missed
  where pickup_at is not null
  union all
  select platform, shop_id, order_id, 2,
    case when first_at is null and second_at is not null then 'untraced' else 'pickup_' || coalesce(first_node, 'delivered') end,
    seconds_between(pickup_at, coalesce(first_at, second_at, end_at, due_at)) - to_first - case when first_at is null and second_at is not null then from_first else 0 end
  from missed
  where pickup_at is not null
  union all
  select platform, shop_id, order_id, 3, first_node || '_' || coalesce(second_node, 'delivered'), seconds_between(first_at, coalesce(second_at, end_at, due_at)) - from_first
  from missed
  where pickup_at is not null and first_at is not null
  union all
  select platform, shop_id, order_id, 4, second_node || '_delivered', seconds_between(second_at, coalesce(end_at, due_at)) - from_second
  from missed
  where pickup_at is not null and second_at is not null
), blamed as (
  select platform, shop_id, order_id, leg, row_number() over (partition by platform, shop_id, order_id order by excess desc, place) as place
  from legs
  where excess is not null
), placed as (
  select platform, shop_id, week, channel, state, cast(null as varchar) as leg
  from members
  where is_met = 1 and week >= {from_week}
  union all
  select m.platform, m.shop_id, m.week, m.channel, m.state, case when m.pickup_at is null then 'not_dispatched' else coalesce(b.leg, 'untraced') end
  from missed as m
  left join blamed as b on b.platform = m.platform and b.shop_id = m.shop_id and b.order_id = m.order_id and b.place = 1
)
select platform, shop_id, week, channel, state, leg, count(*) as orders
from placed
group by platform, shop_id, week, channel, state, leg
