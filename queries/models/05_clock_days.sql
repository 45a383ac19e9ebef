-- name: clock_days
-- purpose: the deadline that each clock gives to an order whose clock starts on a local day
-- grain: one row per pack, order type, anchor, clock, handling time and day
-- output: memory
-- inputs: orders by orders, clocks, calendar_days, sla
-- units: due_at is exclusive; business days count by calendar_days.bd_no
with bounds as (
  select cast(min(coalesce(created_at, approved_at)) - interval '2' day as date) as first_day, cast(max(greatest(coalesce(created_at, approved_at), coalesce(approved_at, created_at))) + interval '2' day as date) as last_day
  from orders
), handling as (
  select handling_days from orders where handling_days is not null
  union
  -- what the workspace states for orders that state none
  select handling_days from sla where handling_days is not null
), versions as (
  select pack, order_type, clock, case start when 'awaiting_shipment' then 'approved' when 'label_created' then 'label' else 'created' end as anchor,
    start, from_at, to_at, n, unit, tz, calendar, add_handling, cast(null as integer) as handling_days
  from clocks
  where clock in ('dispatch', 'deliver') and not add_handling
  union all
  select pack, order_type, clock, case start when 'awaiting_shipment' then 'approved' when 'label_created' then 'label' else 'created' end,
    start, from_at, to_at, n + handling_days, unit, tz, calendar, add_handling, handling_days
  from clocks
  cross join handling
  where clock in ('dispatch', 'deliver') and add_handling
), followed as (
  select v.*, lead(v.anchor) over (partition by v.pack, v.order_type, v.clock, v.handling_days order by v.from_at nulls first) as next_anchor
  from versions as v
), started as (
  select v.*, d.day, d.bd_no,
    case when v.start = 'next_business_day' then f.day else d.day end as start_day
  from followed as v
  join calendar_days as d on d.calendar = v.calendar
  join bounds as b on d.day between b.first_day and b.last_day
  left join calendar_days as f on f.calendar = v.calendar and f.is_business and f.bd_no = d.bd_no + 1
), due as (
  select s.*,
    case s.unit
      when 'business_day' then e.day
      when 'calendar_day' then cast(s.start_day + interval '1' day * (s.n - case when s.start = 'next_business_day' then 1 else 0 end) as date)
    end as due_day
  from started as s
  left join calendar_days as e on e.calendar = s.calendar and e.is_business and e.bd_no = s.bd_no + s.n
  -- a version holds from its own clock start on; its range begins at a local midnight, so the day decides
  where s.from_at is null or local_midnight(s.start_day, s.tz) >= s.from_at
), newest as (
  select *, row_number() over (partition by pack, order_type, clock, anchor, handling_days, day order by from_at desc nulls last) as place from due
)
select pack, order_type, clock, anchor, handling_days, add_handling, day, start_day, from_at, next_anchor,
  -- the version has ended by then; whether another one takes over, the order's other anchor says
  coalesce(local_midnight(start_day, tz) >= to_at, false) as is_over, unit, n, start, tz, due_day,
  case when due_day is not null then local_midnight(due_day + interval '1' day, tz) end as due_at
from newest
where place = 1
