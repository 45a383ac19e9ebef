-- name: orders_as_of
-- purpose: an order as it stood at the session's as-of: what happened later has not happened
-- grain: one row per order that existed at the as-of
-- inputs: order_facts
-- parameters: as_of, the instant at which the session looks
-- units: times UTC; age_hours in hours; on_time yes, no, open, empty where there is no deadline
-- order_status, channel, state and the parcel counts are those of the newest export. excluded_due: cancelled before
-- the parcel moved and before the deadline; whether that takes an order out of a rate is the pack's to say.
with cut as (
  select f.platform, f.shop_id, f.order_id, f.order_status, f.fulfilment, f.order_type, f.created_at, f.dispatch_before_at, f.deliver_before_at,
    f.promise_date, f.promise_tz, f.deadline_source, f.channel, f.state, f.due_week, f.created_week, f.parcels, f.parcels_delivered, f.parcels_all,
    f.amount, f.currency, f.p_month, {as_of} as as_of,
    case when f.approved_at <= {as_of} then f.approved_at end as approved_at,
    case when f.tracking_uploaded_at <= {as_of} then f.tracking_uploaded_at end as tracking_uploaded_at,
    case when f.handed_over_at <= {as_of} then f.handed_over_at end as handed_over_at,
    case when f.dispatched_at <= {as_of} then f.dispatched_at end as dispatched_at,
    case when f.dispatched_at <= {as_of} then f.dispatched_week end as dispatched_week,
    case when f.first_scan_at <= {as_of} then f.first_scan_at end as first_scan_at,
    case when f.delivered_at <= {as_of} then f.delivered_at end as delivered_at,
    case when f.cancelled_at <= {as_of} then f.cancelled_at end as cancelled_at,
    case when f.cancelled_at is null or f.cancelled_at <= {as_of} then f.cancel_fault end as cancel_fault,
    case when f.terminal_at is null or f.terminal_at <= {as_of} then f.terminal end as terminal,
    case when f.terminal_at <= {as_of} then f.terminal_at end as terminal_at
  from order_facts as f
  where f.created_at is null or f.created_at <= {as_of}
), moved as (
  select c.*, earlier(c.first_scan_at, c.handed_over_at) as moved_at
  from cut as c
)
select platform, shop_id, order_id, order_status, fulfilment, order_type, created_at, approved_at, tracking_uploaded_at,
  dispatch_before_at, deliver_before_at, promise_date, promise_tz, deadline_source,
  handed_over_at, dispatched_at, first_scan_at, delivered_at, cancelled_at, cancel_fault, channel, state,
  due_week, created_week, dispatched_week, parcels, parcels_delivered, parcels_all, terminal, terminal_at, amount, currency, p_month,
  case when deliver_before_at is null then null
    when delivered_at < deliver_before_at then 'yes'
    when delivered_at is not null or deliver_before_at <= as_of then 'no'
    else 'open' end as on_time,
  coalesce(cancelled_at < deliver_before_at and delivered_at is null and (moved_at is null or cancelled_at < moved_at), false) as excluded_due,
  case when delivered_at is not null then 'delivered'
    when terminal is not null and terminal <> 'delivered' then terminal
    when cancelled_at is not null and moved_at is null then 'cancelled'
    when moved_at is not null then 'in_transit'
    else 'no_scan' end as outcome,
  hours_between(created_at, as_of) as age_hours
from moved
