select order_id, order_status from orders where order_id = 'q1'
