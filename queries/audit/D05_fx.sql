-- name: D05
-- title: Exchange rate off the reference
-- zh: 汇率偏离参考汇率
-- purpose: what a bill's own exchange rate costs that is more than a hundredth above the reference rate
-- grain: one row per open effect
-- place: 540
-- takes: effects
-- confidence: soft
-- needs: fx_rate, quotes
-- inputs: open_effects, stage_quotes
-- Soft, for contracts name their own source of rates; where yours is that of data/fx, copy this file and write hard.
select e.stage, e.charge, e.effect, e.part, money_of_e8(f.own_rate_e8) as rate_billed, money_of_e8(f.reference_rate_e8) as reference_rate, f.rate_day as reference_of
from open_effects as e
join stage_quotes as f on f.stage = e.stage
where e.effect = 'fx' and wide(f.own_rate_e8) * 100 > wide(f.reference_rate_e8) * 101
