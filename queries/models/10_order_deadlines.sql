-- name: order_deadlines
-- purpose: the deadlines of an order: the export's own, else the clock of the pack that the workspace's SLA names
-- grain: one row per order
-- output: memory
-- inputs: orders by orders
-- units: deadlines are exclusive instants; business days count by calendar_days.bd_no
with exported as (
  select platform, shop_id, order_id, created_at, approved_at, tracking_uploaded_at, coalesce(order_type, 'regular') as order_type, handling_days,
    dispatch_before_at, promise_date, promise_tz, p_month,
    coalesce(deliver_before_at, case when promise_date is not null then local_midnight(promise_date + interval '1' day, coalesce(promise_tz, 'UTC')) end) as deliver_before_at
  from orders
), named as (
  -- which pack's clocks apply, the most particular entry first
  select e.*, s.pack,
    row_number() over (partition by e.platform, e.shop_id, e.order_id order by s.specific desc) as choice
  from exported as e
  join sla as s on (s.platform is null or s.platform = e.platform) and (s.shop_id is null or s.shop_id = e.shop_id)
  where e.deliver_before_at is null or e.dispatch_before_at is null
), started as (
  select n.platform, n.shop_id, n.order_id, n.handling_days, c.clock, c.unit, c.n, c.add_handling, c.tz, c.calendar, c.start, c.from_at,
    case c.start when 'awaiting_shipment' then n.approved_at when 'label_created' then n.tracking_uploaded_at else n.created_at end as anchor_at
  from named as n
  join clocks as c on c.pack = n.pack and (c.order_type = n.order_type or c.order_type = 'any')
  where n.choice = 1 and c.clock in ('dispatch', 'deliver')
), counted as (
  select s.*, local_date(s.anchor_at, s.tz) as start_day, d.bd_no,
    case when s.start = 'next_business_day' then local_midnight(f.day, s.tz) else s.anchor_at end as start_at
  from started as s
  left join calendar_days as d on d.calendar = s.calendar and d.day = local_date(s.anchor_at, s.tz)
  left join calendar_days as f on f.calendar = s.calendar and f.is_business and f.bd_no = d.bd_no + 1
  where s.anchor_at is not null and (not s.add_handling or s.handling_days is not null)
), due as (
  select c.platform, c.shop_id, c.order_id, c.clock, c.tz,
    case c.unit
      when 'business_day' then e.day
      when 'calendar_day' then cast((case when c.start = 'next_business_day' then local_date(c.start_at, c.tz) - interval '1' day else c.start_day end)
        + interval '1' day * (c.n + case when c.add_handling then c.handling_days else 0 end) as date)
    end as due_day,
    case when c.unit = 'rolling_hours' then c.start_at + interval '1' hour * (c.n + case when c.add_handling then c.handling_days else 0 end) end as due_at,
    -- the newest version whose own clock start is not before it
    row_number() over (partition by c.platform, c.shop_id, c.order_id, c.clock order by c.from_at desc nulls last) as version
  from counted as c
  left join calendar_days as e on e.calendar = c.calendar and e.is_business
    and e.bd_no = c.bd_no + c.n + case when c.add_handling then c.handling_days else 0 end
  where c.from_at is null or c.start_at >= c.from_at
), by_order as (
  select platform, shop_id, order_id,
    min(coalesce(due_at, local_midnight(due_day + interval '1' day, tz))) filter (where clock = 'dispatch') as dispatch_before_at,
    min(coalesce(due_at, local_midnight(due_day + interval '1' day, tz))) filter (where clock = 'deliver') as deliver_before_at,
    min(due_day) filter (where clock = 'deliver') as promise_date,
    min(tz) filter (where clock = 'deliver') as promise_tz
  from due
  where version = 1
  group by platform, shop_id, order_id
)
select e.platform, e.shop_id, e.order_id, e.created_at, e.p_month,
  coalesce(e.dispatch_before_at, b.dispatch_before_at) as dispatch_before_at,
  coalesce(e.deliver_before_at, b.deliver_before_at) as deliver_before_at,
  case when e.deliver_before_at is not null then coalesce(e.promise_date, local_date(e.deliver_before_at - interval '1' second, coalesce(e.promise_tz, z.tz, 'UTC'))) else b.promise_date end as promise_date,
  case when e.deliver_before_at is not null then coalesce(e.promise_tz, z.tz, 'UTC') else b.promise_tz end as promise_tz,
  case when e.deliver_before_at is not null then 'export' when b.deliver_before_at is not null then 'sla' else 'none' end as deadline_source,
  coalesce(z.tz, 'UTC') as zone
from exported as e
left join by_order as b on b.platform = e.platform and b.shop_id = e.shop_id and b.order_id = e.order_id
left join platform_zones as z on z.platform = e.platform
