-- name: W06
-- title: Weight billed in a wrong unit
-- zh: 重量单位错误
-- purpose: billed weights that are ours times the factor between two units
-- grain: one row per open effect
-- place: 110
-- takes: effects
-- confidence: hard
-- needs: billed_weight, quotes
-- inputs: open_effects, bill_stages, bill_quotes
-- units: factors of 0.00001; a billed weight may lie one step of the card, or a hundredth, above
with factors (factor_e5, mistake) as (
  values (220462, 'pounds as kilograms'), (200000, 'jin as kilograms'), (100000000, 'grams as kilograms'), (3527396, 'ounces as kilograms'), (1600000, 'ounces as pounds'), (2834952, 'grams as ounces'), (45359237, 'grams as pounds')
), fits as (
  select s.stage, max(f.mistake) as mistake
  from bill_stages as s
  join bill_quotes as q on q.parcel = s.parcel
  join factors as f on wide(s.billed_quanta) * 100000 >= wide(q.weight_quanta) * f.factor_e5 - wide(q.weight_quanta) * 500
    and wide(s.billed_quanta) * 100000 <= wide(q.weight_quanta) * f.factor_e5 + wide(greatest(q.step_ticks * q.weight_tick, q.weight_quanta // 100)) * 100000
  where s.billed_quanta > q.chargeable_quanta
  group by s.stage
)
select e.stage, e.charge, e.effect, e.part, f.mistake
from open_effects as e
join fits as f on f.stage = e.stage
where e.effect = 'weight'
