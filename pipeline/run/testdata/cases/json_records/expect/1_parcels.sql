select s.shipment_id, s.tracking_number, s.label_at, s.weight, f.events, f.delivered_at from shipments as s join shipment_facts as f on f.shipment_id = s.shipment_id order by 1
