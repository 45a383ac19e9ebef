-- name: bill_stages
-- purpose: what a provider had billed of a parcel with each of its bills: weight and zone as billed last
-- grain: one row per parcel, currency and bill that holds lines of it which no rule took whole
-- inputs: line_sums, careful_stages, kept_lines, bill_slips, bill_parcels
-- units: billed_quanta 1/16 ng
-- stage: the number that its lines have. has_transport, has_duty: whether a line of that kind has come by then; only then there is something to compare with.
with summed as (
  select stage, max(bill_date) as bill_date, max(number) as number, max(tracking_number) as tracking_number, max(ship_date) as ship_date, max(service) as service,
    max(case when charge_class in ('duty', 'tax') then 0 else 1 end) as has_transport, max(case when charge_class in ('duty', 'tax') then 1 else 0 end) as has_duty,
    count(case when billed_quanta is not null or zone is not null then 1 end) as weighings, max(billed_quanta) as billed_quanta, max(case when billed_quanta is not null then billed_weight end) as billed_weight,
    max(case when billed_quanta is not null then weight_unit end) as weight_unit, max(zone) as zone, sum(text_key(charge) // 65536) as charges_key
  from kept_lines
  where stage in (select stage from careful_stages)
  group by stage
), billed as (
  select s.*, s.stage // n.slips as parcel, s.stage % n.slips as slip
  from summed as s
  cross join (select max(slips) as slips from bill_slips) as n
), ranked as (
  -- of several weights (zones) on a bill that of the freight holds, then that of the greatest amount
  select stage, billed_quanta, billed_weight, weight_unit, zone, wide(case when charge = 'freight' then 4000000000000000000 else 0 end + amount_e8) * 9223372036854775807 + text_key(line_id) as weight_of_line
  from kept_lines
  where (billed_quanta is not null or zone is not null) and stage in (select stage from billed where weighings > 1)
), weighed as (
  select stage, max_by(billed_quanta, weight_of_line) filter (where billed_quanta is not null) as billed_quanta, max_by(billed_weight, weight_of_line) filter (where billed_quanta is not null) as billed_weight,
    max_by(weight_unit, weight_of_line) filter (where billed_quanta is not null) as weight_unit, max_by(zone, weight_of_line) filter (where zone is not null) as zone
  from ranked
  group by stage
), read as (
  select b.stage, b.parcel, b.slip, b.charges_key, b.bill_date, b.number, b.tracking_number, b.ship_date, b.service, b.has_transport, b.has_duty,
    case when w.stage is null then b.billed_quanta else w.billed_quanta end as billed_quanta, case when w.stage is null then b.billed_weight else w.billed_weight end as billed_weight,
    case when w.stage is null then b.weight_unit else w.weight_unit end as weight_unit, case when w.stage is null then b.zone else w.zone end as zone
  from billed as b
  left join weighed as w on w.stage = b.stage
), placed as (
  select r.*, i.currency, row_number() over (partition by r.parcel, i.currency order by r.bill_date, i.bill_no, i.account, i.version) as k
  from read as r
  join bill_slips as i on i.slip = r.slip
), known as (
  -- the newest bill that names a weight (a zone) holds until another does
  select p.*, max(case when billed_quanta is not null then k end) over w as weight_k, max(case when zone is not null then k end) over w as zone_k,
    max(has_transport) over w as transport, max(has_duty) over w as duty, count(*) over (partition by parcel, currency) as bills
  from placed as p
  window w as (partition by parcel, currency order by k rows between unbounded preceding and current row)
), staged as (
  select n.stage, n.parcel, n.slip, n.charges_key, n.bill_date, n.number, n.tracking_number, n.k, n.bills, w.billed_quanta, w.billed_weight, w.weight_unit, z.zone as billed_zone, n.ship_date, n.service, n.transport, n.duty
  from known as n
  left join placed as w on w.parcel = n.parcel and w.currency = n.currency and w.k = n.weight_k
  left join placed as z on z.parcel = n.parcel and z.currency = n.currency and z.k = n.zone_k
  union all
  select s.stage, s.stage // m.slips, s.stage % m.slips, s.charges_key, s.bill_date, s.number, s.tracking_number, 1, 1, s.billed_quanta, s.billed_weight, s.weight_unit, s.zone, s.ship_date, s.service, s.has_transport, s.has_duty
  from line_sums as s
  cross join (select max(slips) as slips from bill_slips) as m
  where s.stage not in (select c.stage from careful_stages as c)
)
select n.stage, n.parcel, p.shipment_id, p.channel, i.currency, i.provider, i.account, i.bill_no, i.version, i.bill, n.slip, n.bill_date, month_start(coalesce(n.bill_date, date '1900-01-01')) as bill_month, n.number, n.tracking_number, n.k, n.bills,
  n.billed_quanta, n.billed_weight, n.weight_unit, n.billed_zone, n.ship_date, n.service, n.transport = 1 as has_transport, n.duty = 1 as has_duty, n.charges_key
from staged as n
join bill_slips as i on i.slip = n.slip
join bill_parcels as p on p.parcel = n.parcel
