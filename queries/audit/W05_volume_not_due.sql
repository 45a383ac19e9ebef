-- name: W05
-- title: Volume billed where the contract bills the weight
-- zh: 不应计抛却按体积重计费
-- purpose: billed weights that are the volumetric weight although the contract's rule for it is not met
-- grain: one row per open effect
-- place: 130
-- takes: effects
-- confidence: hard
-- needs: billed_weight, quotes
-- inputs: open_effects, bill_stages, bill_quotes
with fits as (
  select s.stage, max(q.vol_rule) as rule
  from (select distinct stage from open_effects where effect = 'weight') as o
  join bill_stages as s on s.stage = o.stage
  join bill_quotes as q on q.parcel = s.parcel and q.volume is not null and not q.vol_counts
  where s.billed_quanta > q.chargeable_quanta
    and wide_ceil(q.volume * 100000000, wide(q.length_tick * 10000) * (q.length_tick * 10000) * (q.length_tick * 10000) * q.divisor_e4 * q.step_ticks) * q.step_ticks * q.weight_tick = s.billed_quanta
  group by s.stage
)
select e.stage, e.charge, e.effect, e.part, f.rule as volumetric_rule_of_contract
from open_effects as e
join fits as f on f.stage = e.stage
where e.effect = 'weight'
