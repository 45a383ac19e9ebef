-- name: T02
-- title: Redelivery or storage without a failed attempt
-- zh: 无派送失败却收取重派/仓储费
-- purpose: redelivery and storage fees of parcels that had no failed attempt and were not held
-- grain: one row per open effect
-- place: 480
-- takes: effects
-- confidence: soft
-- needs: quotes
-- by: charge
-- inputs: open_effects, bill_stages, parcel_facts
select e.stage, e.charge, e.effect, e.part, f.terminal as ended_as
from open_effects as e
join bill_stages as s on s.stage = e.stage
join parcel_facts as f on f.shipment_id = s.shipment_id
where e.effect = 'surcharge' and e.charge in ('redelivery', 'storage') and f.attempt_failed_at is null and f.customs_held_at is null and f.address_problem_at is null
