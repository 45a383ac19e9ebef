-- name: bill_ids
-- purpose: a number for each bill, which joins cheaper than its four names, and its date where the bill states one
-- grain: one row per current bill that has lines
-- inputs: billing_lines, bills
select row_number() over (order by l.provider, l.account, l.bill_no, l.version) as bill, l.provider, l.account, l.bill_no, l.version, b.bill_date
from (select distinct provider, coalesce(account, '') as account, bill_no, version from billing_lines) as l
left join (select provider, coalesce(account, '') as account, bill_no, version, max(bill_date) as bill_date from bills group by provider, coalesce(account, ''), bill_no, version) as b
  on b.provider = l.provider and b.account = l.account and b.bill_no = l.bill_no and b.version = l.version
