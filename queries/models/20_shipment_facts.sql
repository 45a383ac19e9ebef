-- name: shipment_facts
-- purpose: the milestones of a parcel from its scans
-- grain: one row per parcel
-- output: lake
-- inputs: shipments by shipments, parcel_ids, parcel_scans, order_shipments by shipments, order_deadlines, zone_days
-- units: times UTC; milestone numbers as in milestones (domain order)
with spine as (
  select sid,
    min(event_at) filter (where milestone = 20) as collected_at,
    min(event_at) filter (where milestone = 30) as inbound_at,
    min(event_at) filter (where milestone >= 20 and milestone < 150) as first_scan_at,
    second_of(min(event_at, 2) filter (where milestone >= 20 and milestone < 150)) as second_scan_at,
    min(event_at) filter (where milestone in (50, 55)) as export_customs_at,
    min(event_at) filter (where milestone = 70) as departed_at,
    min(event_at) filter (where milestone = 80) as arrived_at,
    min(event_at) filter (where milestone = 90) as import_started_at,
    min(event_at) filter (where milestone = 95) as import_released_at,
    min(event_at) filter (where milestone = 100) as last_mile_at,
    min(event_at) filter (where milestone = 120) as out_for_delivery_at,
    -- best source first, then earliest, in one number
    min(ranked_instant(source_rank, event_at)) filter (where milestone = 140) as best_delivered,
    min(event_at) as first_event_at,
    max(event_at) as last_event_at,
    -- newest scan and its milestone in one number: time first
    max(coded_instant(event_at, milestone)) as last_coded,
    count(*) as events,
    count(*) filter (where milestone >= 20 and milestone < 150) as scans,
    count(*) filter (where milestone = 0) as unmapped
  from parcel_scans
  group by sid
), seldom as (
  -- milestones that few parcels have: apart, because each column of a group costs on every scan
  select sid,
    min(event_at) filter (where milestone = 130) as attempt_failed_at,
    max(event_at) filter (where milestone in (57, 97)) as customs_held_at,
    max(event_at) filter (where milestone = 151) as address_problem_at,
    min(event_at) filter (where milestone = 160) as returning_at,
    min(event_at) filter (where milestone = 170) as returned_at,
    min(event_at) filter (where milestone = 180) as lost_at,
    min(event_at) filter (where milestone = 185) as destroyed_at,
    min(event_at) filter (where milestone = 190) as voided_at
  from parcel_scans
  where milestone in (57, 97, 130, 151, 160, 170, 180, 185, 190)
  group by sid
), before_return as (
  -- never delivered after the first sign of a return: the best source that said so in time
  select s.sid, min(s.best) as best_delivered
  from (select sid, source_rank, min(ranked_instant(source_rank, event_at)) as best, min(event_at) as event_at from parcel_scans where milestone = 140 group by sid, source_rank) as s
  join seldom as r on r.sid = s.sid
  where s.event_at <= r.returning_at
  group by s.sid
), judged as (
  select s.sid, s.first_scan_at, s.second_scan_at, s.export_customs_at, s.departed_at, s.arrived_at, s.last_mile_at, s.out_for_delivery_at, s.first_event_at, s.last_event_at, s.last_coded, s.events, s.scans, s.unmapped,
    r.attempt_failed_at, r.customs_held_at, r.address_problem_at, r.returning_at, r.returned_at, r.lost_at, r.destroyed_at, r.voided_at,
    coalesce(s.collected_at, s.inbound_at) as picked_up_at,
    coalesce(s.import_released_at, s.import_started_at) as import_customs_at,
    instant_of_ranked(case when r.returning_at is null then s.best_delivered else b.best_delivered end) as delivered_at
  from spine as s
  left join seldom as r on r.sid = s.sid
  left join before_return as b on b.sid = s.sid
), late as (
  -- only parcels whose newest scan is later than their delivery are looked at again
  select s.sid, count(*) as scans_after
  from parcel_scans as s
  join (select sid, delivered_at from judged where last_event_at > delivered_at) as j on j.sid = s.sid
  where s.event_at > j.delivered_at
  group by s.sid
), merged as (
  select shipment_id from order_shipments group by shipment_id having count(*) > 1
), carried as (
  select os.shipment_id, d.deliver_before_at, d.zone, d.fulfilment, d.order_type, os.shipment_id in (select shipment_id from merged) as is_merged
  from order_shipments as os
  join order_deadlines as d on d.platform = os.platform and d.shop_id = os.shop_id and d.order_id = os.order_id
), promised as (
  -- few parcels carry several orders
  select shipment_id, deliver_before_at, zone, fulfilment, order_type from carried where not is_merged
  union all
  select shipment_id, max(deliver_before_at), min(zone),
    case when min(coalesce(fulfilment, '')) = max(coalesce(fulfilment, '')) then min(fulfilment) end,
    case when min(order_type) = max(order_type) then min(order_type) else 'regular' end
  from carried
  where is_merged
  group by shipment_id
), combined as (
  select p.*, j.first_scan_at, j.second_scan_at, j.export_customs_at, j.departed_at, j.arrived_at, j.import_customs_at, j.last_mile_at, j.out_for_delivery_at, j.attempt_failed_at, j.customs_held_at,
    j.address_problem_at, j.returning_at, j.returned_at, j.lost_at, j.destroyed_at, j.voided_at, j.first_event_at, j.last_event_at, j.last_coded, j.events, j.scans, j.unmapped, l.scans_after, o.deliver_before_at as promised_at, o.fulfilment, o.order_type, coalesce(o.zone, z.tz, 'UTC') as zone,
    coalesce(j.delivered_at, case when j.returning_at is null then p.delivered_at end) as done_at,
    coalesce(j.picked_up_at, p.picked_up_at) as pickup_at,
    coalesce(j.picked_up_at, p.picked_up_at, j.first_scan_at, p.shipped_at, p.label_at) as out_at
  from shipments as p
  join parcel_ids as i on i.shipment_id = p.shipment_id
  left join judged as j on j.sid = i.sid
  left join late as l on l.sid = i.sid
  left join promised as o on o.shipment_id = p.shipment_id
  left join platform_zones as z on z.platform = p.platform
)
select c.shipment_id, c.platform, shop_id, role, direction, provider, channel, service_tier, carrier, tracking_number, last_mile_number, state, fulfilment, order_type, label_at,
  week_start(coalesce(shifted_date(c.out_at, d.shift, d.change_at, d.shift_after), local_date(c.out_at, c.zone))) as ship_week,
  coalesce(pickup_at, shipped_at, first_scan_at) as handed_over_at,
  coalesce(first_scan_at, pickup_at) as first_scan_at,
  second_scan_at,
  pickup_at as picked_up_at, export_customs_at, departed_at, arrived_at, import_customs_at, last_mile_at, out_for_delivery_at, attempt_failed_at, customs_held_at,
  returning_at, address_problem_at, done_at as delivered_at,
  case when done_at is not null then 'delivered' when returned_at is not null then 'returned' when destroyed_at is not null then 'destroyed'
    when lost_at is not null then 'lost' when coalesce(cancelled_at, voided_at) is not null then 'cancelled' end as terminal,
  coalesce(done_at, returned_at, destroyed_at, lost_at, cancelled_at, voided_at) as terminal_at,
  case when done_at >= coalesce(pickup_at, first_scan_at) then hours_between(coalesce(pickup_at, first_scan_at), done_at) end as transit_hours,
  -- an order's promise is none of the parcel that comes back
  coalesce(deliver_before_at, case when coalesce(direction, 'outbound') <> 'return' then promised_at end) as deliver_before_at,
  last_event_at,
  cast(last_coded % 256 as integer) as last_milestone,
  coalesce(events, 0) as events, coalesce(scans, 0) as scans, coalesce(unmapped, 0) as unmapped,
  cast((case when pickup_at is null then 0 else 1 end) + (case when export_customs_at is null then 0 else 1 end) + (case when departed_at is null then 0 else 1 end)
    + (case when arrived_at is null then 0 else 1 end) + (case when import_customs_at is null then 0 else 1 end) + (case when last_mile_at is null then 0 else 1 end)
    + (case when done_at is null then 0 else 1 end) as integer) as nodes,
  coalesce(scans_after, 0) as scans_after_delivered,
  cast((case when export_customs_at < pickup_at then 1 else 0 end) + (case when departed_at < coalesce(export_customs_at, pickup_at) then 1 else 0 end)
    + (case when arrived_at < departed_at then 1 else 0 end) + (case when import_customs_at < arrived_at then 1 else 0 end)
    + (case when last_mile_at < coalesce(import_customs_at, arrived_at) then 1 else 0 end) + (case when done_at < coalesce(last_mile_at, pickup_at) then 1 else 0 end) as integer) as negative_legs,
  month_start(utc_day(first_event_at)) as first_event_month,
  month_start(utc_day(last_event_at)) as last_event_month,
  cast(weight as double) * case lower(weight_unit) when 'g' then 1 when 'kg' then 1000 when 'lb' then 453.59237 when 'oz' then 28.349523125 end as weight_g,
  cost_amount, cost_currency, p_month
from combined as c
left join zone_days as d on d.tz = c.zone and d.day = utc_day(c.out_at)
