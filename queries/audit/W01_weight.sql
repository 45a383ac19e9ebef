-- name: W01
-- title: Billed weight above ours
-- zh: 计费重高于实际
-- purpose: what a billed weight above the chargeable weight of our own weight and sides costs
-- grain: one row per open effect
-- place: 150
-- takes: effects
-- confidence: hard
-- needs: billed_weight, quotes
-- inputs: open_effects
select stage, charge, effect, part
from open_effects
where effect = 'weight'
