-- name: orders_dispatched
-- purpose: orders dispatched after their dispatch deadline, of all that were dispatched in the week (LDR)
-- grain: one row per metric, platform, shop, day of the dispatch, channel and state
-- inputs: orders_as_of, policy_metrics, platform_zones, zone_days, session
-- parameters: shown_from, the instant from which dispatches and missed deadlines are shown
-- units: orders; day is of the platform's zone, week its Monday
-- What counts as dispatch (upload or carrier's scan) stands in dispatched_at, by the version of the rule in force.
-- overdue stands beside the rate: not dispatched although the deadline, which gives its day, has passed.
-- unknown were dispatched and have no dispatch deadline, though the pack would judge them.
with asked as (
  -- one instant gives the day, so that its zone is asked once a row and by zone_days
  select m.metric, o.platform, o.shop_id, o.channel, o.state, o.dispatched_at, o.dispatch_before_at, o.dispatched_week,
    case when o.dispatched_at is null then plus_seconds(o.dispatch_before_at, -1) else o.dispatched_at end as counted_at,
    coalesce(z.tz, case when o.dispatched_at is null then m.tz else 'UTC' end) as zone,
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
  cross join session as s
  where m.formula = 'queries/cells/orders_dispatched.sql'
    and (o.dispatched_at is not null or (o.dispatch_before_at <= s.as_of and o.cancelled_at is null and o.outcome = 'no_scan'))
), dated as (
  select a.metric, a.platform, a.shop_id, a.channel, a.state, a.dispatched_at, a.dispatch_before_at, a.dispatched_week, a.is_out, a.is_spared,
    coalesce(shifted_date(a.counted_at, d.shift, d.change_at, d.shift_after), local_date(a.counted_at, a.zone)) as day
  from asked as a
  left join zone_days as d on d.tz = a.zone and d.day = utc_day(a.counted_at) and d.day >= utc_day({shown_from})
  where a.counted_at >= {shown_from}
), members as (
  select metric, platform, shop_id, coalesce(dispatched_week, week_start(day)) as week, day, channel, state, dispatched_at, dispatch_before_at, is_out, is_spared
  from dated
)
select metric, platform, shop_id, week, day, channel, state,
  count(*) filter (where is_out = 0 and is_spared = 0 and dispatched_at >= dispatch_before_at) as late,
  count(*) filter (where is_out = 0 and dispatched_at is not null and (is_spared = 1 or dispatch_before_at is not null)) as dispatched,
  cast(0 as bigint) as open,
  count(*) filter (where is_out = 1 and dispatched_at is not null) as excluded,
  count(*) filter (where is_out = 0 and is_spared = 0 and dispatched_at is not null and dispatch_before_at is null) as unknown,
  count(*) filter (where is_out = 0 and is_spared = 0 and dispatched_at is null) as overdue
from members
group by metric, platform, shop_id, week, day, channel, state
