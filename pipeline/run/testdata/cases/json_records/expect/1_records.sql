select shipment_id, label_at, weight, exported_at, absent from shipments_in order by 1
