-- name: S13
-- title: Charge that the contract does not have
-- zh: 合同中没有的费用
-- purpose: charges that no version of the card holding on the day knows
-- grain: one row per open effect
-- place: 620
-- takes: effects
-- confidence: hard
-- needs: quotes
-- by: charge
-- inputs: open_effects, bill_stages, bill_quotes, card_surcharges
select e.stage, e.charge, e.effect, e.part, q.card, q.rated_on as day_of_the_card
from open_effects as e
join bill_stages as s on s.stage = e.stage
join bill_quotes as q on q.parcel = s.parcel
where e.effect = 'surcharge' and e.part = 'own' and e.charge <> 'minimum_charge' and not exists (select 1 from card_surcharges as c where c.v = q.v and c.charge = e.charge)
