-- name: stalls
-- purpose: parcels on the way with the node they are in, how long, and whether nearly all others had left it by then
-- grain: one row per outbound parcel that is on the way and in a node
-- inputs: shipments_as_of, session
-- parameters: stay_bounds, rows (node, channel, minutes): how long nearly all parcels of a channel stay in a node at most; node
-- silence is the time without a scan after which nearly none was delivered any more
-- units: stay_hours, excess_hours, silent_hours in hours; is_stalled, is_lost 1 or 0, empty where there is no bound; is_forgotten 1 or 0
-- forgotten is what is older than forget_hours, as in actions: nobody acts on it any more.
-- is_lost is a presumption about a parcel and never its outcome. A parcel that turns back is in no node.
with stay_bounds as (
  {stay_bounds}
), waiting as (
  select 2160 as forget_hours, p.age_hours, p.shipment_id, p.platform, p.shop_id, p.channel, p.state, p.carrier, p.tracking_number, p.node, p.node_at, p.last_event_at, p.deliver_before_at, s.as_of,
    hours_between(p.node_at, s.as_of) as stay_hours,
    hours_between(coalesce(p.last_event_at, p.node_at), s.as_of) as silent_hours
  from shipments_as_of as p
  cross join session as s
  where coalesce(p.direction, 'outbound') <> 'return' and p.outcome = 'in_transit' and p.node is not null and p.returning_at is null
)
select w.shipment_id, w.platform, w.shop_id, w.channel, w.state, w.carrier, w.tracking_number, w.node, w.node_at, w.last_event_at, w.deliver_before_at,
  w.stay_hours, w.silent_hours,
  w.stay_hours - cast(b.minutes as double) / 60 as excess_hours,
  case when b.minutes is not null then case when w.stay_hours * 60 >= b.minutes then 1 else 0 end end as is_stalled,
  case when q.minutes is not null then case when w.silent_hours * 60 >= q.minutes then 1 else 0 end end as is_lost,
  case when coalesce(w.age_hours, 0) > w.forget_hours then 1 else 0 end as is_forgotten
from waiting as w
left join stay_bounds as b on b.node = w.node and b.channel = coalesce(w.channel, '')
left join stay_bounds as q on q.node = 'silence' and q.channel = coalesce(w.channel, '')
