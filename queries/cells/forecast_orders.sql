-- name: forecast_orders
-- purpose: when orders with a deadline were made, fell due, were delivered or left the rate, in local days
-- grain: one row per platform, shop, channel, day made, day due, day delivered, day left and whether the order is open
-- inputs: orders_as_of, policy_metrics
-- parameters: shown_from, the instant from which orders are read
-- units: orders; days are dates of the pack's zone; empty: not delivered, not left
-- Members are those of orders_due. An order that a cancellation takes out counts until that day, so that a past Monday
-- can be asked again. A delivery before the deadline is never after the day due, a later one never on it. What a pack
-- spares can only miss. Clocks are read once for each quarter of an hour, which no zone's offset divides.
with members as (
  select o.platform, o.shop_id, o.channel, o.created_at, o.promise_date as due_date, m.tz, o.on_time,
    floor(seconds_between(cast('2000-01-01 00:00:00 UTC' as timestamp with time zone), o.created_at) / 900) as made_quarter,
    case when coalesce(m.excludes_platform, '') = 'numerator' and coalesce(o.fulfilment, '') = 'platform'
      or coalesce(m.excludes_express, '') = 'numerator' and coalesce(o.order_type, '') = 'express'
      or coalesce(m.excludes_sample, '') = 'numerator' and coalesce(o.order_type, '') = 'sample' then 1 else 0 end as is_spared,
    o.delivered_at,
    case when coalesce(m.excludes_cancelled_in_time, '') = 'both' and o.excluded_due then o.cancelled_at end as left_at
  from orders_as_of as o
  join policy_metrics as m on m.platform = coalesce(o.platform, '')
  where m.formula = 'queries/cells/orders_due.sql' and o.on_time is not null and o.created_at >= {shown_from}
    and not (coalesce(m.excludes_platform, '') = 'both' and coalesce(o.fulfilment, '') = 'platform')
    and not (coalesce(m.excludes_express, '') = 'both' and coalesce(o.order_type, '') = 'express')
    and not (coalesce(m.excludes_sample, '') = 'both' and coalesce(o.order_type, '') = 'sample')
    and not (coalesce(m.excludes_untracked, '') = 'both' and coalesce(o.parcels_all, 0) = 0 and o.tracking_uploaded_at is null and o.first_scan_at is null)
), timed as (
  select platform, shop_id, channel, due_date, tz, on_time, created_at, made_quarter, left_at,
    case when is_spared = 0 then delivered_at end as arrived_at,
    case when is_spared = 1 and on_time = 'yes' then 'no' else on_time end as outcome,
    floor(seconds_between(cast('2000-01-01 00:00:00 UTC' as timestamp with time zone), case when is_spared = 0 then delivered_at end) / 900) as arrived_quarter,
    floor(seconds_between(cast('2000-01-01 00:00:00 UTC' as timestamp with time zone), left_at) / 900) as left_quarter
  from members
), quarters as (
  select tz, made_quarter as quarter, min(created_at) as some_at from timed group by tz, made_quarter
  union all
  select tz, arrived_quarter, min(arrived_at) from timed where arrived_quarter is not null group by tz, arrived_quarter
  union all
  select tz, left_quarter, min(left_at) from timed where left_quarter is not null group by tz, left_quarter
), dates as (
  select tz, quarter, local_date(min(some_at), tz) as day
  from quarters
  group by tz, quarter
), dated as (
  select t.platform, t.shop_id, t.channel, m.day as made_date, t.due_date,
    case when t.arrived_at is null then null
      when t.outcome = 'yes' then earlier(a.day, t.due_date)
      else later(a.day, cast(t.due_date + interval '1' day as date)) end as arrived_date,
    l.day as left_date,
    case when t.outcome = 'open' and t.left_at is null then 1 else 0 end as is_open
  from timed as t
  join dates as m on m.tz = t.tz and m.quarter = t.made_quarter
  left join dates as a on a.tz = t.tz and a.quarter = t.arrived_quarter
  left join dates as l on l.tz = t.tz and l.quarter = t.left_quarter
)
select platform, shop_id, channel, made_date, due_date, arrived_date, left_date, is_open, count(*) as orders
from dated
group by platform, shop_id, channel, made_date, due_date, arrived_date, left_date, is_open
