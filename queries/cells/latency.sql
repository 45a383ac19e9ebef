-- name: latency
-- purpose: how long after a scan the first export came that holds it
-- grain: one row per feed and whole hour; hours below 0 are scans that lie after their own export
-- inputs: tracking_events, loads, session
-- parameters: shown_from, the instant from which scans are shown
-- units: n scans; hours, empty where the export says nothing of when it was made
-- An upper bound of a source's own delay: the time from one export to the next is in it.
with made as (
  select load_id, min(exported_at) as exported_at
  from loads
  group by load_id
), counted as (
  select e.feed, cast(floor(hours_between(e.event_at, m.exported_at)) as bigint) as hours
  from tracking_events as e
  left join made as m on m.load_id = e.load_id
  where e.event_at >= {shown_from}
)
select feed, hours, count(*) as n
from counted
group by feed, hours
