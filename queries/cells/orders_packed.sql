-- name: orders_packed
-- purpose: orders packed (their number given to the platform) before the pack clock ran out
-- grain: one row per metric, platform, shop, day of the order, channel and state
-- inputs: orders_as_of, policy_metrics, clocks, platform_zones, zone_days, session
-- units: orders; day is of the platform's zone, week its Monday
-- The clock runs from the order or from its approval and counts rolling hours or calendar days. Exports hold no time of
-- packing: the tracking number given to the platform stands for it, else the hand-over. unknown have no clock.
with placed as (
  select m.metric, o.platform, o.shop_id, o.created_week as week, o.channel, o.state, s.as_of,
    coalesce(shifted_date(o.created_at, d.shift, d.change_at, d.shift_after), local_date(o.created_at, coalesce(z.tz, 'UTC'))) as day,
    earlier(o.tracking_uploaded_at, o.handed_over_at) as packed_at, o.cancelled_at, o.fulfilment, o.order_type,
    m.excludes_platform, m.excludes_express, m.excludes_sample, m.excludes_cancelled_in_time,
    case c.unit
      when 'rolling_hours' then case c.start when 'awaiting_shipment' then o.approved_at else o.created_at end + interval '1' hour * c.n
      when 'calendar_day' then local_midnight(cast(local_date(case c.start when 'awaiting_shipment' then o.approved_at else o.created_at end, c.tz) + interval '1' day * (c.n + 1) as date), c.tz)
    end as pack_before_at
  from orders_as_of as o
  join policy_metrics as m on m.platform = coalesce(o.platform, '')
  left join platform_zones as z on z.platform = o.platform
  left join zone_days as d on d.tz = coalesce(z.tz, 'UTC') and d.day = utc_day(o.created_at)
  left join clocks as c on c.pack = m.pack and c.clock = m.clock and c.start in ('order_created', 'awaiting_shipment')
    and (c.order_type = coalesce(o.order_type, 'regular') or c.order_type = 'any')
    and (c.from_at is null or case c.start when 'awaiting_shipment' then o.approved_at else o.created_at end >= c.from_at)
    and (c.to_at is null or case c.start when 'awaiting_shipment' then o.approved_at else o.created_at end < c.to_at)
  cross join session as s
  where m.formula = 'queries/cells/orders_packed.sql'
), judged as (
  select metric, platform, shop_id, week, day, channel, state,
    case when pack_before_at is null then null
      when packed_at < pack_before_at then 'yes'
      when packed_at is not null or pack_before_at <= as_of then 'no'
      else 'open' end as in_time,
    case when (coalesce(excludes_platform, '') = 'both' and coalesce(fulfilment, '') = 'platform')
      or (coalesce(excludes_express, '') = 'both' and coalesce(order_type, '') = 'express')
      or (coalesce(excludes_sample, '') = 'both' and coalesce(order_type, '') = 'sample')
      or (coalesce(excludes_cancelled_in_time, '') = 'both' and coalesce(cancelled_at < pack_before_at and packed_at is null, false)) then 1 else 0 end as is_out,
    case when (coalesce(excludes_platform, '') = 'numerator' and coalesce(fulfilment, '') = 'platform')
      or (coalesce(excludes_express, '') = 'numerator' and coalesce(order_type, '') = 'express')
      or (coalesce(excludes_sample, '') = 'numerator' and coalesce(order_type, '') = 'sample')
      or (coalesce(excludes_cancelled_in_time, '') = 'numerator' and coalesce(cancelled_at < pack_before_at and packed_at is null, false)) then 1 else 0 end as is_spared
  from placed
)
select metric, platform, shop_id, week, day, channel, state,
  count(*) filter (where is_out = 0 and is_spared = 0 and in_time = 'yes') as packed_in_time,
  count(*) filter (where is_out = 0 and in_time is not null) as placed,
  count(*) filter (where is_out = 0 and in_time = 'open') as open,
  count(*) filter (where is_out = 1) as excluded,
  count(*) filter (where is_out = 0 and in_time is null) as unknown
from judged
group by metric, platform, shop_id, week, day, channel, state
