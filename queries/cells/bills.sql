-- name: bills
-- purpose: the versions of all bills, and whether their lines come to what they state
-- grain: one row per bill and version
-- inputs: bills
-- units: amounts in currency; a cent of difference agrees
select provider, account, bill_no, version, kind, is_current, supersedes, duplicate_of, cast(bill_date as varchar) as bill_date, cast(due_date as varchar) as due_date,
  currency, lines, cast(lines_total as varchar) as lines_total, cast(stated_total as varchar) as stated_total, stated_by,
  cast(lines_total - stated_total as varchar) as difference, abs(lines_total - stated_total) <= 0.01 as agrees, feed, load_id
from bills
order by provider, account, bill_date, bill_no, version
