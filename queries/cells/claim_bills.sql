-- name: claim_bills
-- purpose: current bills up to the as-of, as they are approved and closed
-- grain: one row per bill and currency of its lines; one without lines has its stated total
-- inputs: bills, billing_lines, session
-- units: total in currency
-- The day of the as-of is that of UTC. Which version was current then is a matter of what had been loaded (known-at), not of the as-of.
with line_totals as (
  select l.provider, coalesce(l.account, '') as account, l.bill_no, l.version, coalesce(l.currency, '') as currency, sum(l.amount) as total
  from billing_lines as l
  group by l.provider, coalesce(l.account, ''), l.bill_no, l.version, coalesce(l.currency, '')
)
select b.provider, coalesce(b.account, '') as account, b.bill_no, b.version, coalesce(cast(b.bill_date as varchar), '') as bill_date,
  coalesce(t.currency, b.currency, '') as currency, cast(coalesce(t.total, b.stated_total, 0) as varchar) as total
from bills as b
cross join session as s
left join line_totals as t on t.provider = b.provider and t.account = coalesce(b.account, '') and t.bill_no = b.bill_no and t.version = b.version
where b.is_current and (b.bill_date is null or b.bill_date <= local_date(s.as_of, 'UTC'))
order by b.provider, account, b.bill_date, b.bill_no, currency
