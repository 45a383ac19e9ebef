-- name: parcel_ids
-- purpose: a short number for each parcel: scans are grouped by it, because a text costs three times as much
-- grain: one row per parcel
-- output: memory
-- inputs: shipments by shipments
select cast(row_number() over () as integer) as sid, shipment_id
from shipments
