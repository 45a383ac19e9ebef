select shipment_id, deliver_before_at from shipment_facts
