-- name: R05
-- title: Minimum charge that is not due
-- zh: 最低收费不应收
-- purpose: freights that are the minimum of another card or band of the provider, and minimum charges beside a freight that reaches the contract's
-- grain: one row per open effect
-- place: 315
-- takes: effects
-- confidence: hard
-- needs: quotes
-- inputs: open_effects, bill_stages, bill_quotes, stage_billed, stage_quotes, cards, card_spans, card_versions, card_prices
-- A minimum charge that fills a freight up to the contract's minimum is due: the two are taken together.
with minima as (
  select k.provider, v.currency, v.minimum_e8 from cards as k join card_spans as p on p.card = k.card join card_versions as v on v.v = p.v where v.minimum_e8 > 0
  union
  select k.provider, v.currency, b.minimum_e8 from cards as k join card_spans as p on p.card = k.card join card_versions as v on v.v = p.v join card_prices as b on b.v = p.v where b.minimum_e8 > 0
), fits as (
  select s.stage, max(m.minimum_e8) as minimum_e8
  from (select distinct stage from open_effects where effect = 'rate') as o
  join bill_stages as s on s.stage = o.stage
  join bill_quotes as q on q.parcel = s.parcel
  join stage_quotes as t on t.stage = s.stage
  join stage_billed as b on b.stage = s.stage and b.charge = 'freight'
  join minima as m on m.provider = s.provider and m.currency = q.currency and translated(m.minimum_e8, t.own_rate_e8) = b.upto_e8
  group by s.stage
), filled as (
  select stage, upto_e8 from stage_billed where charge = 'minimum_charge' and stage in (select stage from open_effects)
)
select e.stage, e.charge, e.effect, e.part, money_of_e8(f.minimum_e8) as minimum_billed, money_of_e8(m.upto_e8) as minimum_charge_billed
from open_effects as e
left join fits as f on f.stage = e.stage
left join filled as m on m.stage = e.stage
where e.effect = 'rate' and (f.stage is not null or m.stage is not null) or e.charge = 'minimum_charge' and e.effect = 'surcharge'
