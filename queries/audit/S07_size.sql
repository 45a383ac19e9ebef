-- name: S07
-- title: Size or weight surcharge below its limits
-- zh: 超长超重附加费未达标准却收取
-- purpose: what surcharges on size and weight cost where our sides and weight do not reach them
-- grain: one row per open effect
-- place: 465
-- takes: effects
-- confidence: hard
-- needs: quotes
-- by: charge
-- inputs: open_effects, bill_stages, bill_quotes, open_units, card_versions
select e.stage, e.charge, e.effect, e.part, q.card, q.rated_on as day_of_the_card, with_unit(length_of(q.longest_quanta, v.length_unit), v.length_unit) as longest_side,
  with_unit(length_of(q.longest_quanta + 2 * (q.second_quanta + q.third_quanta), v.length_unit), v.length_unit) as length_and_girth,
  case when e.charge = 'overweight' then with_unit(weight_of(q.weight_quanta, 'g'), 'g') end as own_weight, money_of_e8(u.quoted_e8) as quoted
from open_effects as e
join open_units as u on u.stage = e.stage and u.charge = e.charge
join bill_stages as s on s.stage = e.stage
join bill_quotes as q on q.parcel = s.parcel
join card_versions as v on v.v = q.v
where e.effect = 'surcharge' and e.charge in ('oversize', 'additional_handling', 'overweight', 'non_machinable')
