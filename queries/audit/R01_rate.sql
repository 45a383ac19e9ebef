-- name: R01
-- title: Freight is not that of the rate card
-- zh: 运费与价卡不符
-- purpose: what is left of the freight, and of percentages of it, once weight and zone are as billed
-- grain: one row per open effect
-- place: 320
-- takes: effects
-- confidence: hard
-- needs: quotes
-- inputs: open_effects, bill_stages, bill_quotes
select e.stage, e.charge, e.effect, e.part, q.card, q.rated_on as day_of_the_card
from open_effects as e
join bill_stages as s on s.stage = e.stage
join bill_quotes as q on q.parcel = s.parcel
where e.effect = 'rate'
