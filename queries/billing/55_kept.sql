-- name: kept_lines
-- purpose: the lines of parcels that no rule took whole, and that are no credit
-- grain: one row per line and parcel
-- inputs: audit_lines, taken_lines, bill_parcels
select p.parcel, l.bill, l.line_id, l.shipment_id, l.currency, l.charge, l.charge_class, l.amount_e8, l.bill_date, l.bill_month, l.number, l.tracking_number, l.ship_date, l.service,
  l.billed_quanta, l.billed_weight, l.weight_unit, l.zone, l.fx_currency, l.fx_rate
from audit_lines as l
join bill_parcels as p on p.provider = l.provider and p.shipment_id = l.shipment_id
where l.charge_class <> 'credit' and not exists (select 1 from taken_lines as t where t.line_id = l.line_id and coalesce(t.shipment_id, '') = coalesce(l.shipment_id, ''))
