select order_id, created_at, amount, promise_date, exported_at from orders order by order_id
