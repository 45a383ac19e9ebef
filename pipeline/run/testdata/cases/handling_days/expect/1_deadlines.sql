select order_id, dispatch_before_at, deliver_before_at from order_facts order by order_id
