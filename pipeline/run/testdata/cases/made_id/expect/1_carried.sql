select order_id, shipment_id, role from order_shipments order by all
