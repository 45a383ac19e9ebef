-- name: cancelled_orders
-- purpose: the orders that a seller's cancellations count of, by name
-- grain: one row per metric and order that the seller cancelled
-- inputs: orders_as_of, policy_metrics
-- units: times UTC; week is the Monday of the order's day in the platform's zone
-- These are the orders that orders_confirmed counts as seller_fault; a page shows them only where their number is the same.
select m.metric, o.platform, o.shop_id, o.created_week as week, o.order_id, o.created_at, o.cancelled_at, o.amount, o.currency
from orders_as_of as o
join policy_metrics as m on m.platform = coalesce(o.platform, '')
where m.formula = 'queries/cells/orders_confirmed.sql' and o.cancelled_at is not null and o.cancel_fault = 'seller'
  and not (coalesce(m.excludes_platform, '') in ('both', 'numerator') and coalesce(o.fulfilment, '') = 'platform')
  and not (coalesce(m.excludes_express, '') in ('both', 'numerator') and coalesce(o.order_type, '') = 'express')
  and not (coalesce(m.excludes_sample, '') in ('both', 'numerator') and coalesce(o.order_type, '') = 'sample')
  and not (coalesce(m.excludes_cancelled_in_time, '') in ('both', 'numerator') and o.excluded_due)
