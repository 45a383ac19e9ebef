-- name: I06
-- title: Far more per kilogram than its like
-- zh: 单位重量费用异常
-- version: 2
-- purpose: charges per billed kilogram far above the median of the same provider, channel, charge, weight band and month
-- grain: one row per line and parcel
-- place: 960
-- takes: nothing
-- confidence: soft
-- by: charge
-- inputs: bill_lines, bill_matches, shipments, taken_lines
-- units: per_kg_e8 0.00000001 of currency for a kilogram; 1 kg is 16000000000000 quanta
-- Robust z above 3.5 (0.6745 times the distance from the median by the median of the distances, which counts as a fifth of the median at
-- least: what is less than double is no outlier), among twenty lines or more: of the month, or of all months where it has fewer; and the
-- amount itself more than half above the median of theirs, for not every charge goes by weight. The weight is the billed one, which the
-- rules of weight hold against ours, else ours. Also for lines without a quote; not for those that a rule took whole, nor for what has no
-- price of a kilogram: fuel is a percentage of other charges, and what is remote a place decides.
with weighed as (
  select l.line_id, m.shipment_id, l.provider, coalesce(s.channel, '') as channel, l.charge, l.currency, l.bill_month, l.amount_e8, coalesce(max(l.billed_quanta) over (partition by l.provider, m.shipment_id), m.weight_quanta) as quanta
  from bill_lines as l
  join bill_matches as m on m.address = l.address
  join shipments as s on s.shipment_id = m.shipment_id
  where l.level = 'parcel' and l.amount_e8 > 0 and l.amount_e8 < 1000000000000000 and l.charge_class in ('freight', 'surcharge') and l.charge not in ('fuel', 'remote') and coalesce(m.way, 0) <> 4
    and not exists (select 1 from taken_lines as t where t.line_id = l.line_id)
), banded as (
  select w.*, wide_floor(wide(amount_e8) * 16000000000000, wide(quanta)) as per_kg_e8,
    case when quanta <= 1600000000000 then 1 when quanta <= 4000000000000 then 2 when quanta <= 8000000000000 then 3 when quanta <= 16000000000000 then 4
      when quanta <= 32000000000000 then 5 when quanta <= 80000000000000 then 6 when quanta <= 160000000000000 then 7 else 8 end as band
  from weighed as w
  where quanta > 16000000000
), counted as (
  select b.*, count(*) over (partition by provider, channel, charge, currency, bill_month, band) as lines_of_month from banded as b
), spanned as (
  select c.*, bill_month as span, lines_of_month >= 20 as counts from counted as c
  union all
  select c.*, date '1900-01-01', lines_of_month < 20 from counted as c
), ranked as (
  select s.*, row_number() over (partition by provider, channel, charge, currency, span, band order by per_kg_e8, line_id, shipment_id) as place,
    row_number() over (partition by provider, channel, charge, currency, span, band order by amount_e8, line_id, shipment_id) as amount_place,
    count(*) over (partition by provider, channel, charge, currency, span, band) as lines
  from spanned as s
), middled as (
  select r.*, max(case when place = (lines + 1) // 2 then per_kg_e8 end) over (partition by provider, channel, charge, currency, span, band) as median_e8,
    max(case when amount_place = (lines + 1) // 2 then amount_e8 end) over (partition by provider, channel, charge, currency, span, band) as median_amount_e8
  from ranked as r
  where lines >= 20
), apart as (
  select m.*, abs(per_kg_e8 - median_e8) as distance_e8,
    row_number() over (partition by provider, channel, charge, currency, span, band order by abs(per_kg_e8 - median_e8), line_id, shipment_id) as distance_place
  from middled as m
), scaled as (
  select a.*, greatest(max(case when distance_place = (lines + 1) // 2 then distance_e8 end) over (partition by provider, channel, charge, currency, span, band), median_e8 // 5) as scale_e8
  from apart as a
)
select line_id, shipment_id, cast(wide_floor(wide(median_e8) * quanta, wide(16000000000000)) as bigint) as expected_e8, amount_e8 as billed_e8,
  money_of_e8(per_kg_e8) as per_kg, money_of_e8(median_e8) as median_per_kg, lines as lines_compared
from scaled
where counts and per_kg_e8 > median_e8 and amount_e8 // 3 > median_amount_e8 // 2 and wide(distance_e8) * 6745 > wide(scale_e8) * 35000
