-- name: W04
-- title: Least weight of another price list
-- zh: 误用其他价目的最低计费重
-- purpose: billed weights that are the least weight of another card, or version, of the provider
-- grain: one row per open effect
-- place: 135
-- takes: effects
-- confidence: hard
-- needs: billed_weight, quotes
-- inputs: open_effects, bill_stages, bill_quotes, cards, card_spans, card_versions
with minima as (
  select distinct k.provider, k.card, v.min_ticks * v.weight_tick as min_quanta
  from cards as k
  join card_spans as p on p.card = k.card
  join card_versions as v on v.v = p.v
  where v.min_ticks > 0
), fits as (
  select s.stage, min(m.card) as card_of_minimum
  from (select distinct stage from open_effects where effect = 'weight') as o
  join bill_stages as s on s.stage = o.stage
  join bill_quotes as q on q.parcel = s.parcel
  join minima as m on m.provider = s.provider and m.min_quanta = s.billed_quanta
  where s.billed_quanta > q.chargeable_quanta and m.min_quanta <> q.min_ticks * q.weight_tick
  group by s.stage
)
select e.stage, e.charge, e.effect, e.part, f.card_of_minimum
from open_effects as e
join fits as f on f.stage = e.stage
where e.effect = 'weight'
