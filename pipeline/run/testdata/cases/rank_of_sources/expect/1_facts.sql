select shipment_id, role, first_scan_at, delivered_at, terminal, events, unmapped, scans_after_delivered from shipment_facts order by shipment_id
