-- name: given_charges
-- purpose: the amounts of a parcel as they were billed, to see what percentages of them follow
-- grain: one row per stage and charge that is no percentage; stages of which one was billed otherwise than priced so far
-- inputs: stage_charges, stage_billed
with percents as (
  select stage, charge from stage_charges where is_percent
), billed as (
  select b.stage, b.charge, greatest(b.upto_e8, 0) as amount_e8
  from stage_billed as b
  where not exists (select 1 from percents as p where p.stage = b.stage and p.charge = b.charge)
), compared as (
  select coalesce(c.stage, b.stage) as stage, max(case when coalesce(c.amount_e8, 0) <> coalesce(b.amount_e8, 0) then 1 else 0 end) as differs
  from (select stage, charge, amount_e8 from stage_charges where not is_percent and charge <> 'rounding') as c
  full join billed as b on b.stage = c.stage and b.charge = c.charge
  group by coalesce(c.stage, b.stage)
)
select b.stage as parcel, b.charge, b.amount_e8
from billed as b
join compared as d on d.stage = b.stage and d.differs = 1
where b.stage in (select stage from percents)
