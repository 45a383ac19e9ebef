-- name: A02
-- title: Bill sent twice under two numbers
-- zh: 同一账单以两个账单号重复开出
-- purpose: every line of a bill whose lines are those of another bill
-- grain: one row per line and parcel
-- place: 10
-- takes: lines
-- effect: not_due
-- confidence: hard
-- by: bill
-- inputs: audit_lines, bills
select l.line_id, l.shipment_id, b.duplicate_of as same_lines_as_bill
from audit_lines as l
join bills as b on b.provider = l.provider and coalesce(b.account, '') = l.account and b.bill_no = l.bill_no and b.version = l.version
where b.is_current and b.duplicate_of is not null
