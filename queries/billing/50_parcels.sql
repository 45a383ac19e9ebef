-- name: bill_parcels
-- purpose: the parcels that a provider billed
-- grain: one row per provider and parcel
-- inputs: audit_lines
select row_number() over () as parcel, provider, shipment_id
from (select distinct provider, shipment_id from audit_lines where shipment_id is not null)
