-- name: uneven_stages
-- purpose: stages of parcels that one bill names, which are not billed charge by charge as the quote has them
-- grain: one row per stage
-- inputs: bill_stages, stage_quotes
-- A table of its own, so that an engine knows how small it is.
select s.stage
from bill_stages as s
left join stage_quotes as f on f.stage = s.stage and f.is_whole
where s.bills = 1 and f.stage is null
