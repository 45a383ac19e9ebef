-- name: claimed_slices
-- purpose: what hard findings say is not owed of the lines, with all that it can be added up by
-- grain: one row per finding, parcel and charge
-- inputs: finding_charges, findings, shipments, sku_classes
-- units: amount_e8 0.00000001 of currency
-- What a bill's total asks for beyond its lines is in no line and not here.
select f.provider, f.account, f.bill_no, f.version, month_start(coalesce(f.bill_date, date '1900-01-01')) as bill_month, f.currency, c.shipment_id, h.channel, case when c.shipment_id is not null then coalesce(k.sku_class, 'unknown') end as sku_class, c.charge, f.finding_id, f.rule, c.amount_e8
from finding_charges as c
join findings as f on f.finding_id = c.finding_id
left join shipments as h on h.shipment_id = c.shipment_id
left join sku_classes as k on k.shipment_id = c.shipment_id
where f.confidence = 'hard'
