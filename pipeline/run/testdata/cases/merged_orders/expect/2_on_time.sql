select order_id, on_time from orders_as_of order by 1
