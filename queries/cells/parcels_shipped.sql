-- name: parcels_shipped
-- purpose: shipped parcels with a valid tracking number (VTR)
-- grain: one row per metric, platform, shop, day of the shipment, channel and state
-- inputs: shipments_as_of, policy_metrics, platform_zones, zone_days
-- parameters: shown_from, the instant from which shipments are shown
-- units: outbound parcels that were handed over; day is of the platform's zone, week its Monday
-- Valid is a tracking number with at least two physical scans of a carrier; a label or a manifest is none. That is a
-- third party's reading: the platform publishes no definition. open: not valid yet, and not ended.
with shipped as (
  -- the instant that gives a parcel its ship_week
  select platform, shop_id, channel, state, fulfilment, order_type, tracking_number, first_scan_at, scans, outcome, ship_week,
    coalesce(picked_up_at, first_scan_at, handed_over_at) as out_at
  from shipments_as_of
  where coalesce(direction, 'outbound') <> 'return' and (handed_over_at is not null or first_scan_at is not null)
    and (any_ship_week is null or any_ship_week >= week_start(local_date({shown_from} - interval '1' day, 'UTC')))
), members as (
  select m.metric, p.platform, p.shop_id, p.ship_week as week, p.channel, p.state,
    coalesce(shifted_date(p.out_at, d.shift, d.change_at, d.shift_after), local_date(p.out_at, coalesce(z.tz, 'UTC'))) as day,
    case when coalesce(p.tracking_number, '') <> '' and p.first_scan_at is not null and p.scans >= 2 then 'yes'
      when coalesce(p.tracking_number, '') <> '' and p.outcome = 'in_transit' then 'open'
      else 'no' end as valid,
    case when (coalesce(m.excludes_platform, '') = 'both' and p.fulfilment = 'platform')
      or (coalesce(m.excludes_express, '') = 'both' and p.order_type = 'express')
      or (coalesce(m.excludes_sample, '') = 'both' and p.order_type = 'sample') then 1 else 0 end as is_out,
    case when (coalesce(m.excludes_platform, '') = 'numerator' and p.fulfilment = 'platform')
      or (coalesce(m.excludes_express, '') = 'numerator' and p.order_type = 'express')
      or (coalesce(m.excludes_sample, '') = 'numerator' and p.order_type = 'sample') then 1 else 0 end as is_spared
  from shipped as p
  join policy_metrics as m on m.platform = coalesce(p.platform, '')
  left join platform_zones as z on z.platform = p.platform
  left join zone_days as d on d.tz = coalesce(z.tz, 'UTC') and d.day = utc_day(p.out_at)
  where m.formula = 'queries/cells/parcels_shipped.sql'
)
select metric, platform, shop_id, week, day, channel, state,
  count(*) filter (where is_out = 0 and is_spared = 0 and valid = 'yes') as valid,
  count(*) filter (where is_out = 0) as shipped,
  count(*) filter (where is_out = 0 and valid = 'open') as open,
  count(*) filter (where is_out = 1) as excluded,
  cast(0 as bigint) as unknown
from members
group by metric, platform, shop_id, week, day, channel, state
