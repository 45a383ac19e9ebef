-- name: part_rows
-- purpose: billed, quoted and every part of their difference, of all lines
-- grain: one row per place, charge and part; of a charge of which some lines are held against a contract and some are not, billed is two
-- inputs: rest_parts, audit_units, audit_effects, bill_stages
-- units: amount_e8 0.00000001 of currency
select place, bill_month, charge, part, amount_e8
from rest_parts
union all
select s.stage, s.bill_month, u.charge, 'billed', u.billed_e8
from audit_units as u
join bill_stages as s on s.stage = u.stage
where u.lines > 0
union all
select s.stage, s.bill_month, u.charge, 'quoted', u.quoted_e8
from audit_units as u
join bill_stages as s on s.stage = u.stage
where u.is_quoted
union all
select s.stage, s.bill_month, e.charge, e.effect, e.amount_e8
from audit_effects as e
join bill_stages as s on s.stage = e.stage
