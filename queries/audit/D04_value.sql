-- name: D04
-- title: Duty on another value than we declared
-- zh: 计税申报价值与我方申报不符
-- purpose: what duty costs too much where the bill states a higher declared value than ours
-- grain: one row per open effect
-- place: 505
-- takes: effects
-- confidence: hard
-- needs: declared_value, quotes
-- inputs: open_effects, bill_stages, bill_quotes, audit_lines
-- Handling does not follow the value, and is left to D01. Values in two currencies are not compared.
with stated as (
  select s.stage, max(l.declared_value) as value_billed, max(q.declared_value) as value_declared, max(q.declared_currency) as currency
  from (select distinct stage from open_effects where charge = 'duty' and effect = 'duty') as o
  join bill_stages as s on s.stage = o.stage
  join bill_quotes as q on q.parcel = s.parcel
  join audit_lines as l on l.stage = s.stage and l.declared_currency = q.declared_currency
  group by s.stage
)
select e.stage, e.charge, e.effect, e.part, v.value_billed, v.value_declared, v.currency as currency_of_values
from open_effects as e
join stated as v on v.stage = e.stage
where e.charge = 'duty' and e.effect = 'duty' and v.value_billed > v.value_declared + 0.01
