-- name: I07
-- title: Charge with a name never seen before
-- zh: 首次出现的费用名称
-- purpose: charges whose name no entry of data/charges.yaml knows
-- grain: one row per open effect
-- place: 610
-- takes: effects
-- confidence: hard
-- needs: quotes
-- inputs: open_effects, bill_stages, audit_lines
select e.stage, e.charge, e.effect, e.part, max(l.charge_raw) as name_billed
from open_effects as e
join bill_stages as s on s.stage = e.stage
join audit_lines as l on l.parcel = s.parcel and l.bill = s.bill and l.charge = e.charge
where e.charge = 'other' and e.effect = 'surcharge'
group by e.stage, e.charge, e.effect, e.part
