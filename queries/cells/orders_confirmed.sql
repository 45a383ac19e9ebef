-- name: orders_confirmed
-- purpose: orders cancelled by the seller's fault, of the orders that were confirmed (SFCR) or of all (before dispatch)
-- grain: one row per metric, platform, shop, day of the order, channel and state
-- inputs: orders_as_of, policy_metrics, platform_zones, zone_days
-- units: orders; day is of the platform's zone, week its Monday
-- Confirmed is an order that awaited shipment: the export says so, or it was dispatched, or cancelled by the seller.
-- The denominator ordered takes every order, and pre_fulfilment those that the seller cancelled before they were dispatched.
-- open: neither dispatched nor cancelled yet. entering: the same, and not confirmed yet. unknown: cancelled before dispatch, and the
-- export does not say by whom; whether such an order was confirmed does not matter, since one that the seller cancelled is.
with members as (
  select m.metric, o.platform, o.shop_id, o.created_week as week, o.channel, o.state, o.outcome, o.cancelled_at, o.cancel_fault, o.dispatched_at,
    coalesce(shifted_date(o.created_at, d.shift, d.change_at, d.shift_after), local_date(o.created_at, coalesce(z.tz, 'UTC'))) as day,
    case when m.denominator = 'ordered' or o.approved_at is not null or o.dispatched_at is not null or o.delivered_at is not null
      or (o.cancelled_at is not null and o.cancel_fault = 'seller') then 1 else 0 end as is_confirmed,
    case when o.cancelled_at is not null and o.cancel_fault is null and o.outcome = 'cancelled' then 1 else 0 end as is_unknown,
    case when (coalesce(m.excludes_platform, '') = 'both' and coalesce(o.fulfilment, '') = 'platform')
      or (coalesce(m.excludes_express, '') = 'both' and coalesce(o.order_type, '') = 'express')
      or (coalesce(m.excludes_sample, '') = 'both' and coalesce(o.order_type, '') = 'sample')
      or (coalesce(m.excludes_cancelled_in_time, '') = 'both' and o.excluded_due) then 1 else 0 end as is_out,
    case when (coalesce(m.excludes_platform, '') = 'numerator' and coalesce(o.fulfilment, '') = 'platform')
      or (coalesce(m.excludes_express, '') = 'numerator' and coalesce(o.order_type, '') = 'express')
      or (coalesce(m.excludes_sample, '') = 'numerator' and coalesce(o.order_type, '') = 'sample')
      or (coalesce(m.excludes_cancelled_in_time, '') = 'numerator' and o.excluded_due) then 1 else 0 end as is_spared
  from orders_as_of as o
  join policy_metrics as m on m.platform = coalesce(o.platform, '')
  left join platform_zones as z on z.platform = o.platform
  left join zone_days as d on d.tz = coalesce(z.tz, 'UTC') and d.day = utc_day(o.created_at)
  where m.formula = 'queries/cells/orders_confirmed.sql'
)
select metric, platform, shop_id, week, day, channel, state,
  count(*) filter (where is_out = 0 and is_spared = 0 and is_confirmed = 1 and cancelled_at is not null and cancel_fault = 'seller') as seller_fault,
  count(*) filter (where is_out = 0 and is_spared = 0 and cancel_fault = 'seller' and cancelled_at is not null and coalesce(cancelled_at < dispatched_at, true)) as pre_fulfilment,
  count(*) filter (where is_out = 0 and is_confirmed = 1 and is_unknown = 0) as confirmed,
  count(*) filter (where is_out = 0 and is_confirmed = 1 and is_unknown = 0) as ordered,
  count(*) filter (where is_out = 0 and is_confirmed = 1 and outcome = 'no_scan' and cancelled_at is null) as open,
  count(*) filter (where is_out = 1 and is_confirmed = 1) as excluded,
  count(*) filter (where is_out = 0 and is_unknown = 1) as unknown,
  count(*) filter (where is_out = 0 and is_confirmed = 0 and outcome = 'no_scan' and cancelled_at is null) as entering
from members
group by metric, platform, shop_id, week, day, channel, state
