-- name: audit_parts
-- purpose: billed, quoted and every part of their difference, of all lines
-- grain: one row per bill, parcel, charge and part (billed, quoted, or an effect)
-- inputs: billing_lines, bill_ids, audit_lines, taken_lines, audit_units, audit_effects, bill_stages, bill_parcels
-- parameters: as_of_day, the local day at which the session looks
-- units: amount_e8 0.00000001 of currency
with lines as (
  select i.bill, month_start(coalesce(i.bill_date, l.bill_date, date '1900-01-01')) as bill_month, coalesce(l.currency, '') as currency, l.charge, sum(cast(l.amount * 10000 as bigint) * 10000) as amount_e8
  from billing_lines as l
  join bill_ids as i on i.provider = l.provider and i.account = coalesce(l.account, '') and i.bill_no = l.bill_no and i.version = l.version
  where coalesce(coalesce(i.bill_date, l.bill_date) <= date '{as_of_day}', true)
  group by i.bill, month_start(coalesce(i.bill_date, l.bill_date, date '1900-01-01')), coalesce(l.currency, ''), l.charge
), billed as (
  select bill, bill_month, currency, parcel, charge, sum(amount_e8) as amount_e8
  from audit_lines
  group by bill, bill_month, currency, parcel, charge
), parts as (
  select bill, bill_month, currency, parcel, charge, 'billed' as part, amount_e8 from billed
  union all
  -- what the way from the bills to parcels might have lost: nothing, or the identity does not close
  select bill, bill_month, currency, null, charge, 'billed', sum(amount_e8)
  from (
    select bill, bill_month, currency, charge, amount_e8 from lines
    union all
    select bill, bill_month, currency, charge, -amount_e8 from billed
  ) as lost
  group by bill, bill_month, currency, charge
  having sum(amount_e8) <> 0
  union all
  select s.bill, s.bill_month, s.currency, s.parcel, u.charge, 'quoted', u.quoted_e8
  from audit_units as u
  join bill_stages as s on s.stage = u.stage
  where u.is_quoted
  union all
  select s.bill, s.bill_month, s.currency, s.parcel, e.charge, e.effect, sum(e.amount_e8)
  from audit_effects as e
  join bill_stages as s on s.stage = e.stage
  group by s.bill, s.bill_month, s.currency, s.parcel, e.charge, e.effect
  union all
  select l.bill, l.bill_month, l.currency, l.parcel, l.charge, case when t.line is not null then t.effect when l.charge_class = 'credit' then 'credits' when l.level = 'account' then 'account' else 'unmatched' end, sum(l.amount_e8)
  from audit_lines as l
  left join taken_lines as t on t.line = l.line
  where t.line is not null or l.charge_class = 'credit' or l.parcel is null
  group by l.bill, l.bill_month, l.currency, l.parcel, l.charge, case when t.line is not null then t.effect when l.charge_class = 'credit' then 'credits' when l.level = 'account' then 'account' else 'unmatched' end
)
select i.provider, i.account, i.bill_no, i.version, p.bill_month, p.currency, b.shipment_id, p.charge, p.part, cast(p.amount_e8 as bigint) as amount_e8
from parts as p
join bill_ids as i on i.bill = p.bill
left join bill_parcels as b on b.parcel = p.parcel
