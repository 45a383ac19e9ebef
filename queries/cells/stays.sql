-- name: stays
-- purpose: how long parcels stay in each node of the journey for Kaplan-Meier, parcels still in it included
-- grain: one row per channel, node and bin
-- inputs: shipments_as_of, session
-- parameters: shown_from, the instant from which hand-overs are shown
-- units: outbound parcels; bin is floor(minutes / 10), empty for parcels whose ends are in the wrong order (negative)
-- A stay ends with the next of the seven nodes that the parcel reaches: that is the event. A parcel that turns back,
-- is lost or destroyed is censored there, all others at the as-of. Node journey is the whole way to the delivery.
with nodes as (
  select n.place, n.node
  from (values (0, 'journey'), (1, 'pickup'), (2, 'export_cleared'), (3, 'departed'), (4, 'arrived'), (5, 'cleared'), (6, 'last_mile')) as n (place, node)
), moved as (
  select p.channel, coalesce(p.picked_up_at, p.first_scan_at, p.handed_over_at) as pickup_at, p.export_customs_at, p.departed_at, p.arrived_at, p.import_customs_at, p.last_mile_at,
    p.delivered_at, coalesce(earlier(p.returning_at, p.terminal_at), s.as_of) as seen_at
  from shipments_as_of as p
  cross join session as s
  where coalesce(p.direction, 'outbound') <> 'return' and coalesce(p.picked_up_at, p.first_scan_at, p.handed_over_at) >= {shown_from}
    and p.any_ship_week >= week_start(local_date({shown_from} - interval '1' day, 'UTC'))
), stays as (
  select m.channel, n.place, m.seen_at,
    case n.place when 0 then m.pickup_at when 1 then m.pickup_at when 2 then m.export_customs_at when 3 then m.departed_at when 4 then m.arrived_at
      when 5 then m.import_customs_at when 6 then m.last_mile_at end as from_at,
    case n.place when 1 then coalesce(m.export_customs_at, m.departed_at, m.arrived_at, m.import_customs_at, m.last_mile_at, m.delivered_at)
      when 2 then coalesce(m.departed_at, m.arrived_at, m.import_customs_at, m.last_mile_at, m.delivered_at)
      when 3 then coalesce(m.arrived_at, m.import_customs_at, m.last_mile_at, m.delivered_at)
      when 4 then coalesce(m.import_customs_at, m.last_mile_at, m.delivered_at)
      when 5 then coalesce(m.last_mile_at, m.delivered_at)
      else m.delivered_at end as left_at
  from moved as m
  cross join nodes as n
), binned as (
  select channel, place,
    case when left_at is null then 0 else 1 end as is_event,
    case when coalesce(left_at, seen_at) >= from_at then cast(floor(seconds_between(from_at, coalesce(left_at, seen_at)) / 600) as bigint) end as bin
  from stays
  where from_at is not null
), counted as (
  select channel, place, bin,
    count(*) filter (where bin is not null and is_event = 1) as events,
    count(*) filter (where bin is not null and is_event = 0) as censored,
    count(*) filter (where bin is null) as negative
  from binned
  group by channel, place, bin
)
select c.channel, n.node, c.bin, c.events, c.censored, c.negative
from counted as c
join nodes as n on n.place = c.place
