-- name: transit_legs
-- purpose: how long each leg takes by channel, with what is in the leg now, for means and for Kaplan-Meier
-- grain: one row per leg of an order that is not cancelled (legs up to the hand-over), or of an outbound parcel
-- inputs: orders_as_of, shipments_as_of, session
-- parameters: shown_from, the instant from which orders and parcels are shown
-- units: leg_seconds are whole seconds; bin counts ten minutes; the other numbers are 0 or 1
-- Legs, weeks and places are those of the cell legs: a leg goes from one node to the next that its channel knows.
-- has_ended: both ends in the right order, leg_seconds apart. is_negative: in the wrong order. is_missing: delivered, and an
-- end lacks. is_running: the leg has begun and there is no later node and no end of the journey: it is in it at the as-of.
-- bin is the last one of the hour in which the leg ended, or in which it is: legs are known to the hour. Empty for others.
with approving as (
  select platform, shop_id, count(approved_at) > 0 as approves
  from orders_as_of
  where outcome <> 'cancelled' and created_at >= {shown_from}
  group by platform, shop_id
), placed as (
  select o.platform, o.shop_id, o.channel, o.created_week as week, o.created_at, o.approved_at, o.handed_over_at, o.delivered_at, o.parcels_all, s.as_of,
    coalesce(a.approves, false) as approves,
    case when o.terminal_at is not null or o.cancelled_at is not null or o.delivered_at is not null then 9
      when o.handed_over_at is not null or o.first_scan_at is not null then 3
      when o.approved_at is not null then 2
      else 1 end as reached
  from orders_as_of as o
  cross join session as s
  left join approving as a on a.platform is not distinct from o.platform and a.shop_id is not distinct from o.shop_id
  where o.outcome <> 'cancelled' and o.created_at >= {shown_from}
), moved as (
  select p.platform, p.shop_id, p.channel, p.ship_week as week, p.export_customs_at, p.departed_at, p.arrived_at, p.import_customs_at, p.last_mile_at, p.delivered_at, s.as_of,
    case when p.terminal_at is not null or p.delivered_at is not null then 9
      when p.out_for_delivery_at is not null or p.attempt_failed_at is not null then 7
      when p.last_mile_at is not null then 6
      when p.import_customs_at is not null then 5
      when p.arrived_at is not null then 4
      when p.departed_at is not null then 3
      when p.export_customs_at is not null then 2
      else 1 end as reached,
    coalesce(p.picked_up_at, p.first_scan_at) as pickup_at
  from shipments_as_of as p
  cross join session as s
  where coalesce(p.direction, 'outbound') <> 'return' and coalesce(p.picked_up_at, p.first_scan_at) >= {shown_from}
), known as (
  select platform, shop_id, channel,
    2 * count(export_customs_at) >= count(*) as has_export,
    2 * count(departed_at) >= count(*) as has_departed,
    2 * count(arrived_at) >= count(*) as has_arrived,
    2 * count(import_customs_at) >= count(*) as has_import,
    2 * count(last_mile_at) >= count(*) as has_last_mile
  from moved
  where delivered_at is not null
  group by platform, shop_id, channel
), named as (
  -- the node before each, so that names are made once a channel and not once a parcel
  select platform, shop_id, channel, has_export, has_departed, has_arrived, has_import, has_last_mile,
    case when has_export then 'export_cleared' else 'pickup' end as before_departed,
    case when has_departed then 'departed' when has_export then 'export_cleared' else 'pickup' end as before_arrived,
    case when has_arrived then 'arrived' when has_departed then 'departed' when has_export then 'export_cleared' else 'pickup' end as before_import,
    case when has_import then 'cleared' when has_arrived then 'arrived' when has_departed then 'departed' when has_export then 'export_cleared' else 'pickup' end as before_last_mile
  from known
), spine as (
  select platform, shop_id, channel, has_export, has_departed, has_arrived, has_import, has_last_mile,
    before_departed || '_departed' as to_departed, before_arrived || '_arrived' as to_arrived, before_import || '_cleared' as to_import,
    before_last_mile || '_last_mile' as to_last_mile,
    case when has_last_mile then 'last_mile' else before_last_mile end || '_delivered' as to_delivered
  from named
), tracked as (
  select m.channel, m.week, m.reached, m.as_of, m.pickup_at, m.export_customs_at, m.departed_at, m.arrived_at, m.import_customs_at, m.last_mile_at, m.delivered_at,
    s.has_export, s.has_departed, s.has_arrived, s.has_import, s.has_last_mile, s.to_departed, s.to_arrived, s.to_import, s.to_last_mile, s.to_delivered,
    case when s.has_export then m.export_customs_at else m.pickup_at end as before_departed_at,
    case when s.has_departed then m.departed_at when s.has_export then m.export_customs_at else m.pickup_at end as before_arrived_at,
    case when s.has_arrived then m.arrived_at when s.has_departed then m.departed_at when s.has_export then m.export_customs_at else m.pickup_at end as before_import_at,
    case when s.has_import then m.import_customs_at when s.has_arrived then m.arrived_at when s.has_departed then m.departed_at when s.has_export then m.export_customs_at
      else m.pickup_at end as before_last_mile_at
  from moved as m
  join spine as s on s.platform is not distinct from m.platform and s.shop_id is not distinct from m.shop_id and s.channel is not distinct from m.channel
), ends as (
  -- node is the number of the leg's end on the way: what has reached it or more is not in the leg
  select channel, week, delivered_at, reached, as_of, 1 as place, 2 as node, 'purchase_approved' as leg, created_at as from_at, approved_at as to_at
  from placed where approves
  union all
  select channel, week, delivered_at, reached, as_of, 2, 3, 'approved_handed_over', approved_at, handed_over_at
  from placed where approves
  union all
  select channel, week, delivered_at, reached, as_of, 3, 3, 'purchase_handed_over', created_at, handed_over_at
  from placed where not approves
  union all
  select channel, week, delivered_at, reached, as_of, 4, 2, 'pickup_export_cleared', pickup_at, export_customs_at
  from tracked where has_export
  union all
  select channel, week, delivered_at, reached, as_of, 5, 3, to_departed, before_departed_at, departed_at
  from tracked where has_departed
  union all
  select channel, week, delivered_at, reached, as_of, 6, 4, to_arrived, before_arrived_at, arrived_at
  from tracked where has_arrived
  union all
  select channel, week, delivered_at, reached, as_of, 7, 5, to_import, before_import_at, import_customs_at
  from tracked where has_import
  union all
  select channel, week, delivered_at, reached, as_of, 8, 6, to_last_mile, before_last_mile_at, last_mile_at
  from tracked where has_last_mile
  union all
  select channel, week, delivered_at, reached, as_of, 9, 9, to_delivered, case when has_last_mile then last_mile_at else before_last_mile_at end, delivered_at
  from tracked
  union all
  select channel, week, delivered_at, reached, as_of, 10, 9, 'handed_over_delivered', handed_over_at, delivered_at
  from placed where coalesce(parcels_all, 0) = 0
), judged as (
  select channel, week, place, leg,
    case when delivered_at is null then 0 else 1 end as is_delivered,
    case when to_at >= from_at then 1 else 0 end as has_ended,
    case when to_at < from_at then 1 else 0 end as is_negative,
    case when delivered_at is not null and (from_at is null or to_at is null) then 1 else 0 end as is_missing,
    case when to_at is null and reached < node and from_at is not null then 1 else 0 end as is_running,
    seconds_between(from_at, coalesce(to_at, as_of)) as elapsed
  from ends
)
select channel, week, place, leg, is_delivered, has_ended, is_negative, is_missing, is_running,
  case when has_ended = 1 then cast(floor(elapsed + 0.5) as bigint) end as leg_seconds,
  case when has_ended = 1 or is_running = 1 then cast(floor(elapsed / 3600) as bigint) * 6 + 5 end as bin
from judged
where has_ended + is_negative + is_missing + is_running > 0
