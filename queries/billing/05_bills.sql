-- name: bill_ids
-- purpose: the bills with their numbers, and their dates where they state one
-- grain: one row per current bill that has lines
-- inputs: bill_slips
select distinct bill, provider, account, bill_no, version, bill_date
from bill_slips
