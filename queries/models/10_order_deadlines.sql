-- name: order_deadlines
-- purpose: the deadlines of an order: the export's own, else the clock of the pack that the workspace's SLA names
-- grain: one row per order
-- output: memory
-- inputs: orders by orders, clock_days, zone_days, sla
-- units: deadlines are exclusive instants
with shops as (
  -- which pack's clocks apply, the most particular entry first
  select o.platform, o.shop_id, s.pack, s.handling_days, row_number() over (partition by o.platform, o.shop_id order by s.specific desc) as choice
  from (select distinct platform, shop_id from orders) as o
  join sla as s on (s.platform is null or s.platform = o.platform) and (s.shop_id is null or s.shop_id = o.shop_id)
), types as (
  -- a clock of type any serves every type
  select distinct c.pack, t.order_type, c.clock, c.order_type as clock_type
  from (select distinct coalesce(order_type, 'regular') as order_type from orders) as t
  join (select distinct pack, clock, order_type from clock_days) as c on c.order_type = t.order_type or c.order_type = 'any'
), zones as (
  select distinct pack, tz from clock_days
), exported as (
  select o.platform, o.shop_id, o.order_id, o.created_at, o.approved_at, o.fulfilment, coalesce(o.order_type, 'regular') as order_type, coalesce(o.handling_days, s.handling_days) as handling_days, o.dispatch_before_at, o.promise_date,
    o.promise_tz, o.p_month, s.pack,
    -- a promised day without a zone is a day of the platform
    coalesce(o.deliver_before_at, case when o.promise_date is not null then local_midnight(o.promise_date + interval '1' day, coalesce(o.promise_tz, z.tz, 'UTC')) end) as deliver_before_at
  from orders as o
  left join platform_zones as z on z.platform = o.platform
  left join shops as s on s.platform = o.platform and s.shop_id = o.shop_id and s.choice = 1
), needing as (
  select * from exported where pack is not null and (deliver_before_at is null or dispatch_before_at is null)
), anchored as (
  select platform, shop_id, order_id, order_type, handling_days, pack, created_at, approved_at, 'created' as anchor, created_at as anchor_at from needing where created_at is not null
  union all
  select platform, shop_id, order_id, order_type, handling_days, pack, created_at, approved_at, 'approved', approved_at from needing
  where approved_at is not null and pack in (select pack from clock_days where anchor = 'approved')
), wanting as (
  select a.*, coalesce(shifted_date(a.anchor_at, d.shift, d.change_at, d.shift_after), local_date(a.anchor_at, z.tz)) as day
  from anchored as a
  join zones as z on z.pack = a.pack
  left join zone_days as d on d.tz = z.tz and d.day = utc_day(a.anchor_at)
), clock_slots as (
  -- one key for what decides: seven columns in a join cost more than all that follows
  select clock_key(t.pack, t.order_type, c.anchor, c.day) as slot, c.clock, c.tz, c.day, c.due_day, c.due_at, c.from_at, c.unit, c.start, c.start_day, c.n, c.add_handling, c.handling_days, c.is_over, c.next_anchor
  from types as t
  join clock_days as c on c.pack = t.pack and c.order_type = t.clock_type and c.clock = t.clock
), due as (
  select w.platform, w.shop_id, w.order_id, c.clock, c.tz, c.due_day, c.from_at,
    case when c.unit = 'rolling_hours' then (case when c.start = 'next_business_day' then local_midnight(c.start_day, c.tz) else w.anchor_at end) + interval '1' hour * c.n else c.due_at end as due_at
  from wanting as w
  join clock_slots as c on c.slot = clock_key(w.pack, w.order_type, w.anchor, w.day) and c.day = w.day
    and (not c.add_handling or c.handling_days = w.handling_days)
  -- a version that is over judges only an order that has not reached the next one; where that one's start is not known, none does
  where not c.is_over or (c.next_anchor = 'approved' and w.approved_at is not null) or (c.next_anchor = 'created' and w.created_at is not null)
), by_order as (
  -- of several versions the newest that has begun
  select platform, shop_id, order_id,
    max_by(due_at, coalesce(from_at, cast('1900-01-01 00:00:00 UTC' as timestamp with time zone))) filter (where clock = 'dispatch') as dispatch_before_at,
    max_by(due_at, coalesce(from_at, cast('1900-01-01 00:00:00 UTC' as timestamp with time zone))) filter (where clock = 'deliver') as deliver_before_at,
    max_by(due_day, coalesce(from_at, cast('1900-01-01 00:00:00 UTC' as timestamp with time zone))) filter (where clock = 'deliver') as promise_date,
    max(tz) filter (where clock = 'deliver') as promise_tz
  from due
  group by platform, shop_id, order_id
)
select e.platform, e.shop_id, e.order_id, e.fulfilment, e.order_type, e.created_at, e.p_month,
  coalesce(e.dispatch_before_at, b.dispatch_before_at) as dispatch_before_at,
  coalesce(e.deliver_before_at, b.deliver_before_at) as deliver_before_at,
  case when e.deliver_before_at is not null then coalesce(e.promise_date, shifted_date(plus_seconds(e.deliver_before_at, -1), d.shift, d.change_at, d.shift_after), local_date(plus_seconds(e.deliver_before_at, -1), coalesce(e.promise_tz, z.tz, 'UTC'))) else b.promise_date end as promise_date,
  case when e.deliver_before_at is not null then coalesce(e.promise_tz, z.tz, 'UTC') else b.promise_tz end as promise_tz,
  case when e.deliver_before_at is not null then 'export' when b.deliver_before_at is not null then 'sla' else 'none' end as deadline_source,
  coalesce(z.tz, 'UTC') as zone
from exported as e
left join by_order as b on b.platform = e.platform and b.shop_id = e.shop_id and b.order_id = e.order_id
left join platform_zones as z on z.platform = e.platform
left join zone_days as d on d.tz = coalesce(e.promise_tz, z.tz, 'UTC') and d.day = utc_day(plus_seconds(e.deliver_before_at, -1))
