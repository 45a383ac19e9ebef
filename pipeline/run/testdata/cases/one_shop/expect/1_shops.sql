select shop_id, count(*) as orders from orders group by shop_id order by shop_id
