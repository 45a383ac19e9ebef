select order_id, role, shipment_id from order_shipments order by all
