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
-- units: factors of 0.00001; the product goes up to the card's step, or stands as it is to a thousandth
with factors (factor_e5, mistake) as (
  values (220462, 'pounds as kilograms'), (200000, 'jin as kilograms'), (100000000, 'grams as kilograms'), (3527396, 'ounces as kilograms'), (1600000, 'ounces as pounds'), (2834952, 'grams as ounces'), (45359237, 'grams as pounds')
), bases as (
  -- the mistake may be made before the weight goes up to a step or after
  select s.stage, s.billed_quanta, q.weight_quanta as quanta, q.step_ticks * q.weight_tick as step from (select distinct stage from open_effects where effect = 'weight') as o join bill_stages as s on s.stage = o.stage join bill_quotes as q on q.parcel = s.parcel where s.billed_quanta > q.chargeable_quanta
  union all
  select s.stage, s.billed_quanta, q.chargeable_quanta, q.step_ticks * q.weight_tick from (select distinct stage from open_effects where effect = 'weight') as o join bill_stages as s on s.stage = o.stage join bill_quotes as q on q.parcel = s.parcel where s.billed_quanta > q.chargeable_quanta
), fits as (
  select b.stage, max(f.mistake) as mistake
  from bases as b
  join factors as f on b.billed_quanta = wide_ceil(wide(b.quanta) * f.factor_e5, wide(b.step) * 100000) * b.step
    or abs(wide(b.billed_quanta) * 100000 - wide(b.quanta) * f.factor_e5) * 1000 <= wide(b.quanta) * f.factor_e5
  group by b.stage
)
select e.stage, e.charge, e.effect, e.part, f.mistake
from open_effects as e
join fits as f on f.stage = e.stage
where e.effect = 'weight'
