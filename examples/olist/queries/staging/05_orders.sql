-- name: olist_orders
-- purpose: buyer's state from the customers, channel from the sellers: columns that the order file leaves to other files
-- grain: one row per order
-- output: completes orders
-- inputs: orders, order_lines by orders, x_customers, x_sellers
-- units: channel is the state of the seller of the first item; an order without items has none
with first_items as (
  select platform, shop_id, order_id, min_by(seller, cast(line_id as integer)) as seller
  from order_lines
  group by platform, shop_id, order_id
)
select o.platform, o.shop_id, o.order_id, c.state, c.city, c.postal_code, s.state as channel
from orders as o
left join first_items as i on i.platform = o.platform and i.shop_id = o.shop_id and i.order_id = o.order_id
left join x_customers as c on c.customer_id = o.x_customer_id
left join x_sellers as s on s.seller_id = i.seller
