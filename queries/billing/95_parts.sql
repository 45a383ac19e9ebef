-- name: rest_parts
-- purpose: billed, and why it is not quoted, of the lines that no contract is held against
-- grain: one row per bill, currency, parcel, charge and part
-- inputs: billing_lines, bill_slips, audit_lines, taken_lines, audit_units, bill_stages
-- parameters: as_of_day, the local day at which the session looks
-- units: amount_e8 0.00000001 of currency
-- place: the stage of lines that mean a parcel, the slip of others.
with lines as (
  select i.slip, month_start(coalesce(i.bill_date, l.bill_date, date '1900-01-01')) as bill_month, l.charge, sum(cast(l.amount * 10000 as bigint) * 10000) as amount_e8
  from billing_lines as l
  join bill_slips as i on i.provider = l.provider and i.account = coalesce(l.account, '') and i.bill_no = l.bill_no and i.version = l.version and i.currency = coalesce(l.currency, '')
  where coalesce(coalesce(i.bill_date, l.bill_date) <= date '{as_of_day}', true)
  group by i.slip, month_start(coalesce(i.bill_date, l.bill_date, date '1900-01-01')), l.charge
), rest as (
  select coalesce(l.stage, l.slip) as place, l.slip, l.bill_month, l.charge, case when t.line is not null then t.effect when l.charge_class = 'credit' then 'credits' when l.level = 'account' then 'account' else 'unmatched' end as part, l.amount_e8
  from audit_lines as l
  left join taken_lines as t on t.line = l.line
  where t.line is not null or l.charge_class = 'credit' or l.stage is null
), held as (
  select slip, bill_month, charge, amount_e8 from lines
  union all
  select slip, bill_month, charge, -amount_e8 from rest
  union all
  select s.slip, s.bill_month, u.charge, -u.billed_e8 from audit_units as u join bill_stages as s on s.stage = u.stage
), parts as (
  select place, bill_month, charge, part, amount_e8 from rest
  union all
  select place, bill_month, charge, 'billed', amount_e8 from rest
  union all
  -- what the way from the bills to parcels might have lost: nothing, or the identity does not close
  select slip, bill_month, charge, 'billed', sum(amount_e8) from held group by slip, bill_month, charge having sum(amount_e8) <> 0
)
select place, bill_month, charge, part, cast(sum(amount_e8) as bigint) as amount_e8
from parts
group by place, bill_month, charge, part
