-- name: bill_lines
-- purpose: the charge lines of bills that had come at the as-of, with what their bill says and what is counted from both
-- grain: one row per line of a current bill and parcel
-- inputs: numbered_lines, bill_slips
-- units: *_e8 0.00000001 of currency; *_quanta 1/16 ng
-- line: a number of the row. stage: a number for all lines of a parcel, bill and currency; empty where a line means no parcel.
select l.line, l.line_id, l.slip, i.bill, l.parcel, l.shipment_id, l.parcel * i.slips + l.slip as stage, i.provider, i.account, i.bill_no, i.version, l.bill_date, month_start(coalesce(l.bill_date, date '1900-01-01')) as bill_month,
  l.charge, l.charge_class, l.charge_raw, l.amount_e8, i.currency, l.quantity, l.unit_price, l.number, l.tracking_number, l.ship_date, l.billed_weight, l.weight_unit,
  case when l.billed_weight > 0 and l.billed_weight < 100000 then weight_quanta(l.billed_weight, l.weight_unit) end as billed_quanta,
  l.actual_weight, l.zone, l.service, l.declared_value, l.declared_currency, l.fx_rate, l.fx_currency, l.level, l.matched_by, l.problem
from numbered_lines as l
join bill_slips as i on i.slip = l.slip
