select order_id, order_status, state, amount from orders order by order_id
