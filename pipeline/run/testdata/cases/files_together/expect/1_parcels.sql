select shipment_id, label_at, weight, load_id like 'parcels-%' as ok, record_no from shipments_in order by shipment_id
