-- name: S03
-- title: Remote area charge that the ZIP list does not have
-- zh: 偏远附加费不应收或档次错误
-- purpose: what a remote or delivery area charge costs beyond the tier of the ZIP
-- grain: one row per open effect
-- place: 450
-- takes: effects
-- confidence: hard
-- needs: quotes
-- by: charge
-- inputs: open_effects, bill_stages, bill_quotes, open_units
select e.stage, e.charge, e.effect, e.part, q.card, q.rated_on as day_of_the_card, lpad(cast(q.zip as varchar), 5, '0') as zip, money_of_e8(u.quoted_e8) as quoted
from open_effects as e
join open_units as u on u.stage = e.stage and u.charge = e.charge
join bill_stages as s on s.stage = e.stage
join bill_quotes as q on q.parcel = s.parcel
where e.effect = 'surcharge' and e.charge in ('remote')
