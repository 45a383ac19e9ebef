-- name: bill_parcels
-- purpose: a number for each parcel that a provider billed, its channel and weight
-- grain: one row per provider and parcel
-- inputs: bill_matches, shipments
-- units: weight_quanta 1/16 ng
select row_number() over () as parcel, m.provider, m.shipment_id, s.channel, case when s.weight > 0 and s.weight < 100000 then weight_quanta(s.weight, s.weight_unit) end as weight_quanta
from (select distinct provider, shipment_id from bill_matches where shipment_id is not null) as m
left join shipments as s on s.shipment_id = m.shipment_id
