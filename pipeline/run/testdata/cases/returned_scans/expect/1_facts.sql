select shipment_id, first_scan_at, second_scan_at, events, scans, returning_at, terminal from shipment_facts order by shipment_id
