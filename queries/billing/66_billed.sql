-- name: stage_billed
-- purpose: what was billed of each charge with a bill, and until then
-- grain: one row per stage and charge that was billed by then
-- inputs: kept_lines, bill_stages
-- units: *_e8 0.00000001 of currency
with kept as (
  select s.parcel, s.currency, s.stage, s.k, s.bills, l.charge, l.charge_class, sum(l.amount_e8) as amount_e8, count(*) as lines
  from kept_lines as l
  join bill_stages as s on s.parcel = l.parcel and s.currency = l.currency and s.bill = l.bill
  group by s.parcel, s.currency, s.stage, s.k, s.bills, l.charge, l.charge_class
), charges as (
  select parcel, currency, charge, max(charge_class) as charge_class, min(k) as first_k from kept where bills > 1 group by parcel, currency, charge
)
select s.stage, c.charge, c.charge_class, cast(coalesce(k.amount_e8, 0) as bigint) as amount_e8, coalesce(k.lines, 0) as lines,
  cast(sum(coalesce(k.amount_e8, 0)) over (partition by c.parcel, c.currency, c.charge order by s.k rows between unbounded preceding and current row) as bigint) as upto_e8, s.bills
from charges as c
join bill_stages as s on s.parcel = c.parcel and s.currency = c.currency and s.k >= c.first_k
left join kept as k on k.stage = s.stage and k.charge = c.charge
union all
-- of a parcel that one bill names there is nothing to add up
select stage, charge, max(charge_class), cast(sum(amount_e8) as bigint), cast(sum(lines) as bigint), cast(sum(amount_e8) as bigint), 1
from kept
where bills = 1
group by stage, charge
