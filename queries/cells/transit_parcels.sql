-- name: transit_parcels
-- purpose: how each dispatched parcel ended, or that it is on its way, and after how long
-- grain: one row per outbound parcel that was picked up, or scanned
-- inputs: shipments_as_of, session
-- units: bin is floor(minutes / 10) from pickup (else first scan), empty where the ends are in the wrong order (negative)
-- ending: 0 on the way at the as-of, 1 delivered, 2 returned, 3 lost, 4 destroyed, 5 withdrawn. Only a carrier's word ends
-- a parcel: one that is presumed lost is on its way. A withdrawn one (cancelled after its pickup) leaves without an ending.
-- The page opens its session no later than the feeds reach, so that the as-of is the last instant at which a parcel that
-- is on its way was seen to be.
with dispatched as (
  select p.platform, p.shop_id, p.channel, p.state, p.ship_week,
    coalesce(p.picked_up_at, p.first_scan_at) as from_at,
    coalesce(p.delivered_at, p.terminal_at, s.as_of) as to_at,
    case when p.delivered_at is not null then 1
      when p.terminal_at is null then 0
      when p.terminal = 'returned' then 2
      when p.terminal = 'lost' then 3
      when p.terminal = 'destroyed' then 4
      else 5 end as ending
  from shipments_as_of as p
  cross join session as s
  where coalesce(p.direction, 'outbound') <> 'return' and coalesce(p.picked_up_at, p.first_scan_at) is not null
)
select platform, shop_id, channel, state, ship_week, ending,
  case when to_at >= from_at then cast(floor(seconds_between(from_at, to_at) / 600) as bigint) end as bin
from dispatched
