select order_id, order_status, handed_over_at, first_scan_at, delivered_at, parcels, parcels_delivered, parcels_all, terminal, terminal_at from order_facts order by order_id
