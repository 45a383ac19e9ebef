-- name: parcel_facts
-- purpose: what became of each parcel, as far as an audit asks: the view behind it is read once
-- grain: one row per parcel that existed at the as-of
-- inputs: shipments_as_of
-- units: times UTC; ship_month the first day of the month of the hand-over, else of the label
-- is_touched: some carrier had it in hand, on its way, at its return or at its end; what only a carrier that has a parcel can say of it counts
select f.shipment_id, f.provider, f.channel, f.direction, f.label_at, f.handed_over_at, f.first_scan_at, f.delivered_at, f.returning_at, f.attempt_failed_at, f.customs_held_at, f.address_problem_at,
  f.terminal, f.terminal_at, f.last_event_at,
  f.scans > 0 or f.returning_at is not null or f.address_problem_at is not null or coalesce(f.terminal in ('returned', 'lost', 'destroyed'), false)
    or coalesce(f.last_milestone between 150 and 189, false) as is_touched,
  f.node, month_start(utc_day(coalesce(f.handed_over_at, f.label_at))) as ship_month
from shipments_as_of as f
