-- name: bills
-- purpose: the versions of all bills, with those that say again what an earlier bill says under another number
-- grain: one row per bill and version
-- output: lake
-- inputs: bill_versions, other_bills, load_order
-- units: amounts in currency
with versions as (
  select provider, account, bill_no, place as version, kind, is_current, supersedes, load_id, feed, bill_date, due_date, currency, lines, lines_total,
    stated_total, stated_by, lines_key, exported_at
  from bill_versions
  union all
  select provider, account, bill_no, version, kind, is_current, supersedes, load_id, feed, bill_date, due_date, currency, lines, lines_total,
    stated_total, stated_by, lines_key, exported_at
  from other_bills
), firsts as (
  select v.provider, v.account, v.bill_no, v.version, v.kind, v.is_current, v.supersedes, v.load_id, v.feed, v.bill_date, v.due_date, v.currency, v.lines,
    v.lines_total, v.stated_total, v.stated_by, v.lines_key, v.exported_at,
    first_value(v.bill_no) over (partition by v.provider, v.lines_key order by o.ord, v.bill_no, v.account, v.version rows between unbounded preceding and unbounded following) as first_no
  from versions as v
  join load_order as o on o.load_id = v.load_id
)
select provider, account, bill_no, version, kind, is_current, supersedes,
  case when kind = 'original' and lines_key is not null and first_no <> bill_no then first_no end as duplicate_of,
  load_id, feed, bill_date, due_date, currency, lines, lines_total, stated_total, stated_by, lines_key, exported_at, month_start(bill_date) as p_month
from firsts
