-- name: A05
-- title: Billed to an account that is not ours
-- zh: 账单账号非我方账号
-- purpose: lines on the account of somebody else, where the profile of the provider says which are ours
-- grain: one row per line and parcel
-- place: 15
-- takes: lines
-- effect: not_due
-- confidence: hard
-- needs: account, accounts
-- inputs: audit_lines, own_accounts
-- Accounts are compared without regard to case, blanks and leading zeros, with which some bills fill them up.
with ours as (
  select distinct provider, regexp_replace(upper(trim(account)), '^0+', '') as account from own_accounts
)
select l.line_id, l.shipment_id, l.account as account_billed
from audit_lines as l
left join ours as o on o.provider = l.provider and o.account = regexp_replace(upper(trim(l.account)), '^0+', '')
where l.account <> '' and l.provider in (select provider from ours) and o.account is null
