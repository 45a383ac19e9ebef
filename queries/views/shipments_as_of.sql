-- name: shipments_as_of
-- purpose: a parcel as it stood at the session's as-of: what happened later has not happened
-- grain: one row per parcel that existed at the as-of
-- inputs: shipment_facts
-- parameters: as_of, the instant at which the session looks
-- units: times UTC; transit_hours, age_hours in hours; on_time yes, no, open, empty where there is no deadline
-- events, unmapped, scans_after_delivered and negative_legs count all scans that the lake version holds. scans counts those up to
-- the as-of; where the newest scan is later than it, two stand for two or more.
-- any_ship_week is ship_week, whether it has come at the as-of or not: files are left out by it, and no number is made of it.
-- Where the newest scan is later than the as-of, last_event_at is the newest milestone before it, last_milestone empty.
with cut as (
  select f.shipment_id, f.platform, f.shop_id, f.role, f.direction, f.provider, f.channel, f.service_tier, f.carrier, f.tracking_number, f.last_mile_number,
    f.state, f.fulfilment, f.order_type, f.label_at, f.deliver_before_at, f.events, f.scans, f.unmapped, f.scans_after_delivered, f.negative_legs,
    f.first_event_month, f.last_event_month, f.weight_g, f.cost_amount, f.cost_currency, f.p_month, {as_of} as as_of,
    case when coalesce(f.picked_up_at, f.first_scan_at, f.handed_over_at, f.label_at) <= {as_of} then f.ship_week end as ship_week, f.ship_week as any_ship_week,
    case when f.handed_over_at <= {as_of} then f.handed_over_at end as handed_over_at,
    case when f.first_scan_at <= {as_of} then f.first_scan_at end as first_scan_at,
    case when f.second_scan_at <= {as_of} then f.second_scan_at end as second_scan_at,
    case when f.picked_up_at <= {as_of} then f.picked_up_at end as picked_up_at,
    case when f.export_customs_at <= {as_of} then f.export_customs_at end as export_customs_at,
    case when f.departed_at <= {as_of} then f.departed_at end as departed_at,
    case when f.arrived_at <= {as_of} then f.arrived_at end as arrived_at,
    case when f.import_customs_at <= {as_of} then f.import_customs_at end as import_customs_at,
    case when f.last_mile_at <= {as_of} then f.last_mile_at end as last_mile_at,
    case when f.out_for_delivery_at <= {as_of} then f.out_for_delivery_at end as out_for_delivery_at,
    case when f.attempt_failed_at <= {as_of} then f.attempt_failed_at end as attempt_failed_at,
    case when f.customs_held_at <= {as_of} then f.customs_held_at end as customs_held_at,
    case when f.returning_at <= {as_of} then f.returning_at end as returning_at,
    case when f.address_problem_at <= {as_of} then f.address_problem_at end as address_problem_at,
    case when f.delivered_at <= {as_of} then f.delivered_at end as delivered_at,
    case when f.delivered_at <= {as_of} then f.transit_hours end as transit_hours,
    case when f.terminal_at is null or f.terminal_at <= {as_of} then f.terminal end as terminal,
    case when f.terminal_at <= {as_of} then f.terminal_at end as terminal_at,
    f.last_event_at as newest_at, f.last_milestone as newest_milestone
  from shipment_facts as f
  where coalesce(earlier(f.label_at, earlier(f.handed_over_at, f.first_scan_at)) <= {as_of}, true)
), known as (
  select c.*,
    later(later(later(c.picked_up_at, c.export_customs_at), later(c.departed_at, c.arrived_at)),
      later(later(later(c.import_customs_at, c.last_mile_at), later(c.out_for_delivery_at, c.attempt_failed_at)),
        later(later(later(c.first_scan_at, c.customs_held_at), c.address_problem_at), later(c.returning_at, c.delivered_at)))) as milestone_at
  from cut as c
)
select shipment_id, platform, shop_id, role, direction, provider, channel, service_tier, carrier, tracking_number, last_mile_number, state, fulfilment, order_type, label_at,
  ship_week, any_ship_week, handed_over_at, first_scan_at, second_scan_at, picked_up_at, export_customs_at, departed_at, arrived_at, import_customs_at, last_mile_at,
  out_for_delivery_at, attempt_failed_at, customs_held_at, returning_at, address_problem_at, delivered_at, terminal, terminal_at, transit_hours, deliver_before_at,
  case when newest_at <= as_of then newest_at else milestone_at end as last_event_at,
  case when newest_at <= as_of then newest_milestone end as last_milestone,
  events,
  case when newest_at > as_of then least(scans, case when second_scan_at is not null then 2 when first_scan_at is not null then 1 else 0 end) else scans end as scans,
  unmapped,
  cast((case when picked_up_at is null then 0 else 1 end) + (case when export_customs_at is null then 0 else 1 end)
    + (case when departed_at is null then 0 else 1 end) + (case when arrived_at is null then 0 else 1 end)
    + (case when import_customs_at is null then 0 else 1 end) + (case when last_mile_at is null then 0 else 1 end)
    + (case when delivered_at is null then 0 else 1 end) as integer) as nodes,
  scans_after_delivered, negative_legs, first_event_month, last_event_month, weight_g, cost_amount, cost_currency, p_month,
  case when deliver_before_at is null then null
    when delivered_at < deliver_before_at then 'yes'
    when delivered_at is not null or deliver_before_at <= as_of then 'no'
    else 'open' end as on_time,
  case when delivered_at is not null then 'delivered'
    when terminal is not null and terminal <> 'delivered' then terminal
    when first_scan_at is not null or handed_over_at is not null then 'in_transit'
    else 'no_scan' end as outcome,
  hours_between(coalesce(first_scan_at, handed_over_at, label_at), as_of) as age_hours,
  -- the furthest of the seven nodes, and when the parcel came there
  case when delivered_at is not null then 'delivered' when last_mile_at is not null then 'last_mile' when import_customs_at is not null then 'cleared'
    when arrived_at is not null then 'arrived' when departed_at is not null then 'departed' when export_customs_at is not null then 'export_cleared'
    when coalesce(picked_up_at, first_scan_at, handed_over_at) is not null then 'pickup' end as node,
  coalesce(delivered_at, last_mile_at, import_customs_at, arrived_at, departed_at, export_customs_at, picked_up_at, first_scan_at, handed_over_at) as node_at
from known
