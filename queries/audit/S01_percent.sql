-- name: S01
-- title: Fuel is not the percentage of the day
-- zh: 燃油费率错误
-- purpose: what is left of a charge that is a percentage of others, of the base as billed
-- grain: one row per open effect
-- place: 420
-- takes: effects
-- confidence: hard
-- needs: quotes
-- by: charge
-- inputs: open_effects, stage_percents
select e.stage, e.charge, e.effect, e.part, p.percent_e4 as percent_of_contract_e4, money_of_e8(p.base_e8) as base, p.edition
from open_effects as e
join stage_percents as p on p.stage = e.stage and p.charge = e.charge
where e.effect = 'surcharge' and e.part = 'own'
