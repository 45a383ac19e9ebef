-- name: orders_due
-- purpose: on-time delivery over the orders whose promised day lies in the week (OTDR)
-- grain: one row per metric, platform, shop, promised day, channel and state
-- inputs: orders_as_of, policy_metrics
-- units: orders; day is of the platform's zone, week its Monday, both empty for orders without a deadline
-- Untracked are orders without a parcel, an uploaded number or a scan.
-- missing: left out as untracked, and a miss once it is shipped.
-- due holds yes, no and open; excluded are those that the pack leaves out; unknown have no deadline and are in no week.
with members as (
  select m.metric, o.platform, o.shop_id, o.due_week as week, o.promise_date as day, o.channel, o.state, o.on_time,
    case when (coalesce(m.excludes_platform, '') = 'both' and coalesce(o.fulfilment, '') = 'platform')
      or (coalesce(m.excludes_express, '') = 'both' and coalesce(o.order_type, '') = 'express')
      or (coalesce(m.excludes_sample, '') = 'both' and coalesce(o.order_type, '') = 'sample')
      or (coalesce(m.excludes_cancelled_in_time, '') = 'both' and o.excluded_due)
      or (coalesce(m.excludes_untracked, '') = 'both' and coalesce(o.parcels_all, 0) = 0 and o.tracking_uploaded_at is null and o.first_scan_at is null) then 1 else 0 end as is_out,
    case when coalesce(m.excludes_untracked, '') = 'both' and coalesce(o.parcels_all, 0) = 0 and o.tracking_uploaded_at is null and o.dispatched_at is null and o.cancelled_at is null
      and o.outcome = 'no_scan' and o.on_time = 'no' and not (coalesce(m.excludes_platform, '') = 'both' and coalesce(o.fulfilment, '') = 'platform')
      and not (coalesce(m.excludes_express, '') = 'both' and coalesce(o.order_type, '') = 'express')
      and not (coalesce(m.excludes_sample, '') = 'both' and coalesce(o.order_type, '') = 'sample') then 1 else 0 end as is_missing,
    case when (coalesce(m.excludes_platform, '') = 'numerator' and coalesce(o.fulfilment, '') = 'platform')
      or (coalesce(m.excludes_express, '') = 'numerator' and coalesce(o.order_type, '') = 'express')
      or (coalesce(m.excludes_sample, '') = 'numerator' and coalesce(o.order_type, '') = 'sample')
      or (coalesce(m.excludes_cancelled_in_time, '') = 'numerator' and o.excluded_due) then 1 else 0 end as is_spared
  from orders_as_of as o
  join policy_metrics as m on m.platform = coalesce(o.platform, '')
  where m.formula = 'queries/cells/orders_due.sql'
)
select metric, platform, shop_id, week, day, channel, state,
  count(*) filter (where is_out = 0 and is_spared = 0 and on_time = 'yes') as on_time,
  count(*) filter (where is_out = 0 and on_time is not null) as due,
  count(*) filter (where is_out = 0 and on_time = 'open') as open,
  count(*) filter (where is_out = 1 and on_time is not null) as excluded,
  count(*) filter (where is_out = 0 and on_time is null) as unknown,
  count(*) filter (where is_missing = 1) as missing
from members
group by metric, platform, shop_id, week, day, channel, state
