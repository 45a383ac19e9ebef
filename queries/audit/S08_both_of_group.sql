-- name: S08
-- title: Two charges of which only the highest is due
-- zh: 同组附加费重复收取（只应取最高）
-- purpose: a charge of a group of which a higher one was billed too
-- grain: one row per open effect
-- place: 430
-- takes: effects
-- confidence: hard
-- needs: quotes
-- by: charge
-- inputs: open_effects, bill_stages, bill_quotes, card_surcharges, stage_billed
with groups as (
  select distinct v, grp, charge from card_surcharges where grp is not null
), both_billed as (
  select s.stage, g.charge, max(o.charge) as other_charge
  from (select distinct stage from open_effects where effect = 'surcharge') as x
  join bill_stages as s on s.stage = x.stage
  join bill_quotes as q on q.parcel = s.parcel
  join groups as g on g.v = q.v
  join stage_billed as b on b.stage = s.stage and b.charge = g.charge
  join groups as h on h.v = g.v and h.grp = g.grp and h.charge <> g.charge
  join stage_billed as o on o.stage = s.stage and o.charge = h.charge and (o.upto_e8 > b.upto_e8 or o.upto_e8 = b.upto_e8 and o.charge > b.charge)
  where b.upto_e8 > 0
  group by s.stage, g.charge
)
select e.stage, e.charge, e.effect, e.part, b.other_charge as billed_beside
from open_effects as e
join both_billed as b on b.stage = e.stage and b.charge = e.charge
where e.effect = 'surcharge'
