-- name: volumes
-- purpose: how much the numbers of a page stand on
-- grain: one row
-- inputs: orders_as_of, shipments_as_of, tracking_events, session
-- units: orders, parcels, scans up to the as-of
select
  (select count(*) from orders_as_of) as orders,
  (select count(*) from shipments_as_of) as shipments,
  (select count(*) from tracking_events as e cross join session as s where e.event_at <= s.as_of) as events
