-- name: parcels_traced
-- purpose: parcels whose trace has all seven nodes, and which node the others lack (trace completeness)
-- grain: one row per metric, platform, shop, day by the pack's cohort, channel and state
-- inputs: shipments_as_of, policy_metrics, platform_zones, zone_days, session
-- parameters: shown_from, the instant before which what gives a parcel its day is not shown
-- units: outbound parcels; day is of the platform's zone, week its Monday
-- The cohort of the pack says who is asked for a whole trace and gives the day: delivered, the day of delivery; shipped,
-- that of the hand-over; delivered_or_past_sla, that of delivery or of the passed deadline, whichever is earlier.
-- unknown: not delivered, and without a deadline that could pass. open: a trace that may still become whole.
-- A channel is domestic when none of its parcels here has a node at a border (export, departure, arrival, import): its
-- parcels cannot have them. Neither the fulfilment nor the service tier of an export says where a parcel starts.
with asked as (
  select platform, shop_id, channel, state, fulfilment, order_type, outcome, picked_up_at, export_customs_at, departed_at, arrived_at, import_customs_at, last_mile_at, delivered_at, deliver_before_at, nodes,
    coalesce(picked_up_at, first_scan_at, handed_over_at) as out_at
  from shipments_as_of
  where coalesce(direction, 'outbound') <> 'return' and (delivered_at is null or delivered_at >= {shown_from})
    and (handed_over_at is not null or first_scan_at is not null)
), entered as (
  select m.metric, m.cohort, m.excludes_platform, m.excludes_express, m.excludes_sample, m.excludes_domestic, a.*,
    case when (coalesce(m.excludes_platform, '') = 'numerator' and coalesce(a.fulfilment, '') = 'platform')
      or (coalesce(m.excludes_express, '') = 'numerator' and coalesce(a.order_type, '') = 'express')
      or (coalesce(m.excludes_sample, '') = 'numerator' and coalesce(a.order_type, '') = 'sample') then 1 else 0 end as is_spared,
    case m.cohort when 'shipped' then a.out_at
      when 'delivered' then a.delivered_at
      when 'delivered_or_past_sla' then earlier(a.delivered_at, case when a.deliver_before_at <= s.as_of then plus_seconds(a.deliver_before_at, -1) end)
    end as entered_at
  from asked as a
  join policy_metrics as m on m.platform = coalesce(a.platform, '')
  cross join session as s
  where m.formula = 'queries/cells/parcels_traced.sql'
), shown as (
  -- what came before is of no day; a channel is known by it
  select e.*,
    case when entered_at is null or entered_at >= {shown_from} then 1 else 0 end as is_shown,
    case when entered_at >= {shown_from} then entered_at end as shown_at
  from entered as e
), dated as (
  select e.metric, e.platform, e.shop_id, e.channel, e.state, e.nodes, e.outcome, e.is_spared, e.is_shown, e.excludes_domestic,
    e.picked_up_at, e.export_customs_at, e.departed_at, e.arrived_at, e.import_customs_at, e.last_mile_at, e.delivered_at,
    coalesce(shifted_date(e.shown_at, d.shift, d.change_at, d.shift_after), local_date(e.shown_at, coalesce(z.tz, 'UTC'))) as day,
    case when e.entered_at is null and e.cohort = 'delivered_or_past_sla' and e.deliver_before_at is null then 1 else 0 end as is_unknown,
    case when e.outcome = 'cancelled'
      or (coalesce(e.excludes_platform, '') = 'both' and coalesce(e.fulfilment, '') = 'platform')
      or (coalesce(e.excludes_express, '') = 'both' and coalesce(e.order_type, '') = 'express')
      or (coalesce(e.excludes_sample, '') = 'both' and coalesce(e.order_type, '') = 'sample') then 1 else 0 end as is_out
  from shown as e
  left join platform_zones as z on z.platform = e.platform
  left join zone_days as d on d.tz = coalesce(z.tz, 'UTC') and d.day = utc_day(e.shown_at) and d.day >= utc_day({shown_from})
), counted as (
  select metric, platform, shop_id, day, channel, state, excludes_domestic,
    count(*) filter (where is_shown = 1) as members,
    count(export_customs_at) + count(departed_at) + count(arrived_at) + count(import_customs_at) as border_nodes,
    count(*) filter (where is_out = 0 and is_spared = 0 and day is not null and nodes = 7) as complete,
    count(*) filter (where is_out = 0 and day is not null) as traced,
    count(*) filter (where is_out = 0 and day is not null and nodes < 7 and outcome in ('in_transit', 'no_scan')) as open,
    count(day) as dated,
    count(*) filter (where is_out = 0 and is_unknown = 1) as unknown,
    count(*) filter (where is_out = 0 and day is not null and picked_up_at is null) as lacks_pickup,
    count(*) filter (where is_out = 0 and day is not null and export_customs_at is null) as lacks_export_cleared,
    count(*) filter (where is_out = 0 and day is not null and departed_at is null) as lacks_departed,
    count(*) filter (where is_out = 0 and day is not null and arrived_at is null) as lacks_arrived,
    count(*) filter (where is_out = 0 and day is not null and import_customs_at is null) as lacks_cleared,
    count(*) filter (where is_out = 0 and day is not null and last_mile_at is null) as lacks_last_mile,
    count(*) filter (where is_out = 0 and day is not null and delivered_at is null) as lacks_delivered
  from dated
  group by metric, platform, shop_id, day, channel, state, excludes_domestic
), borders as (
  select metric, platform, shop_id, channel, cast(sum(border_nodes) as bigint) as border_nodes
  from counted
  group by metric, platform, shop_id, channel
), stated as (
  -- whether its channel lets a parcel count is asked of sums, not of every parcel
  select c.*, case when coalesce(c.excludes_domestic, '') = 'both' and b.border_nodes = 0 then 0 else 1 end as is_in
  from counted as c
  join borders as b on b.metric = c.metric and b.platform is not distinct from c.platform and b.shop_id is not distinct from c.shop_id and b.channel is not distinct from c.channel
  where c.members > 0
)
select metric, platform, shop_id, week_start(day) as week, day, channel, state,
  complete * is_in as complete, traced * is_in as traced, open * is_in as open, dated - traced * is_in as excluded, unknown * is_in as unknown,
  lacks_pickup * is_in as lacks_pickup, lacks_export_cleared * is_in as lacks_export_cleared, lacks_departed * is_in as lacks_departed, lacks_arrived * is_in as lacks_arrived,
  lacks_cleared * is_in as lacks_cleared, lacks_last_mile * is_in as lacks_last_mile, lacks_delivered * is_in as lacks_delivered
from stated
