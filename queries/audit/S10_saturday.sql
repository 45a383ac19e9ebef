-- name: S10
-- title: Weekend delivery that was none
-- zh: 收取周末派送费但并非周末妥投
-- purpose: weekend delivery fees of parcels that were delivered on a working day
-- grain: one row per open effect
-- place: 468
-- takes: effects
-- confidence: hard
-- needs: quotes
-- by: charge
-- inputs: open_effects, bill_stages, parcel_facts
-- The day is local to the destination, which lies between UTC and ten hours behind it: a weekend at either end is one.
select e.stage, e.charge, e.effect, e.part, f.delivered_at
from open_effects as e
join bill_stages as s on s.stage = e.stage
join parcel_facts as f on f.shipment_id = s.shipment_id
where e.effect = 'surcharge' and e.charge = 'saturday'
  and local_date(f.delivered_at, 'UTC') < week_start(local_date(f.delivered_at, 'UTC')) + interval '5' day
  and local_date(f.delivered_at - interval '10' hour, 'UTC') < week_start(local_date(f.delivered_at - interval '10' hour, 'UTC')) + interval '5' day
