-- name: finding_rows
-- purpose: the lines that each finding is about
-- grain: one row per finding, line and parcel
-- inputs: finding_lines, audit_lines
-- units: amount_e8 0.00000001 of currency
select f.finding_id, l.line_id, l.shipment_id, l.provider, l.account, l.bill_no, l.version, l.bill_date, l.number, l.charge, l.charge_raw, l.amount_e8, l.currency, l.billed_weight, l.weight_unit, l.zone, l.level
from finding_lines as f
join audit_lines as l on l.line_id = f.line_id and coalesce(l.shipment_id, '') = coalesce(f.shipment_id, '')
