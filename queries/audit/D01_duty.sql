-- name: D01
-- title: Duty above value times rate
-- zh: 关税高于申报价值×税率
-- purpose: what duty and its handling cost beyond the contract's rate on the declared value
-- grain: one row per open effect
-- place: 520
-- takes: effects
-- confidence: hard
-- needs: quotes
-- inputs: open_effects, bill_stages, bill_quotes
select e.stage, e.charge, e.effect, e.part, q.declared_value, q.declared_currency
from open_effects as e
join bill_stages as s on s.stage = e.stage
join bill_quotes as q on q.parcel = s.parcel
where e.effect = 'duty'
