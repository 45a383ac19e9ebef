-- name: bill_ids
-- purpose: a number for each bill, which joins cheaper than its four names
-- grain: one row per current bill that has lines
-- inputs: billing_lines
select row_number() over (order by provider, account, bill_no, version) as bill, provider, account, bill_no, version
from (select distinct provider, coalesce(account, '') as account, bill_no, version from billing_lines)
