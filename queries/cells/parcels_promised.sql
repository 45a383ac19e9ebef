-- name: parcels_promised
-- purpose: shipped parcels with a valid tracking number, by the day on which they were promised (VTR by promised date)
-- grain: one row per metric, platform, shop, promised day, channel and state
-- inputs: shipments_as_of, policy_metrics, platform_zones, zone_days
-- units: outbound parcels that were handed over; day is of the platform's zone, week its Monday
-- Valid as in parcels_shipped: at least two physical scans. unknown have no promised day.
with promised as (
  select m.metric, p.platform, p.shop_id, p.channel, p.state,
    coalesce(shifted_date(plus_seconds(p.deliver_before_at, -1), d.shift, d.change_at, d.shift_after),
      local_date(plus_seconds(p.deliver_before_at, -1), coalesce(z.tz, 'UTC'))) as day,
    case when coalesce(p.tracking_number, '') <> '' and p.first_scan_at is not null and p.scans >= 2 then 'yes'
      when coalesce(p.tracking_number, '') <> '' and p.outcome = 'in_transit' then 'open'
      else 'no' end as valid,
    case when (coalesce(m.excludes_platform, '') = 'both' and coalesce(p.fulfilment, '') = 'platform')
      or (coalesce(m.excludes_express, '') = 'both' and coalesce(p.order_type, '') = 'express')
      or (coalesce(m.excludes_sample, '') = 'both' and coalesce(p.order_type, '') = 'sample') then 1 else 0 end as is_out,
    case when (coalesce(m.excludes_platform, '') = 'numerator' and coalesce(p.fulfilment, '') = 'platform')
      or (coalesce(m.excludes_express, '') = 'numerator' and coalesce(p.order_type, '') = 'express')
      or (coalesce(m.excludes_sample, '') = 'numerator' and coalesce(p.order_type, '') = 'sample') then 1 else 0 end as is_spared
  from shipments_as_of as p
  join policy_metrics as m on m.platform = coalesce(p.platform, '')
  left join platform_zones as z on z.platform = p.platform
  left join zone_days as d on d.tz = coalesce(z.tz, 'UTC') and d.day = utc_day(plus_seconds(p.deliver_before_at, -1))
  where m.formula = 'queries/cells/parcels_promised.sql' and coalesce(p.direction, 'outbound') <> 'return'
    and (p.handed_over_at is not null or p.first_scan_at is not null)
), members as (
  select metric, platform, shop_id, week_start(day) as week, day, channel, state, valid, is_out, is_spared
  from promised
)
select metric, platform, shop_id, week, day, channel, state,
  count(*) filter (where is_out = 0 and is_spared = 0 and valid = 'yes' and day is not null) as valid,
  count(*) filter (where is_out = 0 and day is not null) as shipped,
  count(*) filter (where is_out = 0 and valid = 'open' and day is not null) as open,
  count(*) filter (where is_out = 1 and day is not null) as excluded,
  count(*) filter (where is_out = 0 and day is null) as unknown
from members
group by metric, platform, shop_id, week, day, channel, state
