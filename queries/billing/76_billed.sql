-- name: stage_billed
-- purpose: what was billed of each charge with a bill, and until then
-- grain: one row per stage and charge that was billed by then
-- inputs: audit_lines, taken_lines, bill_stages, bill_parcels
-- units: *_e8 0.00000001 of currency
with kept as (
  select s.parcel, s.currency, s.stage, s.k, l.charge, l.charge_class, sum(l.amount_e8) as amount_e8, count(*) as lines, min(l.line_id) as line_id
  from audit_lines as l
  join bill_parcels as p on p.provider = l.provider and p.shipment_id = l.shipment_id
  join bill_stages as s on s.parcel = p.parcel and s.currency = l.currency and s.account = l.account and s.bill_no = l.bill_no and s.version = l.version
  where not exists (select 1 from taken_lines as t where t.line_id = l.line_id and coalesce(t.shipment_id, '') = coalesce(l.shipment_id, '')) and l.charge_class <> 'credit'
  group by s.parcel, s.currency, s.stage, s.k, l.charge, l.charge_class
), charges as (
  select parcel, currency, charge, max(charge_class) as charge_class, min(k) as first_k from kept group by parcel, currency, charge
)
select s.stage, c.charge, c.charge_class, cast(coalesce(k.amount_e8, 0) as bigint) as amount_e8, coalesce(k.lines, 0) as lines, k.line_id,
  cast(sum(coalesce(k.amount_e8, 0)) over (partition by c.parcel, c.currency, c.charge order by s.k rows between unbounded preceding and current row) as bigint) as upto_e8
from charges as c
join bill_stages as s on s.parcel = c.parcel and s.currency = c.currency and s.k >= c.first_k
left join kept as k on k.stage = s.stage and k.charge = c.charge
