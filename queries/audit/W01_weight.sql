-- name: W01
-- title: Billed weight above ours
-- zh: 计费重高于实际
-- purpose: what a billed weight above the chargeable weight of our own weight and sides costs
-- grain: one row per open effect
-- place: 150
-- takes: effects
-- confidence: hard
-- needs: billed_weight, quotes
-- inputs: open_effects, bill_stages, bill_quotes
select e.stage, e.charge, e.effect, e.part, with_unit(s.billed_weight, s.weight_unit) as billed_weight, with_unit(weight_of(q.chargeable_quanta, s.weight_unit), s.weight_unit) as chargeable_weight
from open_effects as e
join bill_stages as s on s.stage = e.stage
join bill_quotes as q on q.parcel = s.parcel
where e.effect = 'weight'
