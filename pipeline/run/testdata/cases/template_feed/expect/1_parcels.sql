select order_id, tracking_number, provider, channel, label_at, weight, weight_unit, cost_amount, cost_currency from shipments_in order by tracking_number
