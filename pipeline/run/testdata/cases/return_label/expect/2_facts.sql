select shipment_id, role, direction, delivered_at from shipment_facts order by 1
