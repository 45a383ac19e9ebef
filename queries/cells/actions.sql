-- name: actions
-- purpose: what to act on today: orders and parcels with their most urgent reason
-- grain: one row per order that was not dispatched or has no parcel, and one per parcel; the 500 most urgent of those shown and of those hidden
-- inputs: orders_as_of, shipments_as_of, order_shipments, policy_metrics, clocks, tracking_events, decisions, session
-- parameters: shown_from, an instant no later than forget_hours before the as-of; stay_bounds, rows (node, channel, minutes): how long nearly all parcels of a channel stay in a node at most
-- known_scans, known_deliveries, known_dispatches, true or false: whether any export says of them; what only they could tell is no reason
-- units: age_hours, excess_hours in hours; amount in currency; total counts what is shown, total_late those of it that are late, total_hidden what is not;
-- is_late 1 where the delivery deadline has passed; urgency 1 is the most urgent; since is the instant from which the reason holds; excess_hours is how
-- much longer than its bound a stalled parcel is in its node
-- place: what can still arrive in time comes first, by urgency, then what is late; of equals the one nearest to its deadline, before or after it.
-- The reason is the cause that is known best; the urgency is that of the reason, and never less than that of a near deadline.
-- What was done stays away while its reason holds from before the decision; what was put off, until its day.
-- The bounds below are ours: due_hours before a deadline a parcel is looked after, silent_hours without a scan count as
-- silent, and after forget_hours nobody acts any more. How long a first scan may take is the pack's first_scan clock.
with stay_bounds as (
  {stay_bounds}
), bounds as (
  select s.as_of, 48 as due_hours, 168 as silent_hours, 2160 as forget_hours,
    {known_scans} as knows_scans, {known_deliveries} as knows_deliveries, {known_dispatches} as knows_dispatches
  from session as s
), waiting_parcels as (
  -- nothing is urgent for what has ended
  select p.shipment_id, p.platform, p.shop_id, p.channel, p.state, p.tracking_number, p.last_mile_number, p.carrier, p.label_at, p.first_scan_at, p.handed_over_at, p.customs_held_at,
    p.address_problem_at, p.attempt_failed_at, p.returning_at, p.last_event_at, p.last_milestone, p.deliver_before_at, p.age_hours, p.outcome, p.on_time, p.node, p.node_at
  from shipments_as_of as p
  cross join bounds as b
  where coalesce(p.direction, 'outbound') <> 'return' and p.delivered_at is null and p.outcome in ('no_scan', 'in_transit') and coalesce(p.age_hours, 0) <= b.forget_hours
), patience as (
  select m.platform, max(c.n) as scan_hours
  from policy_metrics as m
  join clocks as c on c.pack = m.pack and c.clock = m.clock and c.unit = 'rolling_hours' and c.start = 'label_created'
  cross join bounds as b
  where (c.from_at is null or c.from_at <= b.as_of) and (c.to_at is null or b.as_of < c.to_at)
  group by m.platform
), parcels_now as (
  select p.platform, p.shop_id, p.shipment_id, p.channel, p.state, p.tracking_number, p.last_mile_number, p.carrier, p.customs_held_at, p.address_problem_at, p.returning_at,
    p.last_event_at, p.deliver_before_at, p.age_hours,
    plus_seconds(p.label_at, t.scan_hours * 3600) as scan_before_at,
    coalesce(p.last_event_at, p.first_scan_at, p.handed_over_at) as heard_at,
    case when p.last_milestone = 130 then p.last_event_at else p.attempt_failed_at end as failed_at,
    p.node, plus_seconds(p.node_at, s.minutes * 60) as leave_before_at, case when p.on_time = 'no' then 1 else 0 end as is_late,
    p.outcome = 'in_transit' and p.on_time = 'open' and hours_between(b.as_of, p.deliver_before_at) <= b.due_hours as is_due,
    case when b.knows_scans and p.outcome = 'no_scan' and hours_between(p.label_at, b.as_of) >= t.scan_hours then 3
      when p.outcome <> 'in_transit' then null
      when p.returning_at is not null then 7
      when p.address_problem_at >= p.last_event_at then 4
      when p.customs_held_at >= p.last_event_at then 5
      when p.last_milestone = 130 or p.attempt_failed_at >= p.last_event_at then 6
      when b.knows_deliveries and p.on_time = 'open' and hours_between(b.as_of, p.deliver_before_at) <= b.due_hours then 2
      when b.knows_scans and hours_between(coalesce(p.last_event_at, p.first_scan_at, p.handed_over_at), b.as_of) >= b.silent_hours then 8
      when b.knows_scans and plus_seconds(p.node_at, s.minutes * 60) <= b.as_of then 9
      when b.knows_deliveries and p.on_time = 'no' then 10
    end as cause
  from waiting_parcels as p
  cross join bounds as b
  left join patience as t on t.platform = coalesce(p.platform, '')
  left join stay_bounds as s on s.node = p.node and s.channel = coalesce(p.channel, '')
), pressing_parcels as (
  select platform, shop_id, shipment_id, channel, state, tracking_number, last_mile_number, carrier, customs_held_at, address_problem_at, returning_at, last_event_at, deliver_before_at,
    age_hours, scan_before_at, heard_at, failed_at, node, leave_before_at, is_late, is_due, cause
  from parcels_now
  where cause is not null
), carried as (
  -- the order that stands for a parcel
  select os.shipment_id, min(os.platform) as platform, min(os.shop_id) as shop_id, min(os.order_id) as order_id
  from order_shipments as os
  join pressing_parcels as p on p.shipment_id = os.shipment_id
  where os.role <> 'return'
  group by os.shipment_id
), asked_orders as (
  -- orders that may stand in the list, and those of the parcels, however old: shipment_id says of which
  select cast(null as varchar) as shipment_id, platform, shop_id, order_id, channel, state, amount, currency, age_hours, handed_over_at, dispatched_at, cancelled_at, dispatch_before_at,
    deliver_before_at, parcels_all, outcome, on_time
  from orders_as_of
  where outcome in ('no_scan', 'in_transit') and (created_at is null or created_at >= {shown_from})
  union all
  select c.shipment_id, o.platform, o.shop_id, o.order_id, o.channel, o.state, o.amount, o.currency, o.age_hours, o.handed_over_at, o.dispatched_at, o.cancelled_at, o.dispatch_before_at,
    o.deliver_before_at, o.parcels_all, o.outcome, o.on_time
  from carried as c
  join orders_as_of as o on o.platform = c.platform and o.shop_id = c.shop_id and o.order_id = c.order_id
), orders_now as (
  select o.shipment_id, o.platform, o.shop_id, o.order_id, o.channel, o.state, o.amount, o.currency, o.age_hours, o.handed_over_at, o.dispatch_before_at, o.deliver_before_at, o.outcome,
    case when o.on_time = 'no' then 1 else 0 end as is_late,
    case when o.outcome = 'no_scan' and o.dispatched_at is null then o.dispatch_before_at else o.deliver_before_at end as due_at,
    case when o.outcome = 'no_scan' and o.dispatched_at is null and o.cancelled_at is null and o.dispatch_before_at <= b.as_of then 1
      when coalesce(o.parcels_all, 0) = 0 and o.outcome = 'in_transit' and o.on_time = 'open' and hours_between(b.as_of, o.deliver_before_at) <= b.due_hours then 2
      when coalesce(o.parcels_all, 0) = 0 and o.outcome = 'in_transit' and o.on_time = 'no' then 10
    end as urgency
  from asked_orders as o
  cross join bounds as b
), pressing_orders as (
  select platform, shop_id, order_id, channel, state, amount, currency, age_hours, handed_over_at, dispatch_before_at, deliver_before_at, is_late, due_at, urgency
  from orders_now
  cross join bounds
  where shipment_id is null and urgency is not null and (knows_dispatches or urgency <> 1) and (knows_deliveries or urgency = 1)
), carrying as (
  -- the parcel that stands for an order; its other parcels may have arrived
  select c.platform, c.shop_id, c.order_id, min(p.tracking_number) as tracking_number, min_by(p.carrier, p.tracking_number) as carrier,
    min_by(p.shipment_id, p.tracking_number) as shipment_id
  from (
    select os.platform, os.shop_id, os.order_id, os.shipment_id
    from order_shipments as os
    join pressing_orders as o on o.platform = os.platform and o.shop_id = os.shop_id and o.order_id = os.order_id
    where os.role <> 'return'
  ) as c
  join shipments_as_of as p on p.shipment_id = c.shipment_id
  where p.outcome <> 'cancelled'
  group by c.platform, c.shop_id, c.order_id
), candidates as (
  select o.urgency as cause, o.urgency, o.platform, o.shop_id, o.order_id, cast(null as varchar) as shipment_id, c.tracking_number, cast(null as varchar) as last_mile_number, c.carrier,
    o.channel, o.state, o.handed_over_at as last_at, o.due_at, o.age_hours, o.amount, o.currency, cast(null as varchar) as node, cast(null as timestamp with time zone) as leave_before_at,
    c.shipment_id as stands_for, o.is_late,
    case o.urgency when 1 then o.dispatch_before_at when 2 then o.deliver_before_at - interval '1' hour * b.due_hours else o.deliver_before_at end as since
  from pressing_orders as o
  cross join bounds as b
  left join carrying as c on c.platform = o.platform and c.shop_id = o.shop_id and c.order_id = o.order_id
  union all
  select p.cause, case when p.is_due then 2 else p.cause end, coalesce(o.platform, p.platform), coalesce(o.shop_id, p.shop_id), c.order_id, p.shipment_id, p.tracking_number,
    p.last_mile_number, p.carrier, p.channel, p.state, p.last_event_at, p.deliver_before_at, p.age_hours, o.amount, o.currency, p.node, p.leave_before_at, p.shipment_id, p.is_late,
    case p.cause when 2 then p.deliver_before_at - interval '1' hour * b.due_hours when 3 then p.scan_before_at when 4 then p.address_problem_at when 5 then p.customs_held_at
      when 6 then p.failed_at when 7 then p.returning_at when 8 then p.heard_at + interval '1' hour * b.silent_hours when 9 then p.leave_before_at else p.deliver_before_at end
  from pressing_parcels as p
  cross join bounds as b
  left join carried as c on c.shipment_id = p.shipment_id
  left join orders_now as o on o.shipment_id = p.shipment_id
  -- a label of a cancelled order waits for nothing; an order that is overdue for dispatch speaks for its unscanned parcels
  where not (p.cause = 3 and (coalesce(o.outcome, 'no_scan') = 'cancelled' or coalesce(o.urgency, 0) = 1))
), numbered as (
  select c.*, row_number() over (order by c.is_late, case when c.is_late = 0 then c.urgency end, abs(hours_between(b.as_of, c.due_at)) nulls last, c.amount desc nulls last,
      c.platform, c.shop_id, c.order_id, c.shipment_id) as nr,
    case when c.cause = 9 then hours_between(c.leave_before_at, b.as_of) end as excess_hours,
    case c.cause when 1 then 'overdue_undispatched' when 2 then 'due_soon' when 3 then 'no_first_scan' when 4 then 'bad_address' when 5 then 'customs_held'
      when 6 then 'attempt_failed' when 7 then 'returning' when 8 then 'silent' when 9 then 'stalled' else 'overdue' end as reason
  from candidates as c
  cross join bounds as b
  where coalesce(c.age_hours, 0) <= b.forget_hours
), decided as (
  -- an order's decision serves its parcels too, a parcel's the order that it stands for
  select m.nr, max(case when m.until_at > b.as_of then 'snoozed' else 'done' end) as hidden, max(m.until_at) as until_at
  from (
    select n.nr, n.since, n.reason as row_reason, d.reason, d.done_at, d.until_at
    from numbered as n
    join decisions as d on d.shipment_id = n.stands_for
    union all
    select n.nr, n.since, n.reason, d.reason, d.done_at, d.until_at
    from numbered as n
    join decisions as d on d.shipment_id is null and d.platform = n.platform and d.shop_id = n.shop_id and d.order_id = n.order_id
  ) as m
  cross join bounds as b
  where coalesce(m.reason, m.row_reason) = m.row_reason and (m.since <= m.done_at or m.until_at > b.as_of)
  group by m.nr
), ranked as (
  select n.urgency, n.reason, n.platform, n.shop_id, n.order_id, n.shipment_id, n.stands_for, n.tracking_number, n.last_mile_number, n.carrier, n.channel, n.state, n.last_at,
    n.since, n.due_at, n.age_hours, n.amount, n.currency, case when n.cause = 9 then n.node end as node, n.excess_hours, n.is_late, d.hidden, d.until_at,
    count(*) filter (where d.hidden is null) over () as total,
    count(*) filter (where d.hidden is null and n.is_late = 1) over () as total_late,
    count(d.hidden) over () as total_hidden,
    row_number() over (partition by case when d.hidden is null then 0 else 1 end order by n.nr) as place
  from numbered as n
  left join decided as d on d.nr = n.nr
), listed as (
  select r.*, case when hidden is null then place else place + 500 end as line
  from ranked as r
  where place <= 500
), spoken as (
  -- the words of the newest scan, in its own language
  select n.line, max(e.text) as last_event
  from (
    select line, last_at, tracking_number as number from listed where tracking_number is not null and last_at is not null
    union all
    select line, last_at, last_mile_number from listed where last_mile_number is not null and last_at is not null
  ) as n
  join tracking_events as e on e.tracking_number = n.number and e.event_at = n.last_at and e.p_month = month_start(local_date(n.last_at, 'UTC'))
  group by n.line
)
select l.reason, l.urgency, l.platform, l.shop_id, l.order_id, l.shipment_id, l.stands_for, l.tracking_number, l.last_mile_number, l.carrier, l.channel, l.state, w.last_event,
  l.last_at, l.since, l.due_at, l.age_hours, l.amount, l.currency, l.node, l.excess_hours, l.is_late, l.hidden, l.until_at, l.total, l.total_late, l.total_hidden, l.place
from listed as l
left join spoken as w on w.line = l.line
order by l.line
