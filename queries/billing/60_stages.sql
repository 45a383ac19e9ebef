-- name: bill_stages
-- purpose: what a provider had billed of a parcel with each of its bills: weight and zone as billed last
-- grain: one row per parcel, currency and bill that holds lines of it which no rule took whole
-- inputs: audit_lines, taken_lines, bill_parcels
-- units: billed_quanta 1/16 ng
-- has_transport, has_duty: whether a line of that kind has come by then; only then there is something to compare with.
with kept as (
  select l.*, p.parcel
  from audit_lines as l
  join bill_parcels as p on p.provider = l.provider and p.shipment_id = l.shipment_id
  where not exists (select 1 from taken_lines as t where t.line_id = l.line_id and coalesce(t.shipment_id, '') = coalesce(l.shipment_id, '')) and l.charge_class <> 'credit'
), heaviest as (
  select k.*, row_number() over (partition by k.parcel, k.currency, k.provider, k.account, k.bill_no, k.version
    order by case when k.billed_quanta is null then 1 else 0 end, case when k.charge = 'freight' then 0 else 1 end, k.amount_e8 desc, k.line_id desc) as by_weight,
    row_number() over (partition by k.parcel, k.currency, k.provider, k.account, k.bill_no, k.version
    order by case when k.zone is null then 1 else 0 end, case when k.charge = 'freight' then 0 else 1 end, k.amount_e8 desc, k.line_id desc) as by_zone
  from kept as k
), billed as (
  select parcel, currency, provider, account, bill_no, version, max(bill_date) as bill_date, max(bill_month) as bill_month, max(shipment_id) as shipment_id, max(number) as number, max(tracking_number) as tracking_number,
    max(case when by_weight = 1 then billed_quanta end) as billed_quanta, max(case when by_weight = 1 then billed_weight end) as billed_weight, max(case when by_weight = 1 then weight_unit end) as weight_unit,
    max(case when by_zone = 1 then zone end) as zone, max(ship_date) as ship_date, max(service) as service,
    max(case when charge_class in ('duty', 'tax') then 0 else 1 end) as has_transport, max(case when charge_class in ('duty', 'tax') then 1 else 0 end) as has_duty
  from heaviest
  group by parcel, currency, provider, account, bill_no, version
), placed as (
  select b.*, row_number() over (partition by parcel, currency order by bill_date, bill_no, account, version) as k
  from billed as b
), known as (
  -- the newest bill that names a weight (a zone) holds until another does
  select p.*, max(case when billed_quanta is not null then k end) over w as weight_k, max(case when zone is not null then k end) over w as zone_k,
    max(has_transport) over w as transport, max(has_duty) over w as duty
  from placed as p
  window w as (partition by parcel, currency order by k rows between unbounded preceding and current row)
)
select row_number() over (order by n.parcel, n.currency, n.k) as stage, n.parcel, n.shipment_id, n.currency, n.provider, n.account, n.bill_no, n.version, n.bill_date, n.bill_month, n.number, n.tracking_number, n.k,
  w.billed_quanta, w.billed_weight, w.weight_unit, z.zone as billed_zone, n.ship_date, n.service, n.transport = 1 as has_transport, n.duty = 1 as has_duty
from known as n
left join placed as w on w.parcel = n.parcel and w.currency = n.currency and w.k = n.weight_k
left join placed as z on z.parcel = n.parcel and z.currency = n.currency and z.k = n.zone_k
