-- name: transit
-- purpose: times from pickup (else first scan) to delivery for Kaplan-Meier, parcels still on the way included
-- grain: one row per platform, shop, channel, state, ship week and bin
-- inputs: shipments_as_of, session
-- parameters: shown_from, the instant from which shipments are shown
-- units: outbound parcels; bin is floor(minutes / 10), empty for parcels whose ends are in the wrong order (negative)
-- The event is delivery. A parcel that came back, was lost or destroyed is censored there: the time is that of a
-- parcel if it is delivered. All others are censored at the as-of: those are open, on the way.
with dispatched as (
  select p.platform, p.shop_id, p.channel, p.state, p.ship_week, p.delivered_at, p.terminal_at,
    coalesce(p.picked_up_at, p.first_scan_at) as from_at,
    coalesce(p.delivered_at, p.terminal_at, s.as_of) as to_at
  from shipments_as_of as p
  cross join session as s
  where coalesce(p.direction, 'outbound') <> 'return' and coalesce(p.picked_up_at, p.first_scan_at) is not null
    and p.any_ship_week >= week_start(local_date({shown_from} - interval '1' day, 'UTC'))
), binned as (
  select platform, shop_id, channel, state, ship_week,
    case when to_at >= from_at then cast(floor(seconds_between(from_at, to_at) / 600) as bigint) end as bin,
    case when delivered_at is null then 0 else 1 end as is_event,
    case when delivered_at is null and terminal_at is null then 1 else 0 end as is_open
  from dispatched
)
select platform, shop_id, channel, state, ship_week, bin,
  count(*) filter (where bin is not null and is_event = 1) as events,
  count(*) filter (where bin is not null and is_event = 0) as censored,
  count(*) filter (where bin is not null and is_open = 1) as open,
  count(*) filter (where bin is null) as negative
from binned
group by platform, shop_id, channel, state, ship_week, bin
