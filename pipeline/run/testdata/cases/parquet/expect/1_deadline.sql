select order_id, deliver_before_at, promise_date, promise_tz, deadline_source from order_facts order by 1
