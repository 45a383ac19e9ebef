-- name: order_facts
-- purpose: an order with its deadlines and the milestones of its parcels
-- grain: one row per order
-- output: lake
-- inputs: orders by orders, order_deadlines, order_shipments by orders, shipment_facts, zone_days
-- units: times UTC; weeks are Mondays of the platform's zone
with carried as (
  select os.platform, os.shop_id, os.order_id, os.role, f.shipment_id, f.label_at, f.handed_over_at, f.first_scan_at, f.delivered_at, f.terminal, f.terminal_at, f.channel,
    coalesce(f.weight_g, 0) as weight_g
  from order_shipments as os
  join shipment_facts as f on f.shipment_id = os.shipment_id
  where os.role <> 'return' and f.direction <> 'return'
), reships as (
  select platform, shop_id, order_id, max(label_at) as reship_at
  from carried
  where role = 'reship' and coalesce(terminal, '') <> 'cancelled'
  group by platform, shop_id, order_id
), judged as (
  -- a reship takes the place of what had not arrived when it was sent; a voided label is no parcel
  select c.*,
    coalesce(c.terminal, '') <> 'cancelled'
      and not (r.reship_at is not null and c.role = 'outbound' and (c.delivered_at is null or c.delivered_at >= r.reship_at)) as counts
  from carried as c
  left join reships as r on r.platform = c.platform and r.shop_id = c.shop_id and r.order_id = c.order_id
), by_order as (
  select platform, shop_id, order_id,
    min(handed_over_at) as handed_over_at,
    min(first_scan_at) as first_scan_at,
    max(delivered_at) filter (where counts) as last_delivered_at,
    min(delivered_at) as any_delivered_at,
    count(*) filter (where counts) as parcels,
    count(delivered_at) filter (where counts) as parcels_delivered,
    count(*) as parcels_all,
    -- of the largest parcel; the number decides between equal ones
    max_by(channel, row(weight_g, shipment_id)) as channel,
    max(terminal_at) filter (where counts) as terminal_at,
    max_by(terminal, row(terminal_at, shipment_id)) filter (where counts and coalesce(terminal, '') <> 'delivered') as bad_end,
    count(terminal) filter (where counts) as ended
  from judged
  group by platform, shop_id, order_id
), assembled as (
  select o.platform, o.shop_id, o.order_id, o.order_status, o.fulfilment, o.order_type, o.created_at, o.approved_at, o.tracking_uploaded_at, o.cancelled_at, o.cancel_fault,
    o.amount, o.currency, o.p_month, o.state, o.shipped_at,
    d.dispatch_before_at, d.deliver_before_at, d.promise_date, d.promise_tz, d.deadline_source, d.zone,
    coalesce(b.channel, o.channel) as channel, b.handed_over_at, b.first_scan_at, b.bad_end, b.terminal_at, b.ended,
    coalesce(b.parcels, 0) as parcels, coalesce(b.parcels_delivered, 0) as parcels_delivered, coalesce(b.parcels_all, 0) as parcels_all,
    case when coalesce(b.parcels, 0) = 0 then o.delivered_at when b.parcels = b.parcels_delivered then b.last_delivered_at end as delivered_at,
    s.stop
  from orders as o
  join order_deadlines as d on d.platform = o.platform and d.shop_id = o.shop_id and d.order_id = o.order_id
  left join by_order as b on b.platform = o.platform and b.shop_id = o.shop_id and b.order_id = o.order_id
  left join dispatch_stops as s on s.platform = o.platform and (s.from_at is null or o.created_at >= s.from_at) and (s.to_at is null or o.created_at < s.to_at)
    and (s.order_type = coalesce(o.order_type, 'regular') or s.order_type = 'any')
), stopped as (
  select *,
    case when stop = 'tracking_uploaded' then coalesce(tracking_uploaded_at, handed_over_at) else coalesce(first_scan_at, handed_over_at, shipped_at) end as dispatched_at
  from assembled
)
select platform, shop_id, order_id, order_status, fulfilment, order_type, created_at, approved_at, tracking_uploaded_at,
  dispatch_before_at, deliver_before_at, promise_date, promise_tz, deadline_source,
  coalesce(handed_over_at, shipped_at) as handed_over_at, dispatched_at, first_scan_at, delivered_at, cancelled_at, cancel_fault, channel, state,
  week_start(promise_date) as due_week,
  week_start(coalesce(shifted_date(created_at, c.shift, c.change_at, c.shift_after), local_date(created_at, zone))) as created_week,
  week_start(coalesce(shifted_date(dispatched_at, d.shift, d.change_at, d.shift_after), local_date(dispatched_at, zone))) as dispatched_week,
  cast(parcels as bigint) as parcels, cast(parcels_delivered as bigint) as parcels_delivered, cast(parcels_all as bigint) as parcels_all,
  case when delivered_at is not null then 'delivered' when parcels > 0 and ended = parcels then bad_end when parcels = 0 and cancelled_at is not null then 'cancelled' end as terminal,
  case when delivered_at is not null then delivered_at when parcels > 0 and ended = parcels then terminal_at when parcels = 0 then cancelled_at end as terminal_at,
  amount, currency, p_month
from stopped as s
left join zone_days as c on c.tz = s.zone and c.day = utc_day(s.created_at)
left join zone_days as d on d.tz = s.zone and d.day = utc_day(s.dispatched_at)
