-- name: S14
-- title: Surcharge above the card's amount
-- zh: 附加费高于价卡金额
-- purpose: what is left of a surcharge that the card has
-- grain: one row per open effect
-- place: 630
-- takes: effects
-- confidence: hard
-- needs: quotes
-- by: charge
-- inputs: open_effects, bill_stages, bill_quotes
-- What a minimum charge fills up is R05's matter.
select e.stage, e.charge, e.effect, e.part, q.card, q.rated_on as day_of_the_card
from open_effects as e
join bill_stages as s on s.stage = e.stage
join bill_quotes as q on q.parcel = s.parcel
where e.effect = 'surcharge' and e.part = 'own' and e.charge <> 'minimum_charge'
