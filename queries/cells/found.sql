-- name: found
-- purpose: which parcels and orders go by a number
-- grain: one row per name and parcel or order that goes by it
-- inputs: shipment_facts, shipment_numbers, order_facts
-- units: none; role says what the name is: shipment, order, or the role of a number (line, last_mile, return, relabel, master, reference)
select p.shipment_id as called, 'shipment' as role, p.shipment_id, cast(null as varchar) as platform, cast(null as varchar) as shop_id, cast(null as varchar) as order_id
from shipment_facts as p
union all
select n.number, n.role, n.shipment_id, cast(null as varchar), cast(null as varchar), cast(null as varchar)
from shipment_numbers as n
union all
select o.order_id, 'order', cast(null as varchar), o.platform, o.shop_id, o.order_id
from order_facts as o
