-- name: bare
-- purpose: the yardstick of the bench: what a good engineer writes by hand in DuckDB over the demo's export files, from text to weekly numbers
-- grain: one run over everything that lies below inbox/ (relative to the working folder); tables go to bare/*.parquet
-- inputs: the six feeds of a demo workspace, plain files
-- parameters: threads and memory_limit are set by the caller
-- units: instants in UTC, bins in ten minutes
-- Left out on purpose: reject rows, raw archive, versions, increments, pages. A second run does everything again.

set preserve_insertion_order = false;

-- Milestones by carrier and code, or by text where a carrier gives no codes.
create temp table milestone_map as
select * from (values
  ('hd_line', 'CR', 'info_received'),
  ('hd_line', 'PU', 'picked_up'),
  ('hd_line', 'IN', 'inbound_scan'),
  ('hd_line', 'OU', 'outbound'),
  ('hd_line', 'EXS', 'export_customs_start'),
  ('hd_line', 'EXR', 'export_customs_released'),
  ('hd_line', 'DEP', 'departed_origin'),
  ('hd_line', 'ARR', 'arrived_destination'),
  ('hd_line', 'IMS', 'import_customs_start'),
  ('hd_line', 'IMH', 'import_customs_held'),
  ('hd_line', 'IMR', 'import_customs_released'),
  ('hd_line', 'HLM', 'handed_to_last_mile'),
  ('hd_line', 'OK', 'delivered'),
  ('hd_line', 'RTN', 'returning'),
  ('hd_line', 'RTD', 'returned'),
  ('hd_line', 'LOS', 'lost'),
  ('hd_line', 'DES', 'destroyed'),
  ('nh_line', '1000', 'info_received'),
  ('nh_line', '1100', 'picked_up'),
  ('nh_line', '1200', 'inbound_scan'),
  ('nh_line', '1300', 'outbound'),
  ('nh_line', '2000', 'export_customs_start'),
  ('nh_line', '2100', 'export_customs_released'),
  ('nh_line', '3000', 'departed_origin'),
  ('nh_line', '3100', 'arrived_destination'),
  ('nh_line', '4000', 'import_customs_start'),
  ('nh_line', '4050', 'import_customs_held'),
  ('nh_line', '4100', 'import_customs_released'),
  ('nh_line', '5000', 'handed_to_last_mile'),
  ('nh_line', '9000', 'delivered'),
  ('nh_line', '8000', 'returning'),
  ('nh_line', '8100', 'returned'),
  ('nh_line', '9500', 'lost'),
  ('nh_line', '9600', 'destroyed'),
  ('pb_line', '电子信息已收到', 'info_received'),
  ('pb_line', '司机已揽件', 'picked_up'),
  ('pb_line', '仓库已收货', 'inbound_scan'),
  ('pb_line', '仓库已出库', 'outbound'),
  ('pb_line', '正在出口报关', 'export_customs_start'),
  ('pb_line', '出口报关放行', 'export_customs_released'),
  ('pb_line', '飞机起飞', 'departed_origin'),
  ('pb_line', '飞机落地', 'arrived_destination'),
  ('pb_line', '正在进口清关', 'import_customs_start'),
  ('pb_line', '进口清关异常，海关扣留', 'import_customs_held'),
  ('pb_line', '进口清关放行', 'import_customs_released'),
  ('pb_line', '转尾程配送', 'handed_to_last_mile'),
  ('pb_line', '妥投签收', 'delivered'),
  ('pb_line', '退件途中', 'returning'),
  ('pb_line', '退件已签收', 'returned'),
  ('pb_line', '货物遗失', 'lost'),
  ('pb_line', '货物销毁', 'destroyed'),
  ('ow_us', 'MA', 'info_received'),
  ('ow_us', 'OR', 'picked_up'),
  ('ow_us', 'AR', 'inbound_scan'),
  ('ow_us', 'IT', 'last_mile_in_transit'),
  ('ow_us', 'OD', 'out_for_delivery'),
  ('ow_us', 'DX', 'delivery_attempt_failed'),
  ('ow_us', 'DL', 'delivered'),
  ('ow_us', 'RS', 'returning'),
  ('ow_us', 'RD', 'returned'),
  ('ow_us', 'LP', 'lost'),
  ('ow_us', 'DP', 'destroyed'),
  ('us_post', 'GX', 'info_received'),
  ('us_post', '03', 'picked_up'),
  ('us_post', '82', 'handed_to_last_mile'),
  ('us_post', '10', 'last_mile_in_transit'),
  ('us_post', '59', 'out_for_delivery'),
  ('us_post', '53', 'delivery_attempt_failed'),
  ('us_post', '01', 'delivered'),
  ('us_post', '09', 'returning'),
  ('us_post', '14', 'returned'),
  ('swift_us', 'S00', 'info_received'),
  ('swift_us', 'S10', 'handed_to_last_mile'),
  ('swift_us', 'S20', 'last_mile_in_transit'),
  ('swift_us', 'S30', 'out_for_delivery'),
  ('swift_us', 'S35', 'delivery_attempt_failed'),
  ('swift_us', 'S40', 'delivered'),
  ('swift_us', 'S80', 'returning'),
  ('swift_us', 'S85', 'returned')
) as m (carrier, word, milestone);

-- Orders: both shops, typed, exact repeats dropped.
set TimeZone = 'America/Los_Angeles';

create temp table orders_in as
with raw_a as (
  select * from read_csv('inbox/orders_a/*.csv', all_varchar = true, delim = ',', quote = '"', escape = '"', header = true, ignore_errors = true, filename = true)
), raw_b as (
  select * from read_csv('inbox/orders_b/*.csv', all_varchar = true, delim = ',', quote = '"', escape = '"', header = true, ignore_errors = true, filename = true)
), typed as (
  select 'tiktok' as platform, 'shop-A' as shop_id, "Order ID" as order_id, "Order Status" as order_status, "Order Type" as order_type,
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
  from raw_a
  union all
  select 'tiktok', 'shop-B', order_id, status, type, fulfilment,
    try_cast(created_at as timestamptz), try_cast(approved_at as timestamptz), try_cast(tracking_at as timestamptz), try_cast(cancelled_at as timestamptz),
    cancel_by, cancel_reason, cast(null as timestamptz), cast(null as timestamptz),
    state, city, zip, country, try_cast(amount as decimal(18, 4)), currency, filename
  from raw_b
)
select * exclude (filename),
  max(strptime(regexp_extract(filename, '(\d{8}T\d{6})Z', 1) || ' UTC', '%Y%m%dT%H%M%S %Z')) as exported_at
from typed
where order_id is not null and created_at is not null and amount is not null
group by all;

copy orders_in to 'bare/orders_in.parquet' (format parquet, compression zstd);

-- Shipments: one row per parcel and order.
create temp table shipments_in as
with raw as (
  select * from read_csv('inbox/shipments/*.csv', all_varchar = true, delim = ';', quote = '"', header = true, ignore_errors = true, filename = true)
)
select shipment_id, platform, shop as shop_id, order_id, role, direction, provider, channel, service as service_tier,
  carrier, tracking_no as tracking_number, last_mile_carrier, last_mile_no as last_mile_number,
  try_cast(label_at as timestamptz) as label_at, status, try_cast(voided_at as timestamptz) as cancelled_at,
  try_cast(weight as decimal(18, 4)) as weight, weight_unit, state, zip as postal_code, country,
  max(strptime(regexp_extract(filename, '(\d{8}T\d{6})Z', 1) || ' UTC', '%Y%m%dT%H%M%S %Z')) as exported_at
from raw
where shipment_id is not null and try_cast(label_at as timestamptz) is not null and try_cast(weight as decimal(18, 4)) is not null
group by all;

copy shipments_in to 'bare/shipments_in.parquet' (format parquet, compression zstd);

-- Aliases.
create temp table links_in as
select carrier, number, linked_carrier, linked_number, role, try_cast(linked_at as timestamptz) as linked_at, try_cast(withdrawn as boolean) as withdrawn,
  max(strptime(regexp_extract(filename, '(\d{8}T\d{6})Z', 1) || ' UTC', '%Y%m%dT%H%M%S %Z')) as exported_at
from read_ndjson('inbox/links/*.ndjson', ignore_errors = true, filename = true, columns = {
  carrier: 'varchar', number: 'varchar', linked_carrier: 'varchar', linked_number: 'varchar', role: 'varchar', linked_at: 'varchar', withdrawn: 'varchar'})
where try_cast(linked_at as timestamptz) is not null and linked_number <> ''
group by all;

copy links_in to 'bare/links_in.parquet' (format parquet, compression zstd);

-- Scans: two feeds, naive Chinese times and UTC times.
set TimeZone = 'Asia/Shanghai';

create temp table line_scans as
select carrier, waybill_no as tracking_number, event_code as code, event_text as text, event_time as time_raw, place, country,
  try_cast(event_time as timestamptz) as event_at
from read_csv('inbox/track_line/*.tsv', all_varchar = true, delim = '\t', quote = '"', header = true, ignore_errors = true)
where waybill_no is not null and try_cast(event_time as timestamptz) is not null;

set TimeZone = 'UTC';

create temp table tracking_events as
select 1 as source_rank, * from line_scans
union
select 0, carrier, tracking_number, code, description, event_time, location, country, try_cast(event_time as timestamptz)
from read_csv('inbox/track_last/*.csv', all_varchar = true, delim = ',', quote = '"', header = true, ignore_errors = true)
where tracking_number is not null and try_cast(event_time as timestamptz) is not null;

drop table line_scans;

copy tracking_events to 'bare/tracking_events.parquet' (format parquet, compression zstd);

-- Everything is judged at the least last export over the feeds.
set variable as_of = (
  select min(horizon) from (
    select max(strptime(regexp_extract(file, '(\d{8}T\d{6})Z', 1) || ' UTC', '%Y%m%dT%H%M%S %Z')) as horizon
    from glob('inbox/*/*') group by regexp_extract(file, 'inbox/([^/]+)/', 1)));

set TimeZone = 'America/Los_Angeles';

-- Current rows.
create temp table orders as
select * from orders_in
qualify row_number() over (partition by platform, shop_id, order_id order by exported_at desc) = 1;

create temp table order_shipments as
select distinct platform, shop_id, order_id, shipment_id, role from shipments_in;

create temp table shipments as
select * from shipments_in
qualify row_number() over (partition by shipment_id order by exported_at desc, order_id) = 1;

-- Numbers with the span in which they mean a parcel: a number that is given out again belongs to the newest label before the scan.
create temp table shipment_numbers as
with own as (
  select carrier, tracking_number as number, shipment_id, label_at as valid_from,
    lead(label_at) over (partition by carrier, tracking_number order by label_at) as valid_to
  from shipments
), aliases as (
  select * from links_in
  qualify row_number() over (partition by carrier, number, linked_carrier, linked_number order by exported_at desc, linked_at desc) = 1
), last_mile as (
  select last_mile_carrier, last_mile_number, shipment_id, label_at from shipments where last_mile_number is not null
  union
  select a.linked_carrier, a.linked_number, o.shipment_id, o.valid_from
  from aliases as a
  join own as o on o.carrier = a.carrier and o.number = a.number and a.linked_at >= o.valid_from and (o.valid_to is null or a.linked_at < o.valid_to)
  where not a.withdrawn
)
select carrier, number, shipment_id, 'line' as role, valid_from, valid_to from own
union all
select last_mile_carrier, last_mile_number, shipment_id, 'last_mile', label_at, cast(null as timestamptz) from last_mile;

copy shipment_numbers to 'bare/shipment_numbers.parquet' (format parquet, compression zstd);

-- One row per parcel with its milestones.
create temp table shipment_facts as
with scans as (
  select n.shipment_id, e.event_at, e.source_rank, m.milestone, e.code, e.text
  from tracking_events as e
  join shipment_numbers as n on n.carrier = e.carrier and n.number = e.tracking_number
    and e.event_at >= n.valid_from and (n.valid_to is null or e.event_at < n.valid_to)
  left join milestone_map as m on m.carrier = e.carrier and m.word = coalesce(e.code, e.text)
), spine as (
  select shipment_id,
    min(event_at) filter (where milestone in ('picked_up', 'inbound_scan')) as picked_up_at,
    min(event_at) filter (where milestone in ('export_customs_start', 'export_customs_released')) as export_customs_at,
    min(event_at) filter (where milestone = 'departed_origin') as departed_at,
    min(event_at) filter (where milestone = 'arrived_destination') as arrived_at,
    min(event_at) filter (where milestone = 'import_customs_released') as import_customs_at,
    min(event_at) filter (where milestone = 'handed_to_last_mile') as last_mile_at,
    min(event_at) filter (where milestone = 'out_for_delivery') as out_for_delivery_at,
    min(event_at) filter (where milestone = 'delivery_attempt_failed') as attempt_failed_at,
    min(event_at) filter (where milestone = 'delivered' and source_rank = 0) as delivered_last,
    min(event_at) filter (where milestone = 'delivered' and source_rank = 1) as delivered_line,
    min(event_at) filter (where milestone = 'returning') as returning_at,
    min(event_at) filter (where milestone = 'returned') as returned_at,
    min(event_at) filter (where milestone = 'lost') as lost_at,
    min(event_at) filter (where milestone = 'destroyed') as destroyed_at,
    max(event_at) as last_event_at,
    max_by(coalesce(code, text), event_at) as last_event,
    count(*) as events,
    count(*) filter (where milestone is null) as unmapped
  from scans
  group by shipment_id
), judged as (
  select *,
    coalesce(
      case when returning_at is null or delivered_last <= returning_at then delivered_last end,
      case when returning_at is null or delivered_line <= returning_at then delivered_line end) as delivered_at
  from spine
)
select s.shipment_id, s.platform, s.shop_id, s.role, s.direction, s.provider, s.channel, s.service_tier, s.carrier, s.tracking_number, s.state,
  s.label_at, s.cancelled_at, s.weight, cast(date_trunc('week', cast(j.picked_up_at as date)) as date) as ship_week,
  j.picked_up_at, j.export_customs_at, j.departed_at, j.arrived_at, j.import_customs_at, j.last_mile_at, j.out_for_delivery_at, j.attempt_failed_at,
  j.delivered_at, j.returning_at, j.last_event_at, j.last_event, j.events, j.unmapped,
  case when j.delivered_at is not null then 'delivered' when j.returned_at is not null then 'returned' when j.lost_at is not null then 'lost'
    when j.destroyed_at is not null then 'destroyed' when s.cancelled_at is not null then 'cancelled' end as terminal,
  coalesce(j.delivered_at, j.returned_at, j.lost_at, j.destroyed_at, s.cancelled_at) as terminal_at,
  case when j.delivered_at >= j.picked_up_at then (epoch_us(j.delivered_at) - epoch_us(j.picked_up_at)) / 3.6e9 end as transit_hours
from shipments as s
left join judged as j on j.shipment_id = s.shipment_id;

copy shipment_facts to 'bare/shipment_facts.parquet' (format parquet, compression zstd);

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

-- One row per order.
create temp table order_facts as
with parcels as (
  select os.platform, os.shop_id, os.order_id, f.channel, f.weight, f.shipment_id, f.picked_up_at, f.delivered_at, os.role,
    bool_or(os.role = 'reship') over (partition by os.platform, os.shop_id, os.order_id) and os.role = 'outbound' and f.delivered_at is null as superseded
  from order_shipments as os
  join shipment_facts as f on f.shipment_id = os.shipment_id
  where os.role <> 'return' and f.cancelled_at is null
), by_order as (
  select platform, shop_id, order_id, min(picked_up_at) as first_scan_at, count(*) filter (where not superseded) as parcels,
    case when count(*) filter (where not superseded) = count(delivered_at) filter (where not superseded)
      then max(delivered_at) filter (where not superseded) end as delivered_at,
    max_by(channel, weight) as channel
  from parcels
  group by platform, shop_id, order_id
), deadlines as (
  select o.platform, o.shop_id, o.order_id,
    coalesce(o.dispatch_before_at, cast(d2.d + interval 1 day as timestamptz)) as dispatch_before_at,
    coalesce(o.deliver_before_at, cast(d6.d + interval 1 day as timestamptz)) as deliver_before_at
  from orders as o
  join calendar as c on c.d = cast(o.created_at as date)
  join calendar as d2 on d2.is_open and d2.bd_no = c.bd_no + 2
  join calendar as d6 on d6.is_open and d6.bd_no = c.bd_no + 6
)
select o.platform, o.shop_id, o.order_id, o.order_status, o.fulfilment, o.order_type, o.created_at, o.approved_at, o.tracking_uploaded_at,
  d.dispatch_before_at, d.deliver_before_at, b.first_scan_at, b.delivered_at, o.cancelled_at, o.cancel_fault, b.channel, o.state,
  cast(date_trunc('week', cast(d.deliver_before_at - interval 1 second as date)) as date) as due_week,
  cast(date_trunc('week', cast(o.created_at as date)) as date) as created_week, b.parcels, o.amount, o.currency
from orders as o
join deadlines as d on d.platform = o.platform and d.shop_id = o.shop_id and d.order_id = o.order_id
left join by_order as b on b.platform = o.platform and b.shop_id = o.shop_id and b.order_id = o.order_id;

copy order_facts to 'bare/order_facts.parquet' (format parquet, compression zstd);

-- Weekly numbers: on-time delivery by shop, by channel and by state.
create temp table otdr as
with judged as (
  select shop_id, channel, state, due_week,
    cancelled_at is not null and (first_scan_at is null or cancelled_at < first_scan_at) and cancelled_at < deliver_before_at as excluded,
    delivered_at < deliver_before_at as on_time,
    delivered_at is null and deliver_before_at > getvariable('as_of') as open
  from order_facts
)
select case when grouping(channel) = 0 then 'channel' when grouping(state) = 0 then 'state' else 'shop' end as grain,
  shop_id, channel, state, due_week,
  count(*) filter (where not excluded) as due,
  count(*) filter (where not excluded and on_time) as on_time,
  count(*) filter (where not excluded and open) as open,
  count(*) filter (where excluded) as excluded
from judged
group by grouping sets ((shop_id, due_week), (shop_id, channel, due_week), (shop_id, state, due_week));

copy otdr to 'bare/otdr.parquet' (format parquet, compression zstd);

-- Dispatch, first scan and cancellation by shop and created week.
copy (
  select shop_id, created_week, count(*) as orders,
    count(*) filter (where first_scan_at < created_at + interval 48 hours) as scanned_48h,
    count(*) filter (where first_scan_at >= dispatch_before_at or (first_scan_at is null and dispatch_before_at <= getvariable('as_of'))) as late_dispatch,
    count(*) filter (where cancel_fault = 'seller') as seller_cancelled
  from order_facts
  group by shop_id, created_week
) to 'bare/dispatch.parquet' (format parquet, compression zstd);

-- Kaplan-Meier input: ended and censored parcels per bin of ten minutes.
copy (
  select channel, ship_week, coalesce(terminal, 'open') as outcome,
    floor((epoch_us(coalesce(terminal_at, getvariable('as_of'))) - epoch_us(picked_up_at)) / 6e8) as bin, count(*) as parcels
  from shipment_facts
  where picked_up_at is not null and direction = 'outbound'
  group by all
) to 'bare/transit_bins.parquet' (format parquet, compression zstd);
