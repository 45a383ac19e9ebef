-- name: R02
-- title: Wrong zone
-- zh: 分区错误
-- purpose: what a billed zone costs that is not the zone of the ZIP
-- grain: one row per open effect
-- place: 210
-- takes: effects
-- confidence: hard
-- needs: zone, quotes
-- inputs: open_effects, bill_stages, bill_quotes
select e.stage, e.charge, e.effect, e.part, s.billed_zone as zone_billed, q.zone as zone_of_contract, lpad(cast(q.zip as varchar), 5, '0') as zip
from open_effects as e
join bill_stages as s on s.stage = e.stage
join bill_quotes as q on q.parcel = s.parcel
where e.effect = 'zone'
