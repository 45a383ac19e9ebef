-- name: stage_billed
-- purpose: what was billed of each charge with a bill, and until then
-- grain: one row per stage and charge that was billed by then
-- inputs: kept_lines, bill_stages
-- units: *_e8 0.00000001 of currency
with kept as (
  select parcel, currency, bill, charge, max(charge_class) as charge_class, cast(sum(amount_e8) as bigint) as amount_e8, count(*) as lines
  from kept_lines
  group by parcel, currency, bill, charge
), several as (
  select k.*, s.stage, s.k
  from kept as k
  join bill_stages as s on s.parcel = k.parcel and s.currency = k.currency and s.bill = k.bill
  where s.bills > 1
), charges as (
  select parcel, currency, charge, max(charge_class) as charge_class, min(k) as first_k from several group by parcel, currency, charge
)
select s.stage, c.charge, c.charge_class, coalesce(k.amount_e8, 0) as amount_e8, coalesce(k.lines, 0) as lines,
  cast(sum(coalesce(k.amount_e8, 0)) over (partition by c.parcel, c.currency, c.charge order by s.k rows between unbounded preceding and current row) as bigint) as upto_e8, s.bills
from charges as c
join bill_stages as s on s.parcel = c.parcel and s.currency = c.currency and s.k >= c.first_k
left join several as k on k.stage = s.stage and k.charge = c.charge
union all
-- of a parcel that one bill names there is nothing to add up
select s.stage, k.charge, k.charge_class, k.amount_e8, k.lines, k.amount_e8, s.bills
from kept as k
join bill_stages as s on s.parcel = k.parcel and s.currency = k.currency and s.bill = k.bill
where s.bills = 1
