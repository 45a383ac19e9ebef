-- name: bill_slips
-- purpose: a number for each bill, and for each currency on it, which join cheaper than names, with the bill's date where it states one
-- grain: one row per current bill that has lines, and currency of its lines
-- inputs: billing_lines, bills
-- slips: more than there are
select row_number() over (order by l.provider, l.account, l.bill_no, l.version, l.currency) as slip, dense_rank() over (order by l.provider, l.account, l.bill_no, l.version) as bill,
  l.provider, l.account, l.bill_no, l.version, l.currency, b.bill_date,
  count(*) over () + 1 as slips
from (select distinct provider, coalesce(account, '') as account, bill_no, version, coalesce(currency, '') as currency from billing_lines) as l
left join (select provider, coalesce(account, '') as account, bill_no, version, max(bill_date) as bill_date from bills group by provider, coalesce(account, ''), bill_no, version) as b
  on b.provider = l.provider and b.account = l.account and b.bill_no = l.bill_no and b.version = l.version
