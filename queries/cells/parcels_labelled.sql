-- name: parcels_labelled
-- purpose: first physical scan before the pack's first_scan clock ran out
-- grain: one row per metric, platform, shop, day of the label, channel and state
-- inputs: shipments_as_of, policy_metrics, clocks, platform_zones, zone_days, session
-- parameters: shown_from, the instant from which labels are shown
-- units: outbound parcels; day is of the platform's zone, week its Monday, both empty where no label time is known
-- The clock starts with the label and counts rolling hours or calendar days; its version is that of the label's instant.
-- excluded are voided labels and what the pack leaves out; unknown have no label time or no clock.
with labelled as (
  select m.metric, m.pack, m.clock, coalesce(z.tz, m.tz) as zone, p.platform, p.shop_id, p.channel, p.state, p.label_at, p.first_scan_at, p.order_type,
    case when p.outcome = 'cancelled'
      or (coalesce(m.excludes_platform, '') = 'both' and p.fulfilment = 'platform')
      or (coalesce(m.excludes_express, '') = 'both' and p.order_type = 'express')
      or (coalesce(m.excludes_sample, '') = 'both' and p.order_type = 'sample') then 1 else 0 end as is_out,
    case when (coalesce(m.excludes_platform, '') = 'numerator' and p.fulfilment = 'platform')
      or (coalesce(m.excludes_express, '') = 'numerator' and p.order_type = 'express')
      or (coalesce(m.excludes_sample, '') = 'numerator' and p.order_type = 'sample') then 1 else 0 end as is_spared
  from shipments_as_of as p
  join policy_metrics as m on m.platform = coalesce(p.platform, '')
  left join platform_zones as z on z.platform = p.platform
  where m.formula = 'queries/cells/parcels_labelled.sql' and coalesce(p.direction, 'outbound') <> 'return'
    and (p.label_at is null or p.label_at >= {shown_from})
), timed as (
  select l.metric, l.platform, l.shop_id, coalesce(shifted_date(l.label_at, d.shift, d.change_at, d.shift_after), local_date(l.label_at, l.zone)) as day, l.channel, l.state, l.first_scan_at, l.is_out, l.is_spared,
    case c.unit
      when 'rolling_hours' then plus_seconds(l.label_at, c.n * 3600)
      when 'calendar_day' then local_midnight(cast(local_date(l.label_at, c.tz) + interval '1' day * (c.n + 1) as date), c.tz)
    end as scan_before_at
  from labelled as l
  left join zone_days as d on d.tz = l.zone and d.day = utc_day(l.label_at)
  left join clocks as c on c.pack = l.pack and c.clock = l.clock and c.start = 'label_created'
    and (c.order_type = coalesce(l.order_type, 'regular') or c.order_type = 'any')
    and (c.from_at is null or l.label_at >= c.from_at) and (c.to_at is null or l.label_at < c.to_at)
), judged as (
  select t.metric, t.platform, t.shop_id, week_start(t.day) as week, t.day, t.channel, t.state, t.is_out, t.is_spared,
    case when t.scan_before_at is null then null
      when t.first_scan_at < t.scan_before_at then 'yes'
      when t.first_scan_at is not null or t.scan_before_at <= s.as_of then 'no'
      else 'open' end as in_time
  from timed as t
  cross join session as s
)
select metric, platform, shop_id, week, day, channel, state,
  count(*) filter (where is_out = 0 and is_spared = 0 and in_time = 'yes') as scanned_in_time,
  count(*) filter (where is_out = 0 and in_time is not null) as labelled,
  count(*) filter (where is_out = 0 and in_time = 'open') as open,
  count(*) filter (where is_out = 1) as excluded,
  count(*) filter (where is_out = 0 and in_time is null) as unknown
from judged
group by metric, platform, shop_id, week, day, channel, state
