-- name: stage_billed
-- purpose: what was billed of each charge with a bill, and until then, of parcels that several bills name and of stages that have a difference
-- grain: one row per stage and charge that was billed by then
-- inputs: kept_lines, bill_stages, asked_stages, plain_units
-- units: *_e8 0.00000001 of currency
with told as (
  select stage from bill_stages where bills > 1
  union
  select stage from asked_stages
  union
  select stage from plain_units where is_quoted and (billed_e8 <> quoted_e8 or fx_e8 <> 0)
), kept as (
  select stage, charge, max(charge_class) as charge_class, cast(sum(amount_e8) as bigint) as amount_e8, count(*) as lines
  from kept_lines
  where stage in (select stage from told)
  group by stage, charge
), staged as (
  select stage, parcel, currency, k, bills from bill_stages where bills > 1
), several as (
  select k.*, s.parcel, s.currency, s.k
  from kept as k
  join staged as s on s.stage = k.stage
), charges as (
  select parcel, currency, charge, max(charge_class) as charge_class, min(k) as first_k from several group by parcel, currency, charge
)
select s.stage, c.charge, c.charge_class, coalesce(k.amount_e8, 0) as amount_e8, coalesce(k.lines, 0) as lines,
  cast(sum(coalesce(k.amount_e8, 0)) over (partition by c.parcel, c.currency, c.charge order by s.k rows between unbounded preceding and current row) as bigint) as upto_e8, s.bills
from charges as c
join staged as s on s.parcel = c.parcel and s.currency = c.currency and s.k >= c.first_k
left join several as k on k.stage = s.stage and k.charge = c.charge
union all
-- of a parcel that one bill names there is nothing to add up
select k.stage, k.charge, k.charge_class, k.amount_e8, k.lines, k.amount_e8, 1
from kept as k
where k.stage not in (select s.stage from staged as s)
