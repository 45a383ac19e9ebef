select order_id, on_time, outcome, excluded_due from orders_as_of
