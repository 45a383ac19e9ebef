-- name: claim_days
-- purpose: the days from which a provider's claim window may run
-- grain: one row per parcel that is asked for
-- inputs: claim_parcels, shipments_as_of
-- units: instants
select p.shipment_id, coalesce(p.handed_over_at, p.first_scan_at, p.label_at) as shipped_at, p.delivered_at
from shipments_as_of as p
join claim_parcels as c on c.shipment_id = p.shipment_id
