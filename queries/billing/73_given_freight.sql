-- name: given_freight
-- purpose: the amounts of a parcel as priced so far, with the freight that was billed
-- grain: one row per stage and charge that is no percentage; stages whose billed freight is another
-- inputs: stage_charges, stage_billed
select c.stage as parcel, c.charge, case when c.charge = 'freight' then greatest(b.upto_e8, 0) else c.amount_e8 end as amount_e8
from stage_charges as c
join stage_billed as b on b.stage = c.stage and b.charge = 'freight'
where not c.is_percent and c.stage in (select f.stage from stage_charges as f join stage_billed as x on x.stage = f.stage and x.charge = 'freight' where f.charge = 'freight' and f.amount_e8 <> x.upto_e8)
