-- name: R07
-- title: Price of another weight band
-- zh: 适用了其他重量段的单价
-- purpose: freights that are the billed weight at the price of another band of the same zone
-- grain: one row per open effect
-- place: 312
-- takes: effects
-- confidence: hard
-- needs: quotes
-- inputs: open_effects, bill_stages, bill_quotes, stage_billed, stage_quotes, scenario_stages, card_prices, card_versions, card_zones
-- units: *_ticks 0.0001 of the card's unit of weight
with weighed as (
  select s.stage, q.v, t.own_rate_e8, b.upto_e8, v.weight_tick, v.round_mode, case when v.round_stage = 'charge' then v.round_to_e8 else 1 end as round_e8,
    case when z.stage is not null then s.billed_zone else q.zone end as zone,
    case when w.stage is not null then greatest(div_ceil(s.billed_quanta, v.step_ticks * v.weight_tick) * v.step_ticks, v.min_ticks) else q.chargeable_quanta // v.weight_tick end as ticks
  from (select distinct stage from open_effects where effect = 'rate') as o
  join bill_stages as s on s.stage = o.stage
  join bill_quotes as q on q.parcel = s.parcel
  join stage_quotes as t on t.stage = s.stage
  join card_versions as v on v.v = q.v
  join stage_billed as b on b.stage = s.stage and b.charge = 'freight'
  left join scenario_stages as w on w.stage = s.stage and w.scenario = 1
  left join scenario_stages as z on z.stage = s.stage and z.scenario = 2
), fits as (
  select w.stage, max(p.over_ticks) as over_ticks, max(w.ticks) as ticks
  from weighed as w
  join card_prices as p on p.v = w.v and zone_word(p.zone) = zone_word(w.zone) and not (w.ticks > p.over_ticks and (p.up_to_ticks is null or w.ticks <= p.up_to_ticks))
  where translated(to_step(w.round_mode, p.fixed_e8 + case when w.ticks <= p.from_ticks then 0 when p.unit_ticks is null then (w.ticks - p.from_ticks) * p.unit_price_e4 else div_ceil(w.ticks - p.from_ticks, p.unit_ticks) * p.unit_price_e4 * 10000 end, w.round_e8), w.own_rate_e8) = w.upto_e8
  group by w.stage
)
select e.stage, e.charge, e.effect, e.part, cast(f.over_ticks as decimal(18,0)) * cast(0.0001 as decimal(4,4)) as band_billed_over, cast(f.ticks as decimal(18,0)) * cast(0.0001 as decimal(4,4)) as weight
from open_effects as e
join fits as f on f.stage = e.stage
where e.effect = 'rate'
