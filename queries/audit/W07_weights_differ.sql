-- name: W07
-- title: Weights of one parcel disagree
-- zh: 各方称重不一致
-- version: 2
-- purpose: parcels whose weight, as the bill measured it, is more than a tenth and 50 g above ours or what another provider's bill measured
-- grain: one row per line and parcel
-- place: 930
-- takes: nothing
-- confidence: soft
-- needs: actual_weight
-- inputs: audit_lines, bill_lines, shipments, taken_lines
-- units: quanta 1/16 ng; 50 g are 800000000000
-- Ours where we have one, else the least of the others. What it costs is in other findings: the difference here is nothing.
with measured as (
  select l.provider, l.shipment_id, case when l.actual_weight > 0 and l.actual_weight < 100000 then weight_quanta(l.actual_weight, l.weight_unit) end as quanta
  from bill_lines as l
  where l.actual_weight is not null and l.shipment_id is not null
    and l.line not in (select t.line from taken_lines as t)
), heaviest as (
  select provider, shipment_id, max(quanta) as quanta from measured group by provider, shipment_id
), compared as (
  select h.provider, h.shipment_id, h.quanta, case when s.weight > 0 and s.weight < 100000 then weight_quanta(s.weight, s.weight_unit) end as our_quanta, min(o.quanta) as other_quanta
  from heaviest as h
  join shipments as s on s.shipment_id = h.shipment_id
  left join heaviest as o on o.shipment_id = h.shipment_id and o.provider <> h.provider
  group by h.provider, h.shipment_id, h.quanta, s.weight, s.weight_unit
), apart as (
  select provider, shipment_id, quanta, our_quanta, other_quanta
  from compared
  where quanta - coalesce(our_quanta, other_quanta) > 800000000000 and wide(quanta) * 10 > wide(coalesce(our_quanta, other_quanta)) * 11
), named as (
  select l.line_id, l.shipment_id, l.amount_e8, a.quanta, a.our_quanta, a.other_quanta,
    row_number() over (partition by l.provider, l.shipment_id order by l.bill_date, case when l.charge = 'freight' then 0 else 1 end, l.line_id) as place
  from audit_lines as l
  join apart as a on a.provider = l.provider and a.shipment_id = l.shipment_id
  where l.actual_weight is not null and weight_quanta(l.actual_weight, l.weight_unit) = a.quanta
    and l.line not in (select t.line from taken_lines as t)
)
select line_id, shipment_id, amount_e8 as expected_e8, amount_e8 as billed_e8, quanta // 16000000000 as measured_by_bill_g, our_quanta // 16000000000 as ours_g, other_quanta // 16000000000 as of_another_bill_g
from named
where place = 1
