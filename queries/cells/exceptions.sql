-- name: exceptions
-- purpose: how many parcels ever ran into a kind of trouble, and how these ended
-- grain: one row per platform, shop, channel and kind
-- inputs: shipments_as_of, policy_metrics, clocks, session
-- parameters: shown_from, the instant from which labels and hand-overs are shown; stay_bounds, rows (node, channel, minutes), of which
-- node journey says within what time nearly all parcels of a channel arrive
-- units: outbound parcels without voided labels; n = delivered + open + ended; unknown cannot be decided and is not in n
-- no_trace: no scan before the pack's clock for the first scan ran out. long_undelivered: not delivered at its deadline, and where it
-- has none, within the time of journey. lost: lost or destroyed. ended: came back, lost or destroyed.
-- kind all is every parcel: what a share is of.
with stay_bounds as (
  {stay_bounds}
), patience as (
  select m.platform, max(c.n) as scan_hours
  from policy_metrics as m
  join clocks as c on c.pack = m.pack and c.clock = m.clock and c.unit = 'rolling_hours' and c.start = 'label_created'
  cross join session as s
  where (c.from_at is null or c.from_at <= s.as_of) and (c.to_at is null or s.as_of < c.to_at)
  group by m.platform
), kinds as (
  select k.kind
  from (values ('all'), ('no_trace'), ('customs_held'), ('bad_address'), ('attempt_failed'), ('long_undelivered'), ('returning'), ('lost')) as k (kind)
), judged as (
  select p.platform, p.shop_id, p.channel, p.outcome, p.customs_held_at, p.address_problem_at, p.attempt_failed_at, p.returning_at,
    coalesce(p.picked_up_at, p.first_scan_at, p.handed_over_at) as from_at,
    -- a parcel whose way ended before its clock ran out had the time that it had
    coalesce(p.first_scan_at, p.terminal_at, s.as_of) >= plus_seconds(p.label_at, t.scan_hours * 3600) as is_untraced,
    case when p.on_time is not null then p.on_time = 'no'
      else hours_between(coalesce(p.picked_up_at, p.first_scan_at, p.handed_over_at), coalesce(p.delivered_at, p.terminal_at, s.as_of)) * 60 > b.minutes end as is_long
  from shipments_as_of as p
  cross join session as s
  left join patience as t on t.platform = coalesce(p.platform, '')
  left join stay_bounds as b on b.node = 'journey' and b.channel = coalesce(p.channel, '')
  where coalesce(p.direction, 'outbound') <> 'return' and p.outcome <> 'cancelled' and coalesce(p.label_at, p.handed_over_at, p.first_scan_at) >= {shown_from}
    and (p.label_at is null or p.label_at >= {shown_from})
), met as (
  select j.platform, j.shop_id, j.channel, k.kind, j.outcome,
    case k.kind when 'all' then true when 'no_trace' then j.is_untraced when 'customs_held' then j.customs_held_at is not null
      when 'bad_address' then j.address_problem_at is not null when 'attempt_failed' then j.attempt_failed_at is not null when 'long_undelivered' then j.is_long
      when 'returning' then j.returning_at is not null or j.outcome = 'returned' when 'lost' then j.outcome in ('lost', 'destroyed') end as is_met
  from judged as j
  cross join kinds as k
)
select platform, shop_id, channel, kind,
  count(*) filter (where is_met) as n,
  count(*) filter (where is_met and outcome = 'delivered') as delivered,
  count(*) filter (where is_met and outcome in ('no_scan', 'in_transit')) as open,
  count(*) filter (where is_met and outcome not in ('delivered', 'no_scan', 'in_transit')) as ended,
  count(*) filter (where is_met is null) as unknown
from met
group by platform, shop_id, channel, kind
