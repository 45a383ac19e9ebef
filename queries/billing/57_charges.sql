-- name: quote_charges
-- purpose: what the contract charges a parcel as we know it
-- grain: one row per billed parcel with a price, and charge
-- inputs: bill_quotes, quote_amounts
-- units: *_e8 0.00000001 of the card's currency; percent_e4 0.0001 of a hundredth
select q.parcel, a.charge, a.amount_e8, a.is_percent, a.percent_e4, a.base_e8, a.edition
from bill_quotes as q
join quote_amounts as a on a.class = q.class
where q.total_e8 is not null
