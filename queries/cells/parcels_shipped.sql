-- name: parcels_shipped
-- purpose: shipped parcels with a valid tracking number (VTR)
-- grain: one row per metric, platform, shop, week of the shipment, channel and state
-- inputs: shipments_as_of, policy_metrics
-- units: outbound parcels that were handed over; week is a Monday
-- Valid is a tracking number with at least two physical scans of a carrier; a label or a manifest is none. That is a
-- third party's reading: the platform publishes no definition. open: not valid yet, and not ended.
with members as (
  select m.metric, p.platform, p.shop_id, p.ship_week as week, p.channel, p.state,
    case when coalesce(p.tracking_number, '') <> '' and p.first_scan_at is not null and p.scans >= 2 then 'yes'
      when coalesce(p.tracking_number, '') <> '' and p.outcome = 'in_transit' then 'open'
      else 'no' end as valid,
    case when (coalesce(m.excludes_platform, '') = 'both' and p.fulfilment = 'platform')
      or (coalesce(m.excludes_express, '') = 'both' and p.order_type = 'express')
      or (coalesce(m.excludes_sample, '') = 'both' and p.order_type = 'sample') then 1 else 0 end as is_out,
    case when (coalesce(m.excludes_platform, '') = 'numerator' and p.fulfilment = 'platform')
      or (coalesce(m.excludes_express, '') = 'numerator' and p.order_type = 'express')
      or (coalesce(m.excludes_sample, '') = 'numerator' and p.order_type = 'sample') then 1 else 0 end as is_spared
  from shipments_as_of as p
  join policy_metrics as m on m.platform = coalesce(p.platform, '')
  where m.formula = 'queries/cells/parcels_shipped.sql' and coalesce(p.direction, 'outbound') <> 'return'
    and (p.handed_over_at is not null or p.first_scan_at is not null)
)
select metric, platform, shop_id, week, channel, state,
  count(*) filter (where is_out = 0 and is_spared = 0 and valid = 'yes') as valid,
  count(*) filter (where is_out = 0) as shipped,
  count(*) filter (where is_out = 0 and valid = 'open') as open,
  count(*) filter (where is_out = 1) as excluded,
  cast(0 as bigint) as unknown
from members
group by metric, platform, shop_id, week, channel, state
