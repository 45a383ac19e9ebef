-- name: rated_totals
-- purpose: the price of a parcel under a card
-- grain: one row per parcel and card; without a price where something is missing
-- inputs: rated_weights, rated_prices
-- units: total in currency
select w.parcel, w.card, w.v, w.rated_on, w.currency, w.zone, w.chargeable_ticks, w.basis, w.assumed, money_of_e8(p.total_e8) as total, p.total_e8, coalesce(w.problem, p.problem) as problem, p.class
from rated_weights as w
left join rated_prices as p on p.alike = w.alike and p.chargeable_ticks = w.chargeable_ticks and p.lone = w.lone
