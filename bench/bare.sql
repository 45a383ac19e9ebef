-- name: bare
-- purpose: the yardstick of the bench: what a good engineer writes by hand in DuckDB over the demo's export files, from text to weekly numbers
-- grain: one run over everything that lies below inbox/ (relative to the working folder); tables go to bare/*.parquet
-- inputs: the six feeds of a demo workspace, plain files
-- parameters: threads and memory_limit are set by the caller
-- units: instants in UTC, weeks are Mondays of Los Angeles, bins in ten minutes
-- Left out on purpose:
--   reject rows, raw archive, versions, increments, pages and what only a page needs: the list of actions, forecasts, what changed, near misses,
--   curves and bounds. A second run does everything again.
--   recipient, phone and street, which nobody may keep.
--   load_id, record_no and p_month of every table, first_event_month and last_event_month of shipment_facts: they say where a row came from and which
--   partitions an increment reads again, and there is neither here.
--   what no file here says: costs, handling days, hand-overs, deliveries and promised days beside the scans, references, masters, voiding scans and refused
--   addresses. Where the facts have a column for it, it is empty.
-- The script knows its files: all orders are regular, approved on the day on which they are made, and sent by the seller; every parcel has an order with a
-- deadline; one channel is domestic; the codes of carriers stand below; all feeds are exported at one instant, so that nothing in them is later than the as-of.

set preserve_insertion_order = false;

-- Milestones by carrier and code, or by text where a carrier gives no codes. Numbers are in the order of the journey: 10 label, 20 picked up, 30 inbound scan,
-- 40 outbound, 50 and 55 export customs, 70 departed, 80 arrived, 90, 95 and 97 import customs begun, released and held, 100 handed to the last mile,
-- 110 last mile, 120 out for delivery, 130 attempt failed, 140 delivered, 160 returning, 170 returned, 180 lost, 185 destroyed.
create temp table milestone_map as
select carrier, word, cast(milestone as utinyint) as milestone from (values
  ('hd_line', 'CR', 10),
  ('hd_line', 'PU', 20),
  ('hd_line', 'IN', 30),
  ('hd_line', 'OU', 40),
  ('hd_line', 'EXS', 50),
  ('hd_line', 'EXR', 55),
  ('hd_line', 'DEP', 70),
  ('hd_line', 'ARR', 80),
  ('hd_line', 'IMS', 90),
  ('hd_line', 'IMH', 97),
  ('hd_line', 'IMR', 95),
  ('hd_line', 'HLM', 100),
  ('hd_line', 'OK', 140),
  ('hd_line', 'RTN', 160),
  ('hd_line', 'RTD', 170),
  ('hd_line', 'LOS', 180),
  ('hd_line', 'DES', 185),
  ('nh_line', '1000', 10),
  ('nh_line', '1100', 20),
  ('nh_line', '1200', 30),
  ('nh_line', '1300', 40),
  ('nh_line', '2000', 50),
  ('nh_line', '2100', 55),
  ('nh_line', '3000', 70),
  ('nh_line', '3100', 80),
  ('nh_line', '4000', 90),
  ('nh_line', '4050', 97),
  ('nh_line', '4100', 95),
  ('nh_line', '5000', 100),
  ('nh_line', '9000', 140),
  ('nh_line', '8000', 160),
  ('nh_line', '8100', 170),
  ('nh_line', '9500', 180),
  ('nh_line', '9600', 185),
  ('pb_line', '电子信息已收到', 10),
  ('pb_line', '司机已揽件', 20),
  ('pb_line', '仓库已收货', 30),
  ('pb_line', '仓库已出库', 40),
  ('pb_line', '正在出口报关', 50),
  ('pb_line', '出口报关放行', 55),
  ('pb_line', '飞机起飞', 70),
  ('pb_line', '飞机落地', 80),
  ('pb_line', '正在进口清关', 90),
  ('pb_line', '进口清关异常，海关扣留', 97),
  ('pb_line', '进口清关放行', 95),
  ('pb_line', '转尾程配送', 100),
  ('pb_line', '妥投签收', 140),
  ('pb_line', '退件途中', 160),
  ('pb_line', '退件已签收', 170),
  ('pb_line', '货物遗失', 180),
  ('pb_line', '货物销毁', 185),
  ('ow_us', 'MA', 10),
  ('ow_us', 'OR', 20),
  ('ow_us', 'AR', 30),
  ('ow_us', 'IT', 110),
  ('ow_us', 'OD', 120),
  ('ow_us', 'DX', 130),
  ('ow_us', 'DL', 140),
  ('ow_us', 'RS', 160),
  ('ow_us', 'RD', 170),
  ('ow_us', 'LP', 180),
  ('ow_us', 'DP', 185),
  ('us_post', 'GX', 10),
  ('us_post', '03', 20),
  ('us_post', '82', 100),
  ('us_post', '10', 110),
  ('us_post', '59', 120),
  ('us_post', '53', 130),
  ('us_post', '01', 140),
  ('us_post', '09', 160),
  ('us_post', '14', 170),
  ('swift_us', 'S00', 10),
  ('swift_us', 'S10', 100),
  ('swift_us', 'S20', 110),
  ('swift_us', 'S30', 120),
  ('swift_us', 'S35', 130),
  ('swift_us', 'S40', 140),
  ('swift_us', 'S80', 160),
  ('swift_us', 'S85', 170)) as m (carrier, word, milestone);

-- When each file was exported stands in its name.
create temp table files as
select file, regexp_extract(file, 'inbox/([^/]+)/', 1) as feed,
  cast(strptime(regexp_extract(file, '(\d{8}T\d{6})Z', 1), '%Y%m%dT%H%M%S') || '+00' as timestamptz) as exported_at
from glob('inbox/*/*');

-- Everything is judged at the least last export over the feeds; the pages show the week before it and the twelve before that.
set TimeZone = 'America/Los_Angeles';

set variable as_of = (
  select min(horizon)
  from (select max(exported_at) as horizon from files where feed in ('orders_a', 'orders_b', 'shipments', 'links', 'track_line', 'track_last') group by feed));

set variable first_week = (select cast(date_trunc('week', cast(getvariable('as_of') as date)) as date) - 91);

set variable first_month = (select cast(date_trunc('month', getvariable('first_week')) as date) - interval 1 month);

-- Single scans and parcels are looked at from two days before the first week.
set variable shown_from = (select cast(getvariable('first_week') - 2 || ' 00:00:00+00' as timestamptz));

-- Orders: both shops, typed, exact repeats dropped.
create temp table orders_in as
with typed as (
  select 'tiktok' as platform, 'shop-A' as shop_id, "Order ID" as order_id, "Order Status" as status, "Order Type" as order_type,
    "Fulfillment Type" as fulfilment,
    cast(try_strptime("Created Time", '%m/%d/%Y %H:%M:%S') as timestamptz) as created_at,
    cast(try_strptime("Paid Time", '%m/%d/%Y %H:%M:%S') as timestamptz) as approved_at,
    cast(try_strptime("RTS Time", '%m/%d/%Y %H:%M:%S') as timestamptz) as tracking_uploaded_at,
    cast(try_strptime("Cancelled Time", '%m/%d/%Y %H:%M:%S') as timestamptz) as cancelled_at,
    "Cancel By" as cancel_fault, "Cancel Reason" as cancel_reason,
    cast(try_strptime("Ship Before", '%m/%d/%Y %H:%M:%S') as timestamptz) as dispatch_before_at,
    cast(try_strptime("Deliver Before", '%m/%d/%Y %H:%M:%S') as timestamptz) as deliver_before_at,
    State as state, City as city, Zipcode as postal_code, Country as country,
    try_cast("Order Amount" as decimal(18, 4)) as amount, Currency as currency, filename
  from read_csv('inbox/orders_a/*.csv', auto_detect = false, delim = ',', quote = '"', escape = '"', header = true, ignore_errors = true, filename = true, columns = {
    'Order ID': 'varchar', 'Order Status': 'varchar', 'Order Type': 'varchar', 'Fulfillment Type': 'varchar', 'Created Time': 'varchar',
    'Paid Time': 'varchar', 'RTS Time': 'varchar', 'Cancelled Time': 'varchar', 'Cancel By': 'varchar', 'Cancel Reason': 'varchar',
    'Ship Before': 'varchar', 'Deliver Before': 'varchar', 'State': 'varchar', 'City': 'varchar', 'Zipcode': 'varchar', 'Country': 'varchar',
    'Order Amount': 'varchar', 'Currency': 'varchar', 'Recipient': 'varchar', 'Phone #': 'varchar', 'Address Line 1': 'varchar'})
  union all
  select 'tiktok', 'shop-B', order_id, status, type, fulfilment,
    try_cast(created_at as timestamptz), try_cast(approved_at as timestamptz), try_cast(tracking_at as timestamptz), try_cast(cancelled_at as timestamptz),
    cancel_by, cancel_reason, cast(null as timestamptz), cast(null as timestamptz),
    state, city, zip, country, try_cast(amount as decimal(18, 4)), currency, filename
  from read_csv('inbox/orders_b/*.csv', auto_detect = false, delim = ',', quote = '"', escape = '"', header = true, ignore_errors = true, filename = true, columns = {
    order_id: 'varchar', status: 'varchar', type: 'varchar', fulfilment: 'varchar', created_at: 'varchar', approved_at: 'varchar',
    tracking_at: 'varchar', cancelled_at: 'varchar', cancel_by: 'varchar', cancel_reason: 'varchar', state: 'varchar', city: 'varchar',
    zip: 'varchar', country: 'varchar', amount: 'varchar', currency: 'varchar', recipient: 'varchar', phone: 'varchar', street: 'varchar'})
)
select t.* exclude (filename, status),
  case t.status when 'Awaiting shipment' then 'awaiting_shipment' when 'Awaiting collection' then 'awaiting_collection' when 'In transit' then 'in_transit'
    when 'Delivered' then 'delivered' when 'Cancelled' then 'cancelled' else t.status end as order_status,
  max(f.exported_at) as exported_at
from typed as t
join files as f on f.file = t.filename
where t.order_id is not null and t.created_at is not null and t.amount is not null
group by all;

copy orders_in to 'bare/orders_in.parquet' (format parquet, compression zstd);

-- Shipments: one row per parcel and order.
create temp table shipments_in as
select s.shipment_id, s.platform, s.shop as shop_id, s.order_id, s.role, s.direction, s.provider, s.channel, s.service as service_tier,
  s.carrier, s.tracking_no as tracking_number, s.last_mile_carrier, s.last_mile_no as last_mile_number,
  try_cast(s.label_at as timestamptz) as label_at, s.status, try_cast(s.voided_at as timestamptz) as cancelled_at,
  try_cast(s.weight as decimal(18, 4)) as weight, s.weight_unit, s.state, s.zip as postal_code, s.country,
  try_cast(s.length as decimal(18, 4)) as length, try_cast(s.width as decimal(18, 4)) as width, try_cast(s.height as decimal(18, 4)) as height, s.length_unit,
  s.features, try_cast(s.declared_value as decimal(18, 4)) as declared_value, s.declared_currency,
  max(f.exported_at) as exported_at
from read_csv('inbox/shipments/*.csv', auto_detect = false, delim = ';', quote = '"', escape = '"', header = true, ignore_errors = true, filename = true, columns = {
    shipment_id: 'varchar', platform: 'varchar', shop: 'varchar', order_id: 'varchar', role: 'varchar', direction: 'varchar',
    provider: 'varchar', channel: 'varchar', service: 'varchar', carrier: 'varchar', tracking_no: 'varchar', last_mile_carrier: 'varchar',
    last_mile_no: 'varchar', label_at: 'varchar', status: 'varchar', voided_at: 'varchar', weight: 'varchar', weight_unit: 'varchar',
    state: 'varchar', zip: 'varchar', country: 'varchar', length: 'varchar', width: 'varchar', height: 'varchar', length_unit: 'varchar',
    features: 'varchar', declared_value: 'varchar', declared_currency: 'varchar'}) as s
join files as f on f.file = s.filename
where s.shipment_id is not null and try_cast(s.label_at as timestamptz) is not null and try_cast(s.weight as decimal(18, 4)) is not null
group by all;

copy shipments_in to 'bare/shipments_in.parquet' (format parquet, compression zstd);

-- Which number of the last mile is which number of a line.
create temp table links_in as
select l.carrier, l.number, l.linked_carrier, l.linked_number, l.role, try_cast(l.linked_at as timestamptz) as linked_at, try_cast(l.withdrawn as boolean) as withdrawn,
  max(f.exported_at) as exported_at
from read_ndjson('inbox/links/*.ndjson', ignore_errors = true, filename = true, columns = {
  carrier: 'varchar', number: 'varchar', linked_carrier: 'varchar', linked_number: 'varchar', role: 'varchar', linked_at: 'varchar', withdrawn: 'varchar'}) as l
join files as f on f.file = l.filename
where try_cast(l.linked_at as timestamptz) is not null and l.linked_number <> ''
group by all;

copy links_in to 'bare/links_in.parquet' (format parquet, compression zstd);

-- Scans: two feeds, naive Chinese times and UTC times. The last mile's own word (source 0) counts more than the line's (source 1).
create temp table tracking_events as
select distinct cast(1 as utinyint) as source_rank, carrier, waybill_no as tracking_number, event_code as code, event_text as text, event_time as time_raw, place, country,
  try_cast(event_time || '+08' as timestamptz) as event_at
from read_csv('inbox/track_line/*.tsv', auto_detect = false, delim = '\t', quote = '"', escape = '"', header = true, ignore_errors = true, columns = {
    carrier: 'varchar', waybill_no: 'varchar', event_code: 'varchar', event_text: 'varchar', event_time: 'varchar', place: 'varchar',
    country: 'varchar'})
where waybill_no is not null and try_cast(event_time || '+08' as timestamptz) is not null
union all
select distinct cast(0 as utinyint), carrier, tracking_number, code, description, event_time, location, country, try_cast(event_time as timestamptz)
from read_csv('inbox/track_last/*.csv', auto_detect = false, delim = ',', quote = '"', escape = '"', header = true, ignore_errors = true, columns = {
    carrier: 'varchar', tracking_number: 'varchar', code: 'varchar', description: 'varchar', event_time: 'varchar', location: 'varchar',
    country: 'varchar'})
where tracking_number is not null and try_cast(event_time as timestamptz) is not null;

copy tracking_events to 'bare/tracking_events.parquet' (format parquet, compression zstd);

-- Business days by a running number: n business days after a day is the business day with number bd_no + n.
create temp table calendar as
with holidays as (
  select unnest(cast([
    '2024-11-28', '2024-12-25', '2025-01-01', '2025-01-20', '2025-02-17', '2025-05-26', '2025-06-19', '2025-07-04', '2025-09-01', '2025-10-13', '2025-11-11',
    '2025-11-27', '2025-12-25', '2026-01-01', '2026-01-19', '2026-02-16', '2026-05-25', '2026-06-19', '2026-07-03', '2026-09-07', '2026-10-12', '2026-11-11',
    '2026-11-26', '2026-12-25', '2027-01-01', '2027-01-18', '2027-02-15'] as date[])) as d
), days as (
  select cast(r.range as date) as d, isodow(cast(r.range as date)) < 6 and h.d is null as is_open
  from range(timestamp '2024-11-01', timestamp '2027-03-01', interval 1 day) as r
  left join holidays as h on h.d = cast(r.range as date)
)
select d, is_open, count(*) filter (where is_open) over (order by d) as bd_no
from days;

-- What an order of shop-B made on a day has to keep, for its export has no deadlines: two business days to dispatch, four in the fortnight from 2026-01-12 in
-- which the rule changed, and six to deliver. Shop-A's export has its own. Orders are approved on the day on which they are made.
create temp table due_days as
select c.d, cast(p.d + 1 as timestamptz) as dispatch_before_at, v.d as promise_date, cast(v.d + 1 as timestamptz) as deliver_before_at
from calendar as c
join calendar as p on p.is_open and p.bd_no = c.bd_no + case when c.d >= date '2026-01-12' and c.d < date '2026-01-26' then 4 else 2 end
join calendar as v on v.is_open and v.bd_no = c.bd_no + 6;

-- Current rows: those of the newest export. Numbers of our own stand for orders and parcels in joins, because long texts cost more.
create temp table orders as
with newest as (
  select * exclude (dispatch_before_at, deliver_before_at), dispatch_before_at as own_dispatch_at, deliver_before_at as own_deliver_at, cast(created_at as date) as created_day
  from orders_in
  where rowid in (select arg_max(rowid, exported_at) from orders_in group by platform, shop_id, order_id)
)
select row_number() over () as oid, o.* exclude (own_dispatch_at, own_deliver_at),
  coalesce(o.own_dispatch_at, d.dispatch_before_at) as dispatch_before_at, coalesce(o.own_deliver_at, d.deliver_before_at) as deliver_before_at,
  case when o.own_deliver_at is null then d.promise_date else cast(o.own_deliver_at - interval 1 second as date) end as promise_date,
  case when o.own_deliver_at is null then 'sla' else 'export' end as deadline_source
from newest as o
join due_days as d on d.d = o.created_day;

create temp table shipments as
select row_number() over () as sid, *
from shipments_in
where rowid in (select arg_max(rowid, exported_at) from shipments_in group by shipment_id);

create temp table order_shipments as
select distinct s.platform, s.shop_id, s.order_id, s.shipment_id, s.role
from shipments_in as s;

copy order_shipments to 'bare/order_shipments.parquet' (format parquet, compression zstd);

-- Which order is in which parcel.
create temp table carried as
select o.oid, p.sid, c.role
from order_shipments as c
join shipments as p on p.shipment_id = c.shipment_id
join orders as o on o.platform = c.platform and o.shop_id = c.shop_id and o.order_id = c.order_id;

-- Numbers with the span in which they mean a parcel: a number that is given out again means the new parcel from three days before its label on, for clocks
-- differ. A link belongs to the newest parcel that had the number when the link was made. Only numbers that several parcels had need a look at their turns.
create temp table shipment_numbers as
with own as (
  select sid, shipment_id, label_at, carrier, tracking_number as number, 'line' as role from shipments
  union all
  select sid, shipment_id, label_at, last_mile_carrier, last_mile_number, 'last_mile' from shipments where last_mile_number is not null
), links as (
  select *
  from links_in
  qualify row_number() over (partition by carrier, number, linked_carrier, linked_number order by exported_at desc, linked_at desc) = 1
), linked as (
  select o.sid, o.shipment_id, o.label_at, l.linked_carrier as carrier, l.linked_number as number, l.role
  from links as l
  join own as o on o.carrier = l.carrier and o.number = l.number
  where not l.withdrawn
  qualify row_number() over (partition by l.carrier, l.number, l.linked_carrier, l.linked_number
    order by o.label_at <= l.linked_at + interval 72 hour desc, o.label_at desc) = 1
), numbers as (
  select * from own union select * from linked
), turns as (
  select carrier, number, shipment_id, row_number() over held as turn, label_at - interval 72 hour as valid_from, lead(label_at - interval 72 hour) over held as valid_to
  from numbers
  where (carrier, number) in (select (carrier, number) from numbers group by carrier, number having count(*) > 1)
  window held as (partition by carrier, number order by label_at, shipment_id)
)
select n.carrier, n.number, n.role, n.shipment_id, n.sid,
  case when t.turn > 1 then t.valid_from else timestamptz '1900-01-01 00:00:00+00' end as valid_from,
  coalesce(t.valid_to, timestamptz '9999-01-01 00:00:00+00') as valid_to
from numbers as n
left join turns as t on t.carrier = n.carrier and t.number = n.number and t.shipment_id = n.shipment_id;

copy (select * exclude (sid) from shipment_numbers) to 'bare/shipment_numbers.parquet' (format parquet, compression zstd);

-- Scans with their parcel and milestone: 0 where the code is not in the table.
create temp table scans as
select n.sid, e.event_at, e.source_rank, coalesce(m.milestone, 0) as milestone
from tracking_events as e
join shipment_numbers as n on n.carrier = e.carrier and n.number = e.tracking_number and e.event_at >= n.valid_from and e.event_at < n.valid_to
left join milestone_map as m on m.carrier = e.carrier and m.word = coalesce(e.code, e.text);

-- What the scans of a parcel say. A scan that counts is a carrier's hand on the parcel on its way to the buyer: no return, no loss.
create temp table traces as
with spine as (
  select sid,
    min(event_at) filter (where milestone = 20) as collected_at,
    min(event_at) filter (where milestone = 30) as inbound_at,
    min(event_at) filter (where milestone between 20 and 149) as first_scan_at,
    min(event_at, 2) filter (where milestone between 20 and 149) as first_two,
    min(event_at) filter (where milestone in (50, 55)) as export_customs_at,
    min(event_at) filter (where milestone = 70) as departed_at,
    min(event_at) filter (where milestone = 80) as arrived_at,
    min(event_at) filter (where milestone = 90) as import_begun_at,
    min(event_at) filter (where milestone = 95) as import_released_at,
    max(event_at) filter (where milestone = 97) as customs_held_at,
    min(event_at) filter (where milestone = 100) as last_mile_at,
    min(event_at) filter (where milestone = 120) as out_for_delivery_at,
    min(event_at) filter (where milestone = 130) as attempt_failed_at,
    min(event_at) filter (where milestone = 140 and source_rank = 0) as delivered_last,
    min(event_at) filter (where milestone = 140 and source_rank = 1) as delivered_line,
    min(event_at) filter (where milestone = 160) as returning_at,
    min(event_at) filter (where milestone = 170) as returned_at,
    min(event_at) filter (where milestone = 180) as lost_at,
    min(event_at) filter (where milestone = 185) as destroyed_at,
    -- newest scan and its milestone in one number
    max(epoch_us(event_at) * 256 + milestone) as newest,
    count(*) as events,
    count(*) filter (where milestone between 20 and 149) as scans,
    count(*) filter (where milestone = 0) as unmapped
  from scans
  group by sid
)
select * exclude (collected_at, inbound_at, import_begun_at, import_released_at, first_two, newest, delivered_last, delivered_line),
  coalesce(collected_at, inbound_at) as picked_up_at,
  coalesce(import_released_at, import_begun_at) as import_customs_at,
  first_two[2] as second_scan_at,
  make_timestamptz(newest // 256) as last_event_at,
  cast(newest % 256 as integer) as last_milestone,
  -- never after the first sign of a return
  coalesce(
    case when returning_at is null or delivered_last <= returning_at then delivered_last end,
    case when returning_at is null or delivered_line <= returning_at then delivered_line end) as delivered_at
from spine;

-- One row per parcel with its milestones.
create temp table shipment_facts as
with late as (
  select t.sid, count(*) as scans_after_delivered
  from traces as t
  join scans as e on e.sid = t.sid and e.event_at > t.delivered_at
  where t.last_event_at > t.delivered_at
  group by t.sid
), promised as (
  select c.sid, max(o.deliver_before_at) as deliver_before_at,
    case when min(o.fulfilment) = max(o.fulfilment) then min(o.fulfilment) end as fulfilment,
    case when min(o.order_type) = max(o.order_type) then min(o.order_type) else 'regular' end as order_type
  from carried as c
  join orders as o on o.oid = c.oid
  group by c.sid
)
select s.sid, s.shipment_id, s.platform, s.shop_id, s.role, s.direction, s.provider, s.channel, s.service_tier, s.carrier, s.tracking_number, s.last_mile_number, s.state,
  p.fulfilment, p.order_type, s.label_at,
  cast(date_trunc('week', cast(coalesce(t.picked_up_at, t.first_scan_at, s.label_at) as date)) as date) as ship_week,
  coalesce(t.picked_up_at, t.first_scan_at) as handed_over_at,
  t.first_scan_at, t.second_scan_at, t.picked_up_at, t.export_customs_at, t.departed_at, t.arrived_at, t.import_customs_at, t.last_mile_at, t.out_for_delivery_at,
  t.attempt_failed_at, t.customs_held_at, t.returning_at, cast(null as timestamptz) as address_problem_at, t.delivered_at,
  case when t.delivered_at is not null then 'delivered' when t.returned_at is not null then 'returned' when t.destroyed_at is not null then 'destroyed'
    when t.lost_at is not null then 'lost' when s.cancelled_at is not null then 'cancelled' end as terminal,
  coalesce(t.delivered_at, t.returned_at, t.destroyed_at, t.lost_at, s.cancelled_at) as terminal_at,
  case when t.delivered_at >= coalesce(t.picked_up_at, t.first_scan_at)
    then (epoch_us(t.delivered_at) - epoch_us(coalesce(t.picked_up_at, t.first_scan_at))) / 3.6e9 end as transit_hours,
  case when s.direction <> 'return' then p.deliver_before_at end as deliver_before_at,
  t.last_event_at, t.last_milestone, coalesce(t.events, 0) as events, coalesce(t.scans, 0) as scans, coalesce(t.unmapped, 0) as unmapped,
  cast((t.picked_up_at is not null)::int + (t.export_customs_at is not null)::int + (t.departed_at is not null)::int + (t.arrived_at is not null)::int
    + (t.import_customs_at is not null)::int + (t.last_mile_at is not null)::int + (t.delivered_at is not null)::int as integer) as nodes,
  coalesce(l.scans_after_delivered, 0) as scans_after_delivered,
  -- a leg is counted where both its ends are known
  cast(coalesce((t.export_customs_at < t.picked_up_at)::int, 0) + coalesce((t.departed_at < coalesce(t.export_customs_at, t.picked_up_at))::int, 0)
    + coalesce((t.arrived_at < t.departed_at)::int, 0) + coalesce((t.import_customs_at < t.arrived_at)::int, 0)
    + coalesce((t.last_mile_at < coalesce(t.import_customs_at, t.arrived_at))::int, 0)
    + coalesce((t.delivered_at < coalesce(t.last_mile_at, t.picked_up_at))::int, 0) as integer) as negative_legs,
  cast(s.weight as double) * case s.weight_unit when 'g' then 1 when 'kg' then 1000 when 'lb' then 453.59237 when 'oz' then 28.349523125 end as weight_g,
  cast(null as decimal(18, 4)) as cost_amount, cast(null as varchar) as cost_currency
from shipments as s
left join traces as t on t.sid = s.sid
left join late as l on l.sid = s.sid
left join promised as p on p.sid = s.sid;

copy (select * exclude (sid) from shipment_facts) to 'bare/shipment_facts.parquet' (format parquet, compression zstd);

-- One row per order. A parcel that is sent again takes the place of what had not arrived by then; a voided label is no parcel.
create temp table order_facts as
with parcels as (
  select c.oid, c.role, f.shipment_id, f.channel, f.weight_g, f.handed_over_at, f.first_scan_at, f.delivered_at, f.terminal, f.terminal_at,
    f.terminal is distinct from 'cancelled' and (r.reship_at is null or c.role <> 'outbound' or f.delivered_at < r.reship_at) is not distinct from true as counts
  from carried as c
  join shipment_facts as f on f.sid = c.sid
  left join (
    select c.oid, max(f.label_at) as reship_at
    from carried as c
    join shipment_facts as f on f.sid = c.sid
    where c.role = 'reship' and f.terminal is distinct from 'cancelled'
    group by c.oid
  ) as r on r.oid = c.oid
  where c.role <> 'return'
), by_order as (
  select oid, min(handed_over_at) as handed_over_at, min(first_scan_at) as first_scan_at, count(*) as parcels_all,
    count(*) filter (where counts) as parcels,
    count(delivered_at) filter (where counts) as parcels_delivered,
    max(delivered_at) filter (where counts) as delivered_at,
    count(terminal) filter (where counts) as ended,
    max(terminal_at) filter (where counts) as ended_at,
    arg_max(terminal, (terminal_at, shipment_id)) filter (where counts and terminal <> 'delivered') as bad_end,
    arg_max(channel, (weight_g, shipment_id)) as channel
  from parcels
  group by oid
), joined as (
  select o.*, b.handed_over_at, b.first_scan_at, b.channel, b.ended, b.ended_at, b.bad_end,
    coalesce(b.parcels, 0) as parcels, coalesce(b.parcels_delivered, 0) as parcels_delivered, coalesce(b.parcels_all, 0) as parcels_all,
    case when b.parcels = b.parcels_delivered then b.delivered_at end as delivered_at,
    -- until 2026-01-12 an uploaded number counted as dispatch, since then the carrier's first scan
    case when o.created_at < timestamptz '2026-01-12 08:00:00+00' then coalesce(o.tracking_uploaded_at, b.handed_over_at) else coalesce(b.first_scan_at, b.handed_over_at) end as dispatched_at
  from orders as o
  left join by_order as b on b.oid = o.oid
)
select platform, shop_id, order_id, order_status, fulfilment, order_type, created_at, approved_at, tracking_uploaded_at, dispatch_before_at, deliver_before_at, promise_date,
  'America/Los_Angeles' as promise_tz, deadline_source, handed_over_at, dispatched_at, first_scan_at, delivered_at, cancelled_at, cancel_fault, channel, state,
  cast(date_trunc('week', promise_date) as date) as due_week,
  cast(date_trunc('week', created_day) as date) as created_week,
  cast(date_trunc('week', cast(dispatched_at as date)) as date) as dispatched_week,
  parcels, parcels_delivered, parcels_all,
  case when delivered_at is not null then 'delivered' when parcels > 0 and ended = parcels then bad_end
    when parcels = 0 and cancelled_at is not null then 'cancelled' end as terminal,
  case when delivered_at is not null then delivered_at when parcels > 0 and ended = parcels then ended_at when parcels = 0 then cancelled_at end as terminal_at,
  amount, currency
from joined;

copy order_facts to 'bare/order_facts.parquet' (format parquet, compression zstd);

-- Weekly numbers: on-time delivery by shop, by channel and by state, of all weeks. Left out is an order that was cancelled before it moved and before its deadline.
copy (
  select case when grouping(channel) = 0 then 'channel' when grouping(state) = 0 then 'state' else 'shop' end as grain,
    shop_id, channel, state, due_week,
    count(*) filter (where not excluded) as due,
    count(*) filter (where not excluded and delivered_at < deliver_before_at) as on_time,
    count(*) filter (where not excluded and delivered_at is null and deliver_before_at > getvariable('as_of')) as open,
    count(*) filter (where excluded) as excluded
  from (
    select shop_id, channel, state, due_week, delivered_at, deliver_before_at,
      coalesce(cancelled_at < deliver_before_at and delivered_at is null and (least(first_scan_at, handed_over_at) is null or cancelled_at < least(first_scan_at, handed_over_at)), false) as excluded
    from order_facts
  )
  group by grouping sets ((shop_id, due_week), (shop_id, channel, due_week), (shop_id, state, due_week))
) to 'bare/otdr.parquet' (format parquet, compression zstd);

-- First scan within 48 hours of the label, voided labels apart.
copy (
  select shop_id, cast(date_trunc('week', cast(label_at as date)) as date) as week,
    count(*) filter (where not voided) as labelled,
    count(*) filter (where not voided and first_scan_at < label_at + interval 48 hour) as scanned_in_time,
    count(*) filter (where not voided and first_scan_at is null and label_at + interval 48 hour > getvariable('as_of')) as open,
    count(*) filter (where voided) as excluded
  from (select shop_id, label_at, first_scan_at, terminal is not distinct from 'cancelled' as voided, direction from shipment_facts)
  where direction = 'outbound' and label_at >= getvariable('shown_from') and week >= getvariable('first_week')
  group by shop_id, week
) to 'bare/first_scan.parquet' (format parquet, compression zstd);

-- Late dispatch by the week of the dispatch; an order that is overdue is in the week of its deadline, beside the rate.
copy (
  select shop_id, coalesce(dispatched_week, cast(date_trunc('week', cast(dispatch_before_at - interval 1 second as date)) as date)) as week,
    count(dispatched_at) as dispatched,
    count(*) filter (where dispatched_at >= dispatch_before_at) as late,
    count(*) filter (where dispatched_at is null) as overdue
  from order_facts
  where coalesce(dispatched_at, dispatch_before_at) >= getvariable('shown_from')
    and (dispatched_at is not null or (dispatch_before_at <= getvariable('as_of') and cancelled_at is null and terminal is null))
    and week >= getvariable('first_week')
  group by shop_id, week
) to 'bare/dispatch.parquet' (format parquet, compression zstd);

-- Unshipped orders by the week of the dispatch deadline. Left out is an order that was cancelled before it and never dispatched.
copy (
  select shop_id, cast(date_trunc('week', cast(dispatch_before_at - interval 1 second as date)) as date) as week,
    count(*) filter (where not excluded) as due,
    count(*) filter (where not excluded and dispatched_at is null and cancelled_at is null and dispatch_before_at <= getvariable('as_of')) as unshipped,
    count(*) filter (where not excluded and dispatched_at is null and cancelled_at is null and dispatch_before_at > getvariable('as_of')) as open,
    count(*) filter (where excluded) as excluded
  from (select *, coalesce(cancelled_at < dispatch_before_at, false) and dispatched_at is null as excluded from order_facts where dispatch_before_at >= getvariable('shown_from'))
  where week >= getvariable('first_week')
  group by shop_id, week
) to 'bare/unshipped.parquet' (format parquet, compression zstd);

-- Valid tracking: shipped parcels that a carrier scanned twice or more.
copy (
  select shop_id, ship_week as week, count(*) as shipped,
    count(*) filter (where scans >= 2 and first_scan_at is not null) as valid,
    count(*) filter (where (scans < 2 or first_scan_at is null) and terminal is null) as open
  from shipment_facts
  where direction = 'outbound' and handed_over_at is not null and ship_week >= getvariable('first_week')
  group by shop_id, ship_week
) to 'bare/valid_tracking.parquet' (format parquet, compression zstd);

-- Orders that the seller cancelled, of those that were confirmed, by the week of the order. All are approved, and every cancellation says whose fault it is.
copy (
  select shop_id, created_week as week, count(*) as confirmed,
    count(*) filter (where cancelled_at is not null and cancel_fault = 'seller') as seller_fault,
    count(*) filter (where handed_over_at is null and terminal is null and cancelled_at is null) as open
  from order_facts
  where created_week >= getvariable('first_week')
  group by shop_id, created_week
) to 'bare/cancellation.parquet' (format parquet, compression zstd);

-- Whole traces by month, as the rule counts them and from the month before the first week on, and the nodes that the others lack, of parcels that are delivered or past their deadline. Parcels of the
-- channel that crosses no border are not asked.
copy (
  select shop_id, channel, month, count(*) as traced,
    count(*) filter (where nodes = 7) as complete,
    count(*) filter (where nodes < 7 and terminal is null) as open,
    count(*) filter (where picked_up_at is null) as lacks_pickup,
    count(*) filter (where export_customs_at is null) as lacks_export_cleared,
    count(*) filter (where departed_at is null) as lacks_departed,
    count(*) filter (where arrived_at is null) as lacks_arrived,
    count(*) filter (where import_customs_at is null) as lacks_cleared,
    count(*) filter (where last_mile_at is null) as lacks_last_mile,
    count(*) filter (where delivered_at is null) as lacks_delivered
  from (
    select *, cast(date_trunc('month', cast(least(delivered_at, case when deliver_before_at <= getvariable('as_of') then deliver_before_at - interval 1 second end) as date)) as date) as month
    from shipment_facts
    where direction = 'outbound' and handed_over_at is not null and terminal is distinct from 'cancelled' and channel <> 'OW-GND'
      and (delivered_at is null or delivered_at >= getvariable('first_month'))
  )
  where month >= getvariable('first_month')
  group by shop_id, channel, month
) to 'bare/traces.parquet' (format parquet, compression zstd);

-- Kaplan-Meier input: from pickup to delivery in bins of ten minutes; what came back, was lost or destroyed is censored there, the rest at the as-of.
copy (
  select channel, ship_week, case when until_at >= from_at then (epoch_us(until_at) - epoch_us(from_at)) // 600000000 end as bin,
    count(*) filter (where until_at >= from_at and delivered_at is not null) as events,
    count(*) filter (where until_at >= from_at and delivered_at is null) as censored,
    count(*) filter (where until_at >= from_at and terminal_at is null) as open,
    count(*) filter (where until_at < from_at) as negative
  from (
    select channel, ship_week, delivered_at, terminal_at, coalesce(picked_up_at, first_scan_at) as from_at, coalesce(terminal_at, getvariable('as_of')) as until_at
    from shipment_facts
    where direction = 'outbound' and ship_week >= getvariable('first_week')
  )
  where from_at is not null
  group by channel, ship_week, bin
) to 'bare/transit_bins.parquet' (format parquet, compression zstd);

-- Days per leg of what is delivered: of orders up to the hand-over, then of parcels. The domestic channel has no nodes between pickup and delivery.
copy (
  select shop_id, week, leg.name as leg, count(*) filter (where leg.t >= leg.f) as n,
    cast(coalesce(sum(epoch_us(leg.t) - epoch_us(leg.f)) filter (where leg.t >= leg.f), 0) as double) / 86400e6 as sum_days,
    count(*) filter (where leg.f is null or leg.t is null) as missing,
    count(*) filter (where leg.t < leg.f) as negative
  from (
    select shop_id, created_week as week, unnest([
      {'name': 'purchase_approved', 'f': created_at, 't': approved_at},
      {'name': 'approved_handed_over', 'f': approved_at, 't': handed_over_at}]) as leg
    from order_facts
    where delivered_at is not null and created_week >= getvariable('first_week')
    union all
    select shop_id, ship_week, unnest(case when channel = 'OW-GND' then [{'name': 'pickup_delivered', 'f': handed_over_at, 't': delivered_at}] else [
      {'name': 'pickup_export_cleared', 'f': handed_over_at, 't': export_customs_at},
      {'name': 'export_cleared_departed', 'f': export_customs_at, 't': departed_at},
      {'name': 'departed_arrived', 'f': departed_at, 't': arrived_at},
      {'name': 'arrived_cleared', 'f': arrived_at, 't': import_customs_at},
      {'name': 'cleared_last_mile', 'f': import_customs_at, 't': last_mile_at},
      {'name': 'last_mile_delivered', 'f': last_mile_at, 't': delivered_at}] end)
    from shipment_facts
    where direction = 'outbound' and delivered_at is not null and handed_over_at is not null and ship_week >= getvariable('first_week')
  )
  group by shop_id, week, leg.name
) to 'bare/legs.parquet' (format parquet, compression zstd);

-- Parcels that ever ran into trouble, by how they ended.
copy (
  select shop_id, channel, case when delivered_at is not null then 'delivered' when terminal is null then 'open' else 'ended' end as outcome,
    count(*) as n,
    count(*) filter (where coalesce(first_scan_at, terminal_at, getvariable('as_of')) >= label_at + interval 48 hour) as no_trace,
    count(customs_held_at) as customs_held,
    count(address_problem_at) as bad_address,
    count(attempt_failed_at) as attempt_failed,
    count(*) filter (where coalesce(delivered_at, getvariable('as_of')) >= deliver_before_at) as long_undelivered,
    count(*) filter (where returning_at is not null or terminal = 'returned') as returning,
    count(*) filter (where terminal in ('lost', 'destroyed')) as lost
  from shipment_facts
  where direction = 'outbound' and terminal is distinct from 'cancelled' and label_at >= getvariable('shown_from')
  group by shop_id, channel, outcome
) to 'bare/exceptions.parquet' (format parquet, compression zstd);

-- Scans whose code or text the table above does not know.
copy (
  select e.carrier, e.code, min(e.text) as text, count(*) as n
  from tracking_events as e
  anti join milestone_map as m on m.carrier = e.carrier and m.word = coalesce(e.code, e.text)
  where e.event_at >= getvariable('shown_from')
  group by e.carrier, e.code, case when e.code is null then e.text end
) to 'bare/unmapped.parquet' (format parquet, compression zstd);

-- How much all of it stands on. A scan is of one parcel at most: what is left over has none.
copy (
  select (select count(*) from orders) as orders, (select count(*) from shipments) as shipments, (select count(*) from tracking_events) as events,
    (select count(*) from tracking_events where event_at >= getvariable('shown_from')) - (select count(*) from scans where event_at >= getvariable('shown_from')) as orphans
) to 'bare/volumes.parquet' (format parquet, compression zstd);
