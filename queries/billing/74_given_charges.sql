-- name: given_charges
-- purpose: the amounts of a parcel as they were billed, to see what percentages of them follow
-- grain: one row per stage and charge that is no percentage; stages of which one was billed otherwise than priced so far
-- inputs: stage_charges, stage_billed, stage_quotes
-- units: amount_e8 0.00000001 of the card's currency
with percents as (
  select stage, charge from stage_charges where is_percent
), billed as (
  select b.stage, b.charge, greatest(b.upto_e8, 0) as amount_e8
  from stage_billed as b
  where b.stage in (select stage from percents) and not exists (select 1 from percents as p where p.stage = b.stage and p.charge = b.charge)
), compared as (
  -- an amount that is the priced one in the bill's currency is the priced one
  select coalesce(c.stage, b.stage) as stage, coalesce(c.charge, b.charge) as charge, b.charge is not null as is_billed,
    translated(coalesce(c.amount_e8, 0), f.own_rate_e8) <> coalesce(b.amount_e8, 0) as differs,
    case when translated(coalesce(c.amount_e8, 0), f.own_rate_e8) = b.amount_e8 then coalesce(c.amount_e8, 0) else untranslated(b.amount_e8, f.own_rate_e8) end as amount_e8
  from (select stage, charge, amount_e8 from stage_charges where not is_percent and charge <> 'rounding' and stage in (select stage from percents)) as c
  full join billed as b on b.stage = c.stage and b.charge = c.charge
  join stage_quotes as f on f.stage = coalesce(c.stage, b.stage)
)
select c.stage as parcel, c.charge, c.amount_e8
from compared as c
where c.is_billed and c.stage in (select stage from compared where differs)
