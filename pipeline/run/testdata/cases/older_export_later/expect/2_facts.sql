select shipment_id, channel, tracking_number, first_scan_at, delivered_at from shipment_facts
