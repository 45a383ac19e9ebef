-- name: claim_scans
-- purpose: when a claim's parcel was where
-- grain: one row per parcel that is asked for and instant that is known, up to the as-of
-- inputs: claim_parcels, shipments_as_of
-- units: instants
with asked as (
  select p.shipment_id, p.label_at, p.handed_over_at, p.first_scan_at, p.out_for_delivery_at, p.delivered_at
  from shipments_as_of as p
  join claim_parcels as c on c.shipment_id = p.shipment_id
), scans as (
  select shipment_id, 1 as place, 'label' as node, label_at as scanned_at from asked
  union all
  select shipment_id, 2, 'handed_over', handed_over_at from asked
  union all
  select shipment_id, 3, 'first_scan', first_scan_at from asked
  union all
  select shipment_id, 4, 'out_for_delivery', out_for_delivery_at from asked
  union all
  select shipment_id, 5, 'delivered', delivered_at from asked
)
select shipment_id, node, scanned_at
from scans
where scanned_at is not null
order by shipment_id, place
