-- name: I01
-- title: Lines do not add up to the bill's total
-- zh: 明细合计与账单总额不符
-- purpose: bills that ask for more than their lines
-- grain: one row per bill
-- place: 700
-- takes: bill
-- confidence: hard
-- inputs: bills
-- units: *_e8 0.00000001 of currency
select provider, coalesce(account, '') as account, bill_no, version, bill_date, coalesce(currency, '') as currency, cast(lines_total * 10000 as bigint) * 10000 as expected_e8, cast(stated_total * 10000 as bigint) * 10000 as billed_e8, lines, stated_by
from bills
where is_current and stated_total - lines_total > 0.01
