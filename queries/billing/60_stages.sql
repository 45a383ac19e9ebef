-- name: bill_stages
-- purpose: what a provider had billed of a parcel with each of its bills: weight and zone as billed last
-- grain: one row per parcel, currency and bill that holds lines of it which no rule took whole
-- inputs: kept_lines, bill_ids, bill_parcels
-- units: billed_quanta 1/16 ng
-- has_transport, has_duty: whether a line of that kind has come by then; only then there is something to compare with.
with billed as (
  select parcel, currency, bill, max(bill_date) as bill_date, max(bill_month) as bill_month, max(number) as number, max(tracking_number) as tracking_number, max(ship_date) as ship_date, max(service) as service,
    max(case when charge_class in ('duty', 'tax') then 0 else 1 end) as has_transport, max(case when charge_class in ('duty', 'tax') then 1 else 0 end) as has_duty
  from kept_lines
  group by parcel, currency, bill
), ranked as (
  -- of several weights (zones) on a bill that of the freight holds, then that of the greatest amount
  select parcel, currency, bill, billed_quanta, billed_weight, weight_unit, zone, wide(case when charge = 'freight' then 4000000000000000000 else 0 end + amount_e8) * 9223372036854775807 + text_key(line_id) as weight_of_line
  from kept_lines
  where billed_quanta is not null or zone is not null
), weighed as (
  select parcel, currency, bill, max_by(billed_quanta, weight_of_line) filter (where billed_quanta is not null) as billed_quanta, max_by(billed_weight, weight_of_line) filter (where billed_quanta is not null) as billed_weight,
    max_by(weight_unit, weight_of_line) filter (where billed_quanta is not null) as weight_unit, max_by(zone, weight_of_line) filter (where zone is not null) as zone
  from ranked
  group by parcel, currency, bill
), repeated as (
  select parcel, currency from billed group by parcel, currency having count(*) > 1
), placed as (
  select b.*, w.billed_quanta, w.billed_weight, w.weight_unit, w.zone, row_number() over (partition by b.parcel, b.currency order by b.bill_date, i.bill_no, i.account, i.version) as k
  from billed as b
  join repeated as r on r.parcel = b.parcel and r.currency = b.currency
  join bill_ids as i on i.bill = b.bill
  left join weighed as w on w.parcel = b.parcel and w.currency = b.currency and w.bill = b.bill
), known as (
  -- the newest bill that names a weight (a zone) holds until another does
  select p.*, max(case when billed_quanta is not null then k end) over w as weight_k, max(case when zone is not null then k end) over w as zone_k,
    max(has_transport) over w as transport, max(has_duty) over w as duty, count(*) over (partition by parcel, currency) as bills
  from placed as p
  window w as (partition by parcel, currency order by k rows between unbounded preceding and current row)
), staged as (
  select n.parcel, n.currency, n.bill, n.bill_date, n.bill_month, n.number, n.tracking_number, n.k, n.bills, w.billed_quanta, w.billed_weight, w.weight_unit, z.zone as billed_zone, n.ship_date, n.service, n.transport, n.duty
  from known as n
  left join placed as w on w.parcel = n.parcel and w.currency = n.currency and w.k = n.weight_k
  left join placed as z on z.parcel = n.parcel and z.currency = n.currency and z.k = n.zone_k
  union all
  select b.parcel, b.currency, b.bill, b.bill_date, b.bill_month, b.number, b.tracking_number, 1, 1, w.billed_quanta, w.billed_weight, w.weight_unit, w.zone, b.ship_date, b.service, b.has_transport, b.has_duty
  from billed as b
  left join weighed as w on w.parcel = b.parcel and w.currency = b.currency and w.bill = b.bill
  where not exists (select 1 from repeated as r where r.parcel = b.parcel and r.currency = b.currency)
)
select row_number() over () as stage, n.parcel, p.shipment_id, p.channel, n.currency, i.provider, i.account, i.bill_no, i.version, n.bill, n.bill_date, n.bill_month, n.number, n.tracking_number, n.k, n.bills,
  n.billed_quanta, n.billed_weight, n.weight_unit, n.billed_zone, n.ship_date, n.service, n.transport = 1 as has_transport, n.duty = 1 as has_duty
from staged as n
join bill_ids as i on i.bill = n.bill
join bill_parcels as p on p.parcel = n.parcel
