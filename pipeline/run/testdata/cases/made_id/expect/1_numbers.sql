select shipment_id, carrier, number from shipment_numbers order by all
