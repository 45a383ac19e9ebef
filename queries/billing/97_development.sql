-- name: bill_development
-- purpose: how the lines of a month's parcels come in, month after month
-- grain: one row per provider, currency, ship month and month of the bill
-- inputs: audit_lines, bill_parcels, parcel_facts
-- units: amount_e8 0.00000001 of currency
select l.provider, l.currency, s.ship_month, l.bill_month, count(*) as lines, cast(sum(l.amount_e8) as bigint) as amount_e8
from audit_lines as l
join (select b.parcel, f.ship_month from bill_parcels as b join parcel_facts as f on f.shipment_id = b.shipment_id where f.ship_month is not null) as s on s.parcel = l.parcel
where l.bill_date is not null and l.charge_class <> 'credit'
group by l.provider, l.currency, s.ship_month, l.bill_month
