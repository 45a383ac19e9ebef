-- name: audit_parts
-- purpose: billed, quoted and every part of their difference, of all lines
-- grain: one row per bill, parcel, charge and part (billed, quoted, or an effect)
-- inputs: bill_lines, audit_lines, taken_lines, audit_units, audit_effects, bill_stages
-- units: amount_e8 0.00000001 of currency
select provider, account, bill_no, version, bill_month, currency, shipment_id, charge, 'billed' as part, cast(sum(amount_e8) as bigint) as amount_e8
from audit_lines
group by provider, account, bill_no, version, bill_month, currency, shipment_id, charge
union all
-- what the way from lines to parcels might have lost: nothing, or the identity does not close
select provider, account, bill_no, version, bill_month, currency, null, charge, 'billed', cast(sum(amount_e8) as bigint)
from (
  select provider, account, bill_no, version, bill_month, currency, charge, amount_e8 from bill_lines
  union all
  select provider, account, bill_no, version, bill_month, currency, charge, -amount_e8 from audit_lines
) as lost
group by provider, account, bill_no, version, bill_month, currency, charge
having sum(amount_e8) <> 0
union all
select s.provider, s.account, s.bill_no, s.version, s.bill_month, s.currency, s.shipment_id, u.charge, 'quoted', cast(sum(u.quoted_e8) as bigint)
from audit_units as u
join bill_stages as s on s.stage = u.stage
where u.is_quoted
group by s.provider, s.account, s.bill_no, s.version, s.bill_month, s.currency, s.shipment_id, u.charge
union all
select s.provider, s.account, s.bill_no, s.version, s.bill_month, s.currency, s.shipment_id, e.charge, e.effect, cast(sum(e.amount_e8) as bigint)
from audit_effects as e
join bill_stages as s on s.stage = e.stage
group by s.provider, s.account, s.bill_no, s.version, s.bill_month, s.currency, s.shipment_id, e.charge, e.effect
union all
select l.provider, l.account, l.bill_no, l.version, l.bill_month, l.currency, l.shipment_id, l.charge,
  case when t.line_id is not null then t.effect when l.charge_class = 'credit' then 'credits' when l.level = 'account' then 'account' else 'unmatched' end,
  cast(sum(l.amount_e8) as bigint)
from audit_lines as l
left join taken_lines as t on t.line_id = l.line_id and coalesce(t.shipment_id, '') = coalesce(l.shipment_id, '')
where t.line_id is not null or l.charge_class = 'credit' or l.shipment_id is null
group by l.provider, l.account, l.bill_no, l.version, l.bill_month, l.currency, l.shipment_id, l.charge, case when t.line_id is not null then t.effect when l.charge_class = 'credit' then 'credits' when l.level = 'account' then 'account' else 'unmatched' end
