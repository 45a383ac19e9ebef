select order_id, created_at from orders order by order_id
