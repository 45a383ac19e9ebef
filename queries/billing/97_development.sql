-- name: bill_development
-- purpose: how the lines of a month's parcels come in, month after month
-- grain: one row per provider, currency, ship month and month of the bill
-- inputs: audit_lines, shipments_as_of
-- units: amount_e8 0.00000001 of currency
select l.provider, l.currency, month_start(local_date(coalesce(s.handed_over_at, s.label_at), 'UTC')) as ship_month, l.bill_month, count(*) as lines, cast(sum(l.amount_e8) as bigint) as amount_e8
from audit_lines as l
join shipments_as_of as s on s.shipment_id = l.shipment_id
where l.bill_date is not null and l.charge_class <> 'credit' and coalesce(s.handed_over_at, s.label_at) is not null
group by l.provider, l.currency, month_start(local_date(coalesce(s.handed_over_at, s.label_at), 'UTC')), l.bill_month
