select order_id, order_status, channel, state, exported_at, observations from orders order by 1
