select order_id, order_status, state, amount, exported_at, observations from orders order by order_id
