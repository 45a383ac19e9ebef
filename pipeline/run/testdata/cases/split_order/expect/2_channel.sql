select order_id, channel from order_facts
