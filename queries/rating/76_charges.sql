-- name: rated_charges
-- purpose: the charges of a parcel under a card
-- grain: one row per parcel, version and charge
-- inputs: rated_totals, rated_amounts
-- parameters: how: more columns, of charges that are to be explained
-- units: *_e8 0.00000001 of the card's currency; percent_e4 0.0001 of a hundredth
select t.parcel, t.v, a.n, a.charge, a.amount_e8, {how}a.base_e8, a.percent_e4, a.tier, a.charged, a.problem
from rated_totals as t
join rated_amounts as a on a.class = t.class
