-- name: new_charges
-- purpose: what bills charge under names that data/charges.yaml does not know
-- grain: one row per bill and name
-- inputs: billing_lines
-- units: charge lines
select provider, account, bill_no, charge_raw, count(*) as lines
from billing_lines
where charge = 'other'
group by provider, account, bill_no, charge_raw
order by provider, account, bill_no, charge_raw
