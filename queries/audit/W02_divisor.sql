-- name: W02
-- title: Volumetric weight by a wrong divisor
-- zh: 体积重除数错误
-- purpose: billed weights that are the parcel's volume by a usual divisor which is not the contract's
-- grain: one row per open effect
-- place: 120
-- takes: effects
-- confidence: hard
-- needs: billed_weight, quotes
-- inputs: open_effects, bill_stages, bill_quotes
with divisors (divisor, length_tick) as (
  values (4000, 100), (5000, 100), (6000, 100), (7000, 100), (8000, 100), (9000, 100), (139, 254), (166, 254), (194, 254), (250, 254)
), fits as (
  select s.stage, min(d.divisor) as divisor_billed, max(q.divisor_e4) as divisor_e4
  from (select distinct stage from open_effects where effect = 'weight') as o
  join bill_stages as s on s.stage = o.stage
  join bill_quotes as q on q.parcel = s.parcel and q.volume is not null
  join divisors as d on d.length_tick = q.length_tick and d.divisor * 10000 <> q.divisor_e4
    and wide_ceil(q.volume * 10000, wide(q.length_tick * 10000) * (q.length_tick * 10000) * (q.length_tick * 10000) * d.divisor * q.step_ticks) * q.step_ticks * q.weight_tick = s.billed_quanta
  where s.billed_quanta > q.chargeable_quanta
  group by s.stage
)
select e.stage, e.charge, e.effect, e.part, f.divisor_billed, f.divisor_e4 // 10000 as divisor_of_contract
from open_effects as e
join fits as f on f.stage = e.stage
where e.effect = 'weight'
