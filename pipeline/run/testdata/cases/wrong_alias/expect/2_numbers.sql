select shipment_id, role, carrier, number, valid_from, valid_to from shipment_numbers order by shipment_id, number, role
