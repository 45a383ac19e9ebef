-- name: open_effects
-- purpose: what rules may claim of the effects: together never more than was paid too much of a charge of a parcel
-- grain: one row per stage, charge, effect and part
-- inputs: audit_effects, bill_stages
-- units: amount_e8 0.00000001 of currency
-- What one effect takes back of another (a weight too high, but priced as the right one; a later bill that corrects an earlier one) nobody
-- can claim. Of a charge that was billed too high over all bills of a parcel the positive effects stand, in the order of bills and of the
-- identity, until they make up the difference; of one billed too low the negative ones, so that a rule over several charges sees them.
with placed as (
  select e.stage, e.charge, e.effect, e.part, e.amount_e8, s.parcel, s.currency, s.k,
    case e.effect when 'weight' then 1 when 'zone' then 2 when 'rate' then 3 when 'fx' then 5 else 4 end as place,
    sum(e.amount_e8) over (partition by s.parcel, s.currency, e.charge) as net_e8
  from audit_effects as e
  join bill_stages as s on s.stage = e.stage
  where e.effect <> 'rounding' and e.effect <> 'unquoted'
), summed as (
  select p.*, sum(p.amount_e8) over (partition by p.parcel, p.currency, p.charge order by p.k, p.place, p.part rows between unbounded preceding and current row) - p.amount_e8 as before_e8
  from placed as p
  where p.amount_e8 > 0 and p.net_e8 > 0 or p.amount_e8 < 0 and p.net_e8 < 0
)
select stage, charge, effect, part, cast(case when net_e8 > 0 then least(amount_e8, net_e8 - before_e8) else greatest(amount_e8, net_e8 - before_e8) end as bigint) as amount_e8
from summed
where abs(before_e8) < abs(net_e8)
