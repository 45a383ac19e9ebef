-- name: stage_percents
-- purpose: the percentages that a contract takes, of stages that have something open
-- grain: one row per stage and charge that is a percentage of others
-- inputs: stage_charges, quote_charges, bill_stages, stage_quotes, asked_stages, open_effects
-- units: percent_e4 0.0001 of a hundredth; base_e8 0.00000001 of the bill's currency
with open_stages as (
  select distinct stage from open_effects
)
select c.stage, c.charge, c.percent_e4, translated(c.base_e8, f.own_rate_e8) as base_e8, c.edition
from (
  select stage, charge, percent_e4, base_e8, edition from stage_charges where is_percent
  union all
  select f.stage, q.charge, q.percent_e4, q.base_e8, q.edition
  from open_stages as o
  join stage_quotes as f on f.stage = o.stage
  join quote_charges as q on q.parcel = f.parcel and q.is_percent
  where not exists (select 1 from asked_stages as a where a.stage = o.stage)
) as c
join stage_quotes as f on f.stage = c.stage
