-- name: rated_rounding
-- purpose: what rounding the total adds, where a card rounds there
-- grain: one row per class whose total is not round
-- inputs: rated_amounts, card_versions
-- units: *_e8 0.00000001 of the card's currency
with summed as (
  select c.class, c.v, v.round_mode, v.round_to_e8, cast(sum(c.amount_e8) as bigint) as total_e8
  from rated_amounts as c
  join card_versions as v on v.v = c.v and v.round_stage = 'total'
  where c.charged
  group by c.class, c.v, v.round_mode, v.round_to_e8
  having count(*) = count(c.amount_e8)
), rounded as (
  select class, v, total_e8, to_step(round_mode, total_e8, round_to_e8) - total_e8 as more_e8
  from summed
)
select class, v, cast(1000000 as bigint) as n, 'rounding' as charge, more_e8 as amount_e8, more_e8 as computed_e8, total_e8 as base_e8, cast(null as bigint) as percent_e4,
  cast(null as varchar) as grp, cast(null as varchar) as tier, cast(null as varchar) as file, cast(null as bigint) as line, true as charged, cast(null as varchar) as problem
from rounded
where more_e8 <> 0
