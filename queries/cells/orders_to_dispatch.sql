-- name: orders_to_dispatch
-- purpose: what became of the orders that were to be dispatched by a day (LSR, hand-over in time, unshipped orders)
-- grain: one row per metric, platform, shop, last day of the dispatch deadline, channel and state
-- inputs: orders_as_of, policy_metrics, platform_zones, zone_days, session
-- parameters: shown_from, the instant from which deadlines are shown
-- units: orders; day is of the platform's zone, week its Monday, both empty for orders without a dispatch deadline
-- late were dispatched at or after the deadline, or are not dispatched although it has passed: they cannot be in time
-- any more. unshipped are the latter alone; revocable: one of them that is cancelled leaves both. open: not dispatched, and the deadline is to come. unknown have none.
-- Cancelled in time means here: before the dispatch deadline, and never dispatched.
with members as (
  select m.metric, o.platform, o.shop_id, o.channel, o.state, o.dispatched_at, o.dispatch_before_at, o.cancelled_at, s.as_of,
    coalesce(shifted_date(plus_seconds(o.dispatch_before_at, -1), d.shift, d.change_at, d.shift_after),
      local_date(plus_seconds(o.dispatch_before_at, -1), coalesce(z.tz, 'UTC'))) as day,
    case when (coalesce(m.excludes_platform, '') = 'both' and coalesce(o.fulfilment, '') = 'platform')
      or (coalesce(m.excludes_express, '') = 'both' and coalesce(o.order_type, '') = 'express')
      or (coalesce(m.excludes_sample, '') = 'both' and coalesce(o.order_type, '') = 'sample')
      or (coalesce(m.excludes_cancelled_in_time, '') = 'both' and coalesce(o.cancelled_at < o.dispatch_before_at and o.dispatched_at is null, false)) then 1 else 0 end as is_out,
    case when (coalesce(m.excludes_platform, '') = 'numerator' and coalesce(o.fulfilment, '') = 'platform')
      or (coalesce(m.excludes_express, '') = 'numerator' and coalesce(o.order_type, '') = 'express')
      or (coalesce(m.excludes_sample, '') = 'numerator' and coalesce(o.order_type, '') = 'sample')
      or (coalesce(m.excludes_cancelled_in_time, '') = 'numerator' and coalesce(o.cancelled_at < o.dispatch_before_at and o.dispatched_at is null, false)) then 1 else 0 end as is_spared
  from orders_as_of as o
  join policy_metrics as m on m.platform = coalesce(o.platform, '')
  left join platform_zones as z on z.platform = o.platform
  left join zone_days as d on d.tz = coalesce(z.tz, 'UTC') and d.day = utc_day(plus_seconds(o.dispatch_before_at, -1))
  cross join session as s
  where m.formula = 'queries/cells/orders_to_dispatch.sql' and (o.dispatch_before_at is null or o.dispatch_before_at >= {shown_from})
), judged as (
  select metric, platform, shop_id, week_start(day) as week, day, channel, state, is_out, is_spared,
    case when dispatch_before_at is null then null
      when dispatched_at < dispatch_before_at then 'in_time'
      when dispatched_at is not null then 'late'
      when cancelled_at is not null then 'cancelled'
      when dispatch_before_at <= as_of then 'unshipped'
      else 'open' end as stage
  from members
)
select metric, platform, shop_id, week, day, channel, state,
  count(*) filter (where is_out = 0 and is_spared = 0 and stage = 'in_time') as in_time,
  count(*) filter (where is_out = 0 and is_spared = 0 and stage in ('late', 'unshipped')) as late,
  count(*) filter (where is_out = 0 and is_spared = 0 and stage = 'unshipped') as unshipped,
  count(*) filter (where is_out = 0 and stage is not null) as due,
  count(*) filter (where is_out = 0 and stage = 'open') as open,
  count(*) filter (where is_out = 1 and stage is not null) as excluded,
  count(*) filter (where is_out = 0 and stage is null) as unknown,
  count(*) filter (where is_out = 0 and is_spared = 0 and stage = 'unshipped') as late_revocable,
  count(*) filter (where is_out = 0 and is_spared = 0 and stage = 'unshipped') as unshipped_revocable
from judged
group by metric, platform, shop_id, week, day, channel, state
