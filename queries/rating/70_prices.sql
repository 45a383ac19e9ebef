-- name: rated_prices
-- purpose: what the parcels of a class cost
-- grain: one row per class; without a price where something is missing
-- inputs: rated_classes, rated_amounts
-- units: *_e8 0.00000001 of the card's currency
with summed as (
  select class, cast(sum(amount_e8) as bigint) as total_e8, min(problem) as problem, count(*) = count(amount_e8) as is_whole
  from rated_amounts
  where charged
  group by class
)
select c.class, c.alike, c.chargeable_ticks, c.lone, case when s.is_whole then s.total_e8 end as total_e8, s.problem
from rated_classes as c
left join summed as s on s.class = c.class
