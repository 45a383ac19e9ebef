-- name: I05
-- title: Tax above the contract
-- zh: 税额高于合同
-- purpose: what taxes cost beyond the contract
-- grain: one row per open effect
-- place: 530
-- takes: effects
-- confidence: soft
-- needs: quotes
-- by: charge
-- inputs: open_effects
select stage, charge, effect, part
from open_effects
where effect = 'tax'
