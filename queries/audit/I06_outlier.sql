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
-- inputs: bill_lines, bill_parcels, taken_lines
-- units: per_kg_e8 0.00000001 of currency for a kilogram; 1 kg is 16000000000000 quanta
-- Robust z above 3.5 (0.6745 times the distance from the median by the median of the distances, which counts as a fifth of the median at
-- least: what is less than double is no outlier), among twenty lines or more: of the month, or of all months where it has fewer; and the
-- amount itself more than half above the median of theirs, for not every charge goes by weight. The weight is the billed one, which the
-- rules of weight hold against ours, else ours. Also for lines without a quote; not for those that a rule took whole, nor for what has no
-- price of a kilogram: fuel is a percentage of other charges, and what is remote a place decides.
-- A median is looked for in the one bin of values in which it must lie, and distances are only measured where a line may be too far.
with chosen as (
  select l.line, l.parcel, l.charge, l.currency, l.bill_month, l.amount_e8, l.billed_quanta
  from bill_lines as l
  where l.parcel is not null and l.matched_by <> 'master' and l.amount_e8 > 0 and l.amount_e8 < 1000000000000000 and l.charge_class in ('freight', 'surcharge') and l.charge not in ('fuel', 'remote')
    and l.line not in (select t.line from taken_lines as t)
), weights as (
  select w.parcel, p.provider, coalesce(p.channel, '') as channel, coalesce(w.quanta, p.weight_quanta) as quanta
  from (select parcel, max(billed_quanta) as quanta from chosen group by parcel) as w
  join bill_parcels as p on p.parcel = w.parcel
  where coalesce(w.quanta, p.weight_quanta) > 16000000000
), banded as (
  select w.*, case when quanta <= 1600000000000 then 1 when quanta <= 4000000000000 then 2 when quanta <= 8000000000000 then 3 when quanta <= 16000000000000 then 4
      when quanta <= 32000000000000 then 5 when quanta <= 80000000000000 then 6 when quanta <= 160000000000000 then 7 else 8 end as band
  from weights as w
), kinds as (
  select parcel, quanta, key_of_six(provider, channel, band, '', '', '') as kind from banded
), weighed as (
  select c.line, c.amount_e8, c.bill_month, b.quanta, key_of_six(b.kind, c.charge, c.currency, '', '', '') as likes, wide_floor(wide(c.amount_e8) * 16000000000000, wide(b.quanta)) as per_kg_e8
  from chosen as c
  join kinds as b on b.parcel = c.parcel
), months as (
  select likes, bill_month, count(*) as lines from weighed group by likes, bill_month
), spans as (
  select likes, bill_month, bill_month as span, lines, true as counts from months where lines >= 20
  union all
  select m.likes, m.bill_month, date '1900-01-01', s.lines, m.lines < 20
  from months as m
  join (select likes, cast(sum(lines) as bigint) as lines from months group by likes having sum(lines) >= 20 and min(lines) < 20) as s on s.likes = m.likes
), members as (
  select w.line, w.likes, s.span, s.lines, s.counts, w.quanta, w.amount_e8, w.per_kg_e8
  from weighed as w
  join spans as s on s.likes = w.likes and s.bill_month = w.bill_month
), measured as (
  select likes, span, lines, 1 as what, per_kg_e8 as n, cast(floor(sqrt(sqrt(cast(per_kg_e8 as double))) * 8) as bigint) as bin from members
  union all
  select likes, span, lines, 2, amount_e8, cast(floor(sqrt(sqrt(cast(amount_e8 as double))) * 8) as bigint) from members
), bins as (
  select likes, span, what, bin, max(lines) as lines, count(*) as of_bin from measured group by likes, span, what, bin
), summed as (
  select b.*, cast(sum(of_bin) over (partition by likes, span, what order by bin rows between unbounded preceding and current row) as bigint) as upto from bins as b
), middles as (
  select likes, span, what, bin, (lines + 1) // 2 - (upto - of_bin) as place from summed where upto >= (lines + 1) // 2 and upto - of_bin < (lines + 1) // 2
), counted as (
  -- a surcharge has few amounts: as many rows as there are values
  select m.likes, m.span, m.what, m.n, d.place, count(*) as lines
  from measured as m
  join middles as d on d.likes = m.likes and d.span = m.span and d.what = m.what and d.bin = m.bin
  group by m.likes, m.span, m.what, m.n, d.place
), ranked as (
  select c.likes, c.span, c.what, c.n, c.place, c.lines, sum(c.lines) over (partition by c.likes, c.span, c.what order by c.n rows between unbounded preceding and current row) as upto from counted as c
), medians as (
  select likes, span, max(case when what = 1 then n end) as median_e8, max(case when what = 2 then n end) as median_amount_e8
  from ranked
  where upto >= place and upto - lines < place
  group by likes, span
), apart as (
  select m.line, m.likes, m.span, m.lines, m.quanta, m.amount_e8, m.per_kg_e8, d.median_e8
  from members as m
  join medians as d on d.likes = m.likes and d.span = m.span
  where m.counts and m.per_kg_e8 > d.median_e8 and m.amount_e8 // 3 > d.median_amount_e8 // 2 and wide(m.per_kg_e8 - d.median_e8) * 6745 > wide(d.median_e8 // 5) * 35000
), distances as (
  select m.likes, m.span, m.lines, abs(m.per_kg_e8 - d.median_e8) as distance_e8, row_number() over (partition by m.likes, m.span order by abs(m.per_kg_e8 - d.median_e8)) as place
  from members as m
  join medians as d on d.likes = m.likes and d.span = m.span
  join (select distinct likes, span from apart) as a on a.likes = m.likes and a.span = m.span
)
select l.line_id, l.shipment_id, cast(wide_floor(wide(a.median_e8) * a.quanta, wide(16000000000000)) as bigint) as expected_e8, a.amount_e8 as billed_e8,
  money_of_e8(a.per_kg_e8) as per_kg, money_of_e8(a.median_e8) as median_per_kg, a.lines as lines_compared
from apart as a
join distances as d on d.likes = a.likes and d.span = a.span and d.place = (d.lines + 1) // 2
join bill_lines as l on l.line = a.line
where wide(a.per_kg_e8 - a.median_e8) * 6745 > wide(d.distance_e8) * 35000
