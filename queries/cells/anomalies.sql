-- name: anomalies
-- purpose: times of parcels that cannot be right, or are hard to believe
-- grain: one row per kind, platform, shop and carrier
-- inputs: shipments_as_of, orders_as_of, order_shipments
-- parameters: shown_from, the instant from which labels and hand-overs are shown
-- units: n of looked_at outbound parcels; example is a tracking number; unknown could not be looked at
-- before_order: a node over 24 h before an order of the parcel (a platform's own timestamp check, domain of TikTok Shop US).
-- wrong_order: nodes against the order of the journey. after_delivered: scans after the delivery.
-- same_second (bounds are ours): at least 5 parcels of a carrier delivered in one second, and over ten times the carrier's mean per second of
-- that hour. A carrier most of whose deliveries fall on a whole minute writes no seconds: unknown.
with parcels as (
  select shipment_id, platform, shop_id, carrier, tracking_number, delivered_at, negative_legs, scans_after_delivered,
    earlier(earlier(earlier(picked_up_at, first_scan_at), earlier(export_customs_at, departed_at)), earlier(earlier(arrived_at, import_customs_at), earlier(last_mile_at, delivered_at))) as first_at
  from shipments_as_of
  where coalesce(direction, 'outbound') <> 'return' and coalesce(label_at, handed_over_at, first_scan_at) >= {shown_from}
), ordered as (
  select os.shipment_id, max(o.created_at) as ordered_at
  from order_shipments as os
  join parcels as p on p.shipment_id = os.shipment_id
  join orders_as_of as o on o.platform = os.platform and o.shop_id = os.shop_id and o.order_id = os.order_id
  where os.role = 'outbound'
  group by os.shipment_id
), timed as (
  select shipment_id, carrier, delivered_at, date_trunc('hour', delivered_at) as hour_at,
    case when date_trunc('minute', delivered_at) = delivered_at then 1 else 0 end as is_minute,
    date_trunc('second', delivered_at) as second_at
  from parcels
  where delivered_at is not null
), precise as (
  select carrier, case when 2 * sum(is_minute) <= count(*) then 1 else 0 end as has_seconds
  from timed
  group by carrier
), crowded as (
  select s.carrier, s.second_at
  from (select carrier, hour_at, second_at, count(*) as n from timed group by carrier, hour_at, second_at) as s
  join (select carrier, hour_at, count(*) as n from timed group by carrier, hour_at) as h on h.carrier is not distinct from s.carrier and h.hour_at = s.hour_at
  where s.n >= 5 and s.n * 360 > h.n
), looked as (
  select 'before_order' as kind, p.platform, p.shop_id, p.carrier, p.tracking_number,
    case when p.first_at is null or o.ordered_at is null then null when p.first_at < o.ordered_at - interval '24' hour then 1 else 0 end as is_met
  from parcels as p
  left join ordered as o on o.shipment_id = p.shipment_id
  union all
  select 'wrong_order', platform, shop_id, carrier, tracking_number, case when first_at is not null then case when negative_legs > 0 then 1 else 0 end end
  from parcels
  union all
  select 'after_delivered', platform, shop_id, carrier, tracking_number, case when scans_after_delivered > 0 then 1 else 0 end
  from parcels
  where delivered_at is not null
  union all
  select 'same_second', p.platform, p.shop_id, p.carrier, p.tracking_number, case when q.has_seconds = 1 then case when c.second_at is not null then 1 else 0 end end
  from parcels as p
  join precise as q on q.carrier is not distinct from p.carrier
  left join crowded as c on c.carrier is not distinct from p.carrier and c.second_at = date_trunc('second', p.delivered_at)
  where p.delivered_at is not null
)
select kind, platform, shop_id, carrier,
  count(*) filter (where is_met = 1) as n,
  count(is_met) as looked_at,
  count(*) filter (where is_met is null) as unknown,
  min(case when is_met = 1 then tracking_number end) as example
from looked
group by kind, platform, shop_id, carrier
