-- name: parcel_facts
-- purpose: what became of each parcel, as far as an audit asks: the view behind it is read once
-- grain: one row per parcel that existed at the as-of
-- inputs: shipments_as_of
-- units: times UTC; ship_month the first day of the month of the hand-over, else of the label
select f.shipment_id, f.provider, f.channel, f.direction, f.label_at, f.handed_over_at, f.first_scan_at, f.delivered_at, f.returning_at, f.attempt_failed_at, f.customs_held_at, f.address_problem_at,
  f.terminal, f.terminal_at, f.scans, f.last_event_at, f.node, month_start(utc_day(coalesce(f.handed_over_at, f.label_at))) as ship_month
from shipments_as_of as f
