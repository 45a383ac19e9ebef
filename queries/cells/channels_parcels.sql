-- name: channels_parcels
-- purpose: what a comparison of channels or destinations reads of each parcel that a carrier took over
-- grain: one row per outbound parcel that was picked up, scanned or handed over, and not cancelled
-- inputs: shipments_as_of, session, platform_zones, zone_days
-- parameters: shown_from, the instant from which parcels are shown: those that moved or were promised since
-- units: bin is floor(minutes / 10) from pickup (else first scan) to the ending, empty without a scan and where the ends are
-- in the wrong order; weight_band in grams, its upper end in it, empty for an unknown weight; cost_e4 in ten-thousandths of
-- currency, whole, so that sums are exact
-- ending: 0 on the way at the as-of, 1 delivered, 2 returned, 3 lost, 4 destroyed, 5 otherwise. Only a carrier's word ends a
-- parcel. ship_day is the UTC day of the pickup (else first scan, else hand-over): parcels of one day and channel share their
-- fate, and nothing else is counted by it. due_week is the Monday of the parcel's own promised day in the platform's zone.
-- The bands are ours; a workspace that ships other goods puts its own copy of this file in its folder queries/cells.
with moved as (
  select p.platform, p.shop_id, p.channel, p.state, p.ship_week, p.weight_g, p.on_time, p.deliver_before_at, p.delivered_at, p.terminal, p.terminal_at,
    p.cost_amount, p.cost_currency, s.as_of,
    coalesce(p.picked_up_at, p.first_scan_at) as from_at,
    coalesce(p.picked_up_at, p.first_scan_at, p.handed_over_at) as moved_at
  from shipments_as_of as p
  cross join session as s
  where coalesce(p.direction, 'outbound') <> 'return' and p.outcome <> 'cancelled'
    and (coalesce(p.picked_up_at, p.first_scan_at, p.handed_over_at) >= {shown_from}
      or (p.deliver_before_at >= {shown_from} and coalesce(p.picked_up_at, p.first_scan_at, p.handed_over_at) is not null))
), ended as (
  select platform, shop_id, channel, state, ship_week, weight_g, on_time, deliver_before_at, cost_amount, cost_currency, from_at, moved_at,
    coalesce(delivered_at, terminal_at, as_of) as to_at,
    case when delivered_at is not null then 1
      when terminal_at is null then 0
      when terminal = 'returned' then 2
      when terminal = 'lost' then 3
      when terminal = 'destroyed' then 4
      else 5 end as ending
  from moved
)
select e.platform, e.shop_id, e.channel, e.state, e.ship_week, utc_day(e.moved_at) as ship_day, e.on_time, e.ending,
  case when e.weight_g is null then null
    when e.weight_g <= 100 then '0-100'
    when e.weight_g <= 250 then '100-250'
    when e.weight_g <= 500 then '250-500'
    when e.weight_g <= 1000 then '500-1000'
    when e.weight_g <= 2000 then '1000-2000'
    else '2000+' end as weight_band,
  week_start(coalesce(shifted_date(plus_seconds(e.deliver_before_at, -1), d.shift, d.change_at, d.shift_after),
    local_date(plus_seconds(e.deliver_before_at, -1), coalesce(z.tz, 'UTC')))) as due_week,
  case when e.to_at >= e.from_at then cast(floor(seconds_between(e.from_at, e.to_at) / 600) as bigint) end as bin,
  case when e.cost_amount is not null then e.cost_currency end as currency,
  case when e.cost_currency is not null then cast(e.cost_amount * 10000 as bigint) end as cost_e4
from ended as e
left join platform_zones as z on z.platform = coalesce(e.platform, '')
left join zone_days as d on d.tz = coalesce(z.tz, 'UTC') and d.day = utc_day(plus_seconds(e.deliver_before_at, -1))
