-- name: rated_totals
-- purpose: the price of a parcel under a card
-- grain: one row per parcel and card; without a price where something is missing
-- inputs: rated_weights, rated_charges
-- units: total in currency
with summed as (
  select parcel, v, cast(sum(amount_e8) as bigint) as total_e8, min(problem) as problem, count(*) = count(amount_e8) as is_whole
  from rated_charges
  where charged
  group by parcel, v
)
select w.parcel, w.card, w.v, w.rated_on, w.currency, w.zone, w.chargeable_ticks, w.basis, w.assumed, case when s.is_whole then money_of_e8(s.total_e8) end as total,
  case when s.is_whole then s.total_e8 end as total_e8, coalesce(w.problem, s.problem) as problem
from rated_weights as w
left join summed as s on s.parcel = w.parcel and s.v = w.v
