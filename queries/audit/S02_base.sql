-- name: S02
-- title: Percentage taken of a wrong base
-- zh: 燃油等按比例费用的计费基数错误
-- purpose: a percentage that was taken of charges which the contract leaves out, or of charges that were not due
-- grain: one row per open effect
-- place: 410
-- takes: effects
-- confidence: hard
-- needs: quotes
-- by: charge
-- inputs: open_effects, open_units, stage_percents, stage_billed
with transport as (
  select b.stage, cast(sum(b.upto_e8) as bigint) as amount_e8
  from stage_billed as b
  where b.stage in (select stage from open_effects where effect = 'surcharge') and b.charge_class not in ('duty', 'tax') and not exists (select 1 from stage_percents as p where p.stage = b.stage and p.charge = b.charge)
  group by b.stage
), bases as (
  -- all that was billed, and the contract's base with one more charge
  select p.stage, p.charge, p.percent_e4, t.amount_e8 as base_e8 from stage_percents as p join transport as t on t.stage = p.stage
  union all
  select p.stage, p.charge, p.percent_e4, p.base_e8 + b.upto_e8 from stage_percents as p join stage_billed as b on b.stage = p.stage
  where b.charge <> p.charge and b.upto_e8 > 0 and b.stage in (select stage from open_effects where effect = 'surcharge')
), fits as (
  select u.stage, u.charge, max(b.percent_e4) as percent_e4, max(b.base_e8) as base_e8
  from open_units as u
  join bases as b on b.stage = u.stage and b.charge = u.charge
  where abs(u.upto_e8 - wide_floor(wide(greatest(b.base_e8, 0)) * b.percent_e4 + 500000, wide(1000000))) <= 500000
  group by u.stage, u.charge
)
select e.stage, e.charge, e.effect, e.part, f.percent_e4, money_of_e8(f.base_e8) as base_billed
from open_effects as e
left join fits as f on f.stage = e.stage and f.charge = e.charge
where e.effect = 'surcharge' and (e.part = 'follows' or f.stage is not null)
