-- name: line_verdicts
-- purpose: every line of the audited bills with what the contract asks for its charge, and why it could not be compared
-- grain: one row per line and parcel
-- inputs: audit_lines, taken_lines, bill_stages, audit_units, bill_quotes, shipments
-- units: *_e8 0.00000001 of currency
-- charge_*: of all lines of the parcel's charge on this bill together. reason: empty where it was compared.
select l.line_id, l.shipment_id, l.provider, l.account, l.bill_no, l.version, l.currency, l.number, l.charge_raw, l.charge, l.charge_class, l.ship_date, l.billed_weight, l.weight_unit, l.zone, l.level, h.channel, l.amount_e8,
  t.rule as taken_by, case when u.is_quoted then u.quoted_e8 end as charge_quoted_e8, u.billed_e8 as charge_billed_e8, coalesce(u.lines, 0) as charge_lines,
  case when t.line is not null then null when l.charge_class = 'credit' then 'credit' when l.level = 'account' then 'no_parcel' when l.level = 'unmatched' then coalesce(l.problem, 'number_unknown')
    when u.is_quoted then null when q.problem is not null then q.problem when q.currency <> l.currency then 'other_currency' else 'no_card' end as reason
from audit_lines as l
left join taken_lines as t on t.line = l.line
left join bill_stages as s on s.parcel = l.parcel and s.currency = l.currency and s.bill = l.bill and t.line is null and l.charge_class <> 'credit'
left join audit_units as u on u.stage = s.stage and u.charge = l.charge
left join bill_quotes as q on q.parcel = s.parcel
left join shipments as h on h.shipment_id = l.shipment_id
