-- name: scans
-- purpose: how many scans the numbers of a page stand on
-- grain: one row
-- inputs: tracking_events, session
-- units: scans up to the as-of
select count(*) as events
from tracking_events as e
cross join session as s
where e.event_at <= s.as_of
