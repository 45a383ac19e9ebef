-- name: S12
-- title: Pickup fee that is not due
-- zh: 取件费不应收
-- purpose: what a pickup fee on a parcel costs beyond the contract
-- grain: one row per open effect
-- place: 472
-- takes: effects
-- confidence: hard
-- needs: quotes
-- by: charge
-- inputs: open_effects, bill_stages, bill_quotes, open_units
select e.stage, e.charge, e.effect, e.part, q.card, q.rated_on as day_of_the_card, money_of_e8(u.quoted_e8) as quoted
from open_effects as e
join open_units as u on u.stage = e.stage and u.charge = e.charge
join bill_stages as s on s.stage = e.stage
join bill_quotes as q on q.parcel = s.parcel
where e.effect = 'surcharge' and e.charge = 'pickup'
