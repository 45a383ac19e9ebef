select shipment_id, channel, records from shipments order by all
