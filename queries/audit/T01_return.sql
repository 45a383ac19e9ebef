-- name: T01
-- title: Return fee without a return
-- zh: 无退件却收取退件费
-- purpose: return fees of parcels that nobody sent back
-- grain: one row per open effect
-- place: 475
-- takes: effects
-- confidence: hard
-- needs: quotes
-- by: charge
-- inputs: open_effects, bill_stages, parcel_facts
select e.stage, e.charge, e.effect, e.part, f.terminal as ended_as, f.delivered_at
from open_effects as e
join bill_stages as s on s.stage = e.stage
join parcel_facts as f on f.shipment_id = s.shipment_id
where e.effect = 'surcharge' and e.charge = 'return' and f.returning_at is null and coalesce(f.terminal, '') <> 'returned' and f.direction <> 'return'
