-- name: R06
-- title: Price of another price list
-- zh: 适用了其他时期的价目表
-- purpose: freights that are those of a version of the card which did not hold on the day of shipping
-- grain: one row per open effect
-- place: 310
-- takes: effects
-- confidence: hard
-- needs: quotes
-- inputs: open_effects, version_freights, stage_billed, card_versions
with fits as (
  select f.stage, min(f.from_day) as from_day
  from version_freights as f
  join stage_billed as b on b.stage = f.stage and b.charge = 'freight' and b.upto_e8 = f.amount_e8
  group by f.stage
)
select e.stage, e.charge, e.effect, e.part, f.from_day as price_list_billed
from open_effects as e
join fits as f on f.stage = e.stage
where e.effect = 'rate'
