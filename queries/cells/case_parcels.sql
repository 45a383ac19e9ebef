-- name: case_parcels
-- purpose: a parcel at the as-of with its milestones and what the exports say it weighs and costs
-- grain: one row per parcel
-- inputs: shipments_as_of, shipments
-- units: times UTC; weight in weight_unit, sides in length_unit, money in its currency as stated; no names, no streets
select f.shipment_id, f.platform, f.shop_id, f.role, f.direction, f.provider, f.channel, f.service_tier, f.carrier, f.tracking_number, f.last_mile_number,
  s.origin, f.state, s.postal_code, s.country, s.status, f.outcome, f.on_time, f.deliver_before_at, s.deliver_before_at as own_deliver_before_at,
  f.label_at, f.handed_over_at, f.first_scan_at, f.picked_up_at, f.export_customs_at, f.departed_at, f.arrived_at, f.import_customs_at, f.last_mile_at,
  f.out_for_delivery_at, f.attempt_failed_at, f.customs_held_at, f.returning_at, f.delivered_at, f.terminal, f.terminal_at, f.last_event_at, f.age_hours,
  s.weight, s.weight_unit, s.length, s.width, s.height, s.length_unit, s.cost_amount, s.cost_currency, s.insurance_amount
from shipments_as_of as f
left join shipments as s on s.shipment_id = f.shipment_id
