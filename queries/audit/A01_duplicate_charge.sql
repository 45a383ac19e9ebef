-- name: A01
-- title: Charge billed more than once
-- zh: 重复收费
-- purpose: the same charge of the same amount for the same parcel again, unless it was taken back in between
-- grain: one row per line and parcel
-- place: 20
-- takes: lines
-- effect: not_due
-- confidence: hard
-- inputs: audit_lines, bill_parcels, quote_charges
-- Charges that may come several times (redelivery, storage, return, pickup, what has no name) are left out, and amounts that together
-- are no more than the contract asks for the charge: a freight may be billed in two halves.
with counted as (
  select l.line_id, l.shipment_id, l.provider, l.charge, l.amount_e8, l.bill_no, coalesce(l.shipment_id, l.number) as whose,
    row_number() over (partition by l.provider, coalesce(l.shipment_id, l.number), l.charge, l.currency, l.amount_e8 order by l.bill_date, l.bill_no, l.version, l.line_id) as place,
    count(*) over (partition by l.provider, coalesce(l.shipment_id, l.number), l.charge, l.currency, abs(l.amount_e8)) as lines,
    sum(case when l.amount_e8 < 0 then 1 else 0 end) over (partition by l.provider, coalesce(l.shipment_id, l.number), l.charge, l.currency, abs(l.amount_e8)) as reversals,
    first_value(l.bill_no) over (partition by l.provider, coalesce(l.shipment_id, l.number), l.charge, l.currency, l.amount_e8 order by l.bill_date, l.bill_no, l.version, l.line_id) as first_bill
  from audit_lines as l
  where l.level <> 'account' and l.charge not in ('redelivery', 'storage', 'return', 'pickup', 'misc', 'other', 'account_fee') and l.charge_class <> 'credit' and coalesce(l.problem, '') <> 'several_parcels'
    and not exists (select 1 from taken_lines as t where t.line_id = l.line_id and coalesce(t.shipment_id, '') = coalesce(l.shipment_id, ''))
), repeated as (
  select * from counted where amount_e8 > 0 and place > 1 + reversals
)
select r.line_id, r.shipment_id, r.first_bill as first_billed_on, r.place - r.reversals as times_billed
from repeated as r
left join bill_parcels as p on p.provider = r.provider and p.shipment_id = r.shipment_id
left join quote_charges as q on q.parcel = p.parcel and q.charge = r.charge
where q.amount_e8 is null or q.amount_e8 < r.amount_e8 * (r.place - r.reversals)
