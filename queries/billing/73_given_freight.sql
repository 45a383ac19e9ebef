-- name: given_freight
-- purpose: the amounts of a parcel as priced so far, with the freight that was billed
-- grain: one row per stage and charge that is no percentage; stages whose billed freight is another
-- inputs: stage_charges, stage_billed, stage_quotes
-- units: amount_e8 0.00000001 of the card's currency
select c.stage as parcel, c.charge, case when c.charge = 'freight' then untranslated(greatest(b.upto_e8, 0), f.own_rate_e8) else c.amount_e8 end as amount_e8
from stage_charges as c
join stage_billed as b on b.stage = c.stage and b.charge = 'freight'
join stage_quotes as f on f.stage = c.stage
where not c.is_percent and c.stage in (select p.stage from stage_charges as p join stage_billed as x on x.stage = p.stage and x.charge = 'freight' join stage_quotes as r on r.stage = p.stage where p.charge = 'freight' and translated(p.amount_e8, r.own_rate_e8) <> x.upto_e8)
