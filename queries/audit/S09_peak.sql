-- name: S09
-- title: Peak surcharge outside its days, or of another class
-- zh: 旺季附加费不在期间内或档次不符
-- purpose: what a peak surcharge costs beyond the contract's window and amount
-- grain: one row per open effect
-- place: 440
-- takes: effects
-- confidence: hard
-- needs: quotes
-- by: charge
-- inputs: open_effects, bill_stages, bill_quotes, open_units
select e.stage, e.charge, e.effect, e.part, q.card, q.rated_on as day_of_the_card,  money_of_e8(u.quoted_e8) as quoted
from open_effects as e
join open_units as u on u.stage = e.stage and u.charge = e.charge
join bill_stages as s on s.stage = e.stage
join bill_quotes as q on q.parcel = s.parcel
where e.effect = 'surcharge' and e.charge in ('peak')
