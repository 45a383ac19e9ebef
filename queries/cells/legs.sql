-- name: legs
-- purpose: how long each leg takes, from the order to its delivery
-- grain: one row per platform, shop, week, leg and whether the order or parcel is delivered
-- inputs: orders_as_of, shipments_as_of
-- parameters: shown_from, the instant from which orders and parcels are shown
-- units: n, missing, negative count orders (legs up to the hand-over) or outbound parcels; sum_days in days
-- week is the Monday of the order for orders, of the shipment for parcels. place is the order of the legs. n have both
-- ends in the right order; missing lack one end; negative have them in the wrong order and are not in sum_days.
-- A leg goes from one node to the next that its channel knows: a node that most of a channel's delivered parcels lack
-- is none of that channel. A shop whose export has no approval, and orders without parcels, have one leg over the gap.
with placed as (
  select platform, shop_id, created_week as week, created_at, approved_at, handed_over_at, delivered_at, parcels_all,
    case when delivered_at is null then 0 else 1 end as is_delivered,
    count(approved_at) over (partition by platform, shop_id) as approvals
  from orders_as_of
  where outcome <> 'cancelled' and created_at >= {shown_from}
), moved as (
  select platform, shop_id, channel, ship_week as week, export_customs_at, departed_at, arrived_at, import_customs_at, last_mile_at, delivered_at,
    case when delivered_at is null then 0 else 1 end as is_delivered,
    coalesce(picked_up_at, first_scan_at) as pickup_at
  from shipments_as_of
  where coalesce(direction, 'outbound') <> 'return' and coalesce(picked_up_at, first_scan_at) >= {shown_from}
    and any_ship_week >= week_start(local_date({shown_from} - interval '1' day, 'UTC'))
), spine as (
  select platform, shop_id, channel,
    2 * count(export_customs_at) >= count(*) as has_export,
    2 * count(departed_at) >= count(*) as has_departed,
    2 * count(arrived_at) >= count(*) as has_arrived,
    2 * count(import_customs_at) >= count(*) as has_import,
    2 * count(last_mile_at) >= count(*) as has_last_mile
  from moved
  where is_delivered = 1
  group by platform, shop_id, channel
), tracked as (
  select m.platform, m.shop_id, m.week, m.is_delivered, m.pickup_at, m.export_customs_at, m.departed_at, m.arrived_at, m.import_customs_at, m.last_mile_at,
    m.delivered_at, s.has_export, s.has_departed, s.has_arrived, s.has_import, s.has_last_mile
  from moved as m
  join spine as s on s.platform is not distinct from m.platform and s.shop_id is not distinct from m.shop_id and s.channel is not distinct from m.channel
), ends as (
  select platform, shop_id, week, is_delivered, 1 as place, 'purchase_approved' as leg, created_at as from_at, approved_at as to_at
  from placed where approvals > 0
  union all
  select platform, shop_id, week, is_delivered, 2, 'approved_handed_over', approved_at, handed_over_at
  from placed where approvals > 0
  union all
  select platform, shop_id, week, is_delivered, 3, 'purchase_handed_over', created_at, handed_over_at
  from placed where approvals = 0
  union all
  select platform, shop_id, week, is_delivered, 4,
    'pickup_export_cleared',
    pickup_at, export_customs_at
  from tracked where has_export
  union all
  select platform, shop_id, week, is_delivered, 5,
    case when has_export then 'export_cleared' else 'pickup' end || '_departed',
    case when has_export then export_customs_at else pickup_at end, departed_at
  from tracked where has_departed
  union all
  select platform, shop_id, week, is_delivered, 6,
    case when has_departed then 'departed' when has_export then 'export_cleared' else 'pickup' end || '_arrived',
    case when has_departed then departed_at when has_export then export_customs_at else pickup_at end, arrived_at
  from tracked where has_arrived
  union all
  select platform, shop_id, week, is_delivered, 7,
    case when has_arrived then 'arrived' when has_departed then 'departed' when has_export then 'export_cleared' else 'pickup' end || '_cleared',
    case when has_arrived then arrived_at when has_departed then departed_at when has_export then export_customs_at else pickup_at end, import_customs_at
  from tracked where has_import
  union all
  select platform, shop_id, week, is_delivered, 8,
    case when has_import then 'cleared' when has_arrived then 'arrived' when has_departed then 'departed' when has_export then 'export_cleared' else 'pickup' end || '_last_mile',
    case when has_import then import_customs_at when has_arrived then arrived_at when has_departed then departed_at when has_export then export_customs_at else pickup_at end, last_mile_at
  from tracked where has_last_mile
  union all
  select platform, shop_id, week, is_delivered, 9,
    case when has_last_mile then 'last_mile' when has_import then 'cleared' when has_arrived then 'arrived' when has_departed then 'departed' when has_export then 'export_cleared' else 'pickup' end || '_delivered',
    case when has_last_mile then last_mile_at when has_import then import_customs_at when has_arrived then arrived_at when has_departed then departed_at when has_export then export_customs_at else pickup_at end, delivered_at
  from tracked
  union all
  select platform, shop_id, week, is_delivered, 10, 'handed_over_delivered', handed_over_at, delivered_at
  from placed where coalesce(parcels_all, 0) = 0
), measured as (
  -- whole seconds add up to the same sum in any order
  select platform, shop_id, week, is_delivered, place, leg, from_at, to_at,
    case when to_at >= from_at then cast(floor(seconds_between(from_at, to_at) + 0.5) as bigint) end as leg_seconds
  from ends
)
select platform, shop_id, week, place, leg, is_delivered,
  count(leg_seconds) as n,
  cast(coalesce(sum(leg_seconds), 0) as double) / 86400 as sum_days,
  count(*) filter (where from_at is null or to_at is null) as missing,
  count(*) filter (where to_at < from_at) as negative
from measured
group by platform, shop_id, week, place, leg, is_delivered
