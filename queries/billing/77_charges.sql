-- name: stage_charges
-- purpose: the charges of a parcel as priced by the last scenario that could be priced
-- grain: one row per stage and charge
-- inputs: scenario_stages, scenario_charges
select c.stage, c.charge, c.amount_e8, c.is_percent, c.percent_e4, c.base_e8, c.edition
from scenario_charges as c
join (select stage, max(scenario) as scenario from scenario_stages group by stage) as l on l.stage = c.stage and l.scenario = c.scenario
