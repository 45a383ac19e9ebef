select order_id, tracking_number, provider, channel, shipped_at from shipments_in order by tracking_number
