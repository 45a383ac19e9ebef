-- name: quote_amounts
-- purpose: what parcels that are alike are charged under each word of the card
-- grain: one row per class of parcels and charge
-- inputs: rated_amounts
-- units: *_e8 0.00000001 of the card's currency; percent_e4 0.0001 of a hundredth
select class, charge, cast(sum(amount_e8) as bigint) as amount_e8, bool_or(base_e8 is not null and charge <> 'rounding') as is_percent,
  max(case when charge <> 'rounding' then percent_e4 end) as percent_e4, max(case when charge <> 'rounding' then base_e8 end) as base_e8, max(tier) as edition
from rated_amounts
group by class, charge
