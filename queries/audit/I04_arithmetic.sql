-- name: I04
-- title: Quantity times price is not the amount
-- zh: 数量×单价与金额不符
-- purpose: lines whose amount is more than their own quantity and unit price make
-- grain: one row per open effect
-- place: 305
-- takes: effects
-- confidence: hard
-- needs: quantity, unit_price
-- inputs: open_effects, audit_lines, bill_stages
with wrong as (
  select s.stage, l.charge, max(l.quantity) as quantity, max(l.unit_price) as unit_price
  from audit_lines as l
  join bill_stages as s on s.stage = l.stage
  where s.stage in (select stage from open_effects) and l.quantity * l.unit_price > 0 and wide(l.amount_e8) - wide(ticks_of(l.quantity)) * ticks_of(l.unit_price) > 500000
  group by s.stage, l.charge
)
select e.stage, e.charge, e.effect, e.part, w.quantity, w.unit_price
from open_effects as e
join wrong as w on w.stage = e.stage and (w.charge = e.charge or w.charge = 'freight' and e.part = 'follows' and e.effect = 'rate')
where e.effect in ('rate', 'surcharge', 'duty', 'tax')
