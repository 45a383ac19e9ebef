-- name: reconcile
-- purpose: how each order counts for on-time delivery in one week, as we count and under other readings of the rule
-- grain: one row per order that is due within two weeks of the week, and reading; a reading changes two things at most
-- inputs: orders_as_of, orders, shipments_as_of, order_shipments, policy_metrics, clocks, calendar_days
-- parameters: shown_from, the UTC midnight of the week's Monday
-- units: is_in, is_on_time are 0 or 1; changes counts what differs from our reading; each change is empty where it is ours
-- clock: another version of the delivery clock; zone: the promised day ends at another zone's midnight; cancelled: all of
-- them in or out; split: the first parcel decides; late_feed: what has neither delivery nor another end in our data was delivered in time;
-- exclusion: nothing, or all of platform-fulfilled, express and sample orders, is left out.
with state_zones as (
  -- of most people, where a state has two
  select state, tz
  from (values
    ('AK', 'America/Anchorage'), ('HI', 'Pacific/Honolulu'), ('AZ', 'America/Phoenix'),
    ('WA', 'America/Los_Angeles'), ('OR', 'America/Los_Angeles'), ('CA', 'America/Los_Angeles'), ('NV', 'America/Los_Angeles'),
    ('ID', 'America/Boise'), ('MT', 'America/Denver'), ('WY', 'America/Denver'), ('UT', 'America/Denver'), ('CO', 'America/Denver'), ('NM', 'America/Denver'),
    ('ND', 'America/Chicago'), ('SD', 'America/Chicago'), ('NE', 'America/Chicago'), ('KS', 'America/Chicago'), ('OK', 'America/Chicago'), ('TX', 'America/Chicago'),
    ('MN', 'America/Chicago'), ('IA', 'America/Chicago'), ('MO', 'America/Chicago'), ('AR', 'America/Chicago'), ('LA', 'America/Chicago'), ('WI', 'America/Chicago'),
    ('IL', 'America/Chicago'), ('MS', 'America/Chicago'), ('AL', 'America/Chicago'), ('TN', 'America/Chicago'),
    ('MI', 'America/New_York'), ('IN', 'America/New_York'), ('KY', 'America/New_York'), ('OH', 'America/New_York'), ('WV', 'America/New_York'), ('PA', 'America/New_York'),
    ('NY', 'America/New_York'), ('VT', 'America/New_York'), ('NH', 'America/New_York'), ('ME', 'America/New_York'), ('MA', 'America/New_York'), ('RI', 'America/New_York'),
    ('CT', 'America/New_York'), ('NJ', 'America/New_York'), ('DE', 'America/New_York'), ('MD', 'America/New_York'), ('DC', 'America/New_York'), ('VA', 'America/New_York'),
    ('NC', 'America/New_York'), ('SC', 'America/New_York'), ('GA', 'America/New_York'), ('FL', 'America/New_York')) as v (state, tz)
), week as (
  select utc_day({shown_from}) as start
), due as (
  select o.platform, o.shop_id, o.order_id, o.state, o.created_at, o.approved_at, o.order_type, o.fulfilment, o.due_week, o.promise_date, o.deliver_before_at, o.delivered_at,
    o.cancelled_at, o.terminal, earlier(o.first_scan_at, o.handed_over_at) as moved_at, w.start, m.pack, c.handling_days,
    case when (m.excludes_platform = 'both' and coalesce(o.fulfilment, '') = 'platform') or (m.excludes_express = 'both' and coalesce(o.order_type, '') = 'express')
      or (m.excludes_sample = 'both' and coalesce(o.order_type, '') = 'sample') then 1 else 0 end as is_ruled_out,
    case when coalesce(o.fulfilment, '') = 'platform' or coalesce(o.order_type, '') in ('express', 'sample') then 1 else 0 end as is_special,
    case when m.excludes_cancelled_in_time = 'both' then 1 else 0 end as leaves_cancelled
  from orders_as_of as o
  join policy_metrics as m on m.platform = coalesce(o.platform, '') and m.formula = 'queries/cells/orders_due.sql'
  cross join week as w
  left join orders as c on c.platform = o.platform and c.shop_id = o.shop_id and c.order_id = o.order_id
  where o.due_week >= cast(w.start - interval '14' day as date) and o.due_week <= cast(w.start + interval '14' day as date)
), first_arrivals as (
  select os.platform, os.shop_id, os.order_id, min(p.delivered_at) as first_delivered_at
  from order_shipments as os
  join due as d on d.platform = os.platform and d.shop_id = os.shop_id and d.order_id = os.order_id
  join shipments_as_of as p on p.shipment_id = os.shipment_id
  where os.role <> 'return' and coalesce(p.direction, 'outbound') <> 'return'
  group by os.platform, os.shop_id, os.order_id
), clock_starts as (
  select d.platform, d.shop_id, d.order_id, c.start, c.n + case when c.add_handling then d.handling_days else 0 end as n, c.unit, c.tz, c.calendar,
    local_date(case c.start when 'awaiting_shipment' then d.approved_at else d.created_at end, c.tz) as day
  from due as d
  join clocks as c on c.pack = d.pack and c.clock = 'deliver' and (c.order_type = coalesce(d.order_type, 'regular') or c.order_type = 'any')
  where c.unit in ('business_day', 'calendar_day')
), clock_days as (
  select s.platform, s.shop_id, s.order_id, s.tz, 'clock' as what, s.start || ' + ' || cast(s.n as varchar) || ' ' || s.unit as reading,
    case s.unit when 'business_day' then e.day
      else cast(case s.start when 'next_business_day' then f.day else s.day end + interval '1' day * (s.n - case when s.start = 'next_business_day' then 1 else 0 end) as date) end as due_day
  from clock_starts as s
  join calendar_days as a on a.calendar = s.calendar and a.day = s.day
  left join calendar_days as e on e.calendar = s.calendar and e.is_business and e.bd_no = a.bd_no + s.n
  left join calendar_days as f on f.calendar = s.calendar and f.is_business and f.bd_no = a.bd_no + 1
), zone_days as (
  select d.platform, d.shop_id, d.order_id, z.tz, 'zone' as what, z.reading, d.promise_date as due_day
  from due as d
  join (
    select state, tz, 'destination' as reading from state_zones
    union all
    select distinct state, 'UTC', 'UTC' from due
    union all
    select distinct state, 'Asia/Shanghai', 'Asia/Shanghai' from due
  ) as z on z.state is not distinct from d.state
), deadlines as (
  select platform, shop_id, order_id, cast(null as varchar) as what, cast(null as varchar) as deadline, due_week as week, deliver_before_at as before_at
  from due
  union all
  select distinct platform, shop_id, order_id, what, reading, week_start(due_day), local_midnight(cast(due_day + interval '1' day as date), tz)
  from (
    select platform, shop_id, order_id, what, reading, tz, due_day from clock_days
    union all
    select platform, shop_id, order_id, what, reading, tz, due_day from zone_days
  ) as other
  where due_day is not null
), readings as (
  select a.delivery, b.cancelled, c.exclusion,
    case when a.delivery is null then 0 else 1 end + case when b.cancelled is null then 0 else 1 end + case when c.exclusion is null then 0 else 1 end as changes
  from (select cast(null as varchar) as delivery union all select 'first parcel' union all select 'not delivered counts') as a
  cross join (select cast(null as varchar) as cancelled union all select 'all out' union all select 'all in') as b
  cross join (select cast(null as varchar) as exclusion union all select 'nothing left out' union all select 'platform, express, sample out') as c
), read as (
  select d.platform, d.shop_id, d.order_id, l.what, l.deadline, r.delivery, r.cancelled, r.exclusion,
    r.changes + case when l.deadline is null then 0 else 1 end as changes, l.before_at,
    case r.delivery when 'first parcel' then coalesce(f.first_delivered_at, d.delivered_at)
      when 'not delivered counts' then coalesce(d.delivered_at, case when d.cancelled_at is null and d.terminal is null then l.before_at - interval '1' second end)
      else d.delivered_at end as arrived_at,
    case when l.week = d.start
      and case r.exclusion when 'nothing left out' then 0 when 'platform, express, sample out' then d.is_special else d.is_ruled_out end = 0
      and not (case r.cancelled when 'all out' then d.cancelled_at is not null when 'all in' then false
        else d.leaves_cancelled = 1 and coalesce(d.cancelled_at < l.before_at and d.delivered_at is null and (d.moved_at is null or d.cancelled_at < d.moved_at), false) end)
      then 1 else 0 end as is_in
  from due as d
  join deadlines as l on l.platform = d.platform and l.shop_id = d.shop_id and l.order_id = d.order_id
  cross join readings as r
  left join first_arrivals as f on f.platform = d.platform and f.shop_id = d.shop_id and f.order_id = d.order_id
  where r.changes + case when l.deadline is null then 0 else 1 end <= 2
)
select platform, shop_id, order_id, case when what = 'clock' then deadline end as clock, case when what = 'zone' then deadline end as zone,
  case when delivery = 'first parcel' then delivery end as split, case when delivery = 'not delivered counts' then delivery end as late_feed,
  cancelled, exclusion, changes, is_in, case when is_in = 1 and arrived_at < before_at then 1 else 0 end as is_on_time
from read
