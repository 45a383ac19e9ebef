-- name: W03
-- title: Weight rounded up to a larger step than agreed
-- zh: 进位单位错误
-- purpose: billed weights that are ours up to a usual step larger than the contract's
-- grain: one row per open effect
-- place: 140
-- takes: effects
-- confidence: hard
-- needs: billed_weight, quotes
-- inputs: open_effects, bill_stages, bill_quotes
-- units: quanta 1/16 ng: 10 g, 50 g, 100 g, 500 g, 1 kg; 1 oz, 1 lb
with steps (step_quanta, said) as (
  values (160000000000, '10 g'), (800000000000, '50 g'), (1600000000000, '100 g'), (8000000000000, '500 g'), (16000000000000, '1 kg'), (453592370000, '1 oz'), (7257477920000, '1 lb')
), fits as (
  select s.stage, min(t.step_quanta) as step_quanta
  from (select distinct stage from open_effects where effect = 'weight') as o
  join bill_stages as s on s.stage = o.stage
  join bill_quotes as q on q.parcel = s.parcel
  join steps as t on t.step_quanta > q.step_ticks * q.weight_tick and t.step_quanta % (q.step_ticks * q.weight_tick) = 0 and div_ceil(q.chargeable_quanta, t.step_quanta) * t.step_quanta = s.billed_quanta
  where s.billed_quanta > q.chargeable_quanta
  group by s.stage
)
select e.stage, e.charge, e.effect, e.part, t.said as step_billed
from open_effects as e
join fits as f on f.stage = e.stage
join steps as t on t.step_quanta = f.step_quanta
where e.effect = 'weight'
