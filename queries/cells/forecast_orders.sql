-- name: forecast_orders
-- purpose: when orders with a deadline were made, fell due, were delivered or left the rate, in local days
-- grain: one row per platform, shop, channel, day made, day due, day delivered, day left and whether the order is open
-- inputs: orders_as_of, policy_metrics, zone_days
-- parameters: shown_from, the instant from which orders are read
-- units: orders; days are dates of the pack's zone; empty: not delivered, not left
-- Members are those of orders_due. An order that a cancellation takes out counts until that day, so that a past Monday
-- can be asked again. A delivery before the deadline is never after the day due, a later one never on it. What a pack
-- spares can only miss.
with members as (
  select o.platform, o.shop_id, o.channel, o.created_at, o.promise_date as due_date, m.tz, o.on_time,
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
  select platform, shop_id, channel, due_date, tz, created_at, left_at,
    case when is_spared = 0 then delivered_at end as arrived_at,
    case when is_spared = 1 and on_time = 'yes' then 'no' else on_time end as outcome
  from members
), local_days as (
  select t.platform, t.shop_id, t.channel, t.due_date, t.outcome, t.arrived_at, t.left_at,
    coalesce(shifted_date(t.created_at, m.shift, m.change_at, m.shift_after), local_date(t.created_at, t.tz)) as made_date,
    coalesce(shifted_date(t.arrived_at, a.shift, a.change_at, a.shift_after), local_date(t.arrived_at, t.tz)) as arrived_day,
    coalesce(shifted_date(t.left_at, l.shift, l.change_at, l.shift_after), local_date(t.left_at, t.tz)) as left_date
  from timed as t
  left join zone_days as m on m.tz = t.tz and m.day = utc_day(t.created_at)
  left join zone_days as a on a.tz = t.tz and a.day = utc_day(t.arrived_at)
  left join zone_days as l on l.tz = t.tz and l.day = utc_day(t.left_at)
), dated as (
  select platform, shop_id, channel, made_date, due_date,
    case when arrived_at is null then null
      when outcome = 'yes' then earlier(arrived_day, due_date)
      else later(arrived_day, cast(due_date + interval '1' day as date)) end as arrived_date,
    left_date,
    case when outcome = 'open' and left_at is null then 1 else 0 end as is_open
  from local_days
)
select platform, shop_id, channel, made_date, due_date, arrived_date, left_date, is_open, count(*) as orders
from dated
group by platform, shop_id, channel, made_date, due_date, arrived_date, left_date, is_open
