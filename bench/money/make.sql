-- name: make
-- purpose: parcels and the bills for them: right but for a mistake now and then
-- grain: one run; parcels.parquet, numbers.parquet, lines.parquet
-- inputs: parcels_n (set by the caller), price_of
-- mistakes by a hash of the parcel: 1 % each weight, zone, rate, fuel of another week; 0.5 % freight twice, remote not due; 0.3 % a number of nobody
create temp table parcels as
with seeds as (select i, hash(i) as h, hash(i + 1000000007) as g from range(getvariable('parcels_n')) as t(i))
select 'P' || lpad(cast(i as varchar), 8, '0') as parcel, 'C' || (1 + i % 6) as channel, 'c' || (1 + i % 6) as card, date '2026-01-05' + cast(h % 182 as integer) as day, cast(date_trunc('week', date '2026-01-05' + cast(h % 182 as integer)) as date) as week,
  cast(1000 + (h // 1000) % 98900 as integer) as zip, cast(40 + (g % 1500) * (g % 7) // 3 as integer) as grams,
  cast(80 + (g // 100) % 300 as integer) as l, cast(50 + (g // 1000) % 150 as integer) as w, cast(10 + (g // 10000) % 90 as integer) as hgt, (h // 77) % 100 < 28 as residential, cast(h % 100000 as integer) as luck
from seeds;
create temp table asked as select parcel, card, week, zip, grams, cast(l as bigint) * w * hgt as mm3, l as longest, residential, cast(null as integer) as by_grams, cast(null as integer) as by_zone, cast(null as bigint) as by_freight, cast(null as bigint) as by_remote from parcels;
create temp table right_price as from price_of('asked');
create temp table wrong as
select a.* replace (case when p.luck < 1000 then r.charged_g + 300 end as by_grams, case when p.luck between 1000 and 1999 then 1 + r.zone % 9 end as by_zone,
  case when p.luck between 4500 and 4999 and r.remote_due = 0 then 475 end as by_remote)
from asked as a join parcels as p using (parcel) join right_price as r using (parcel);
create temp table billed as
select p.parcel, p.channel, p.luck, p.day, w.charged_g, w.zone, case when p.luck between 2000 and 2999 then w.freight + 37 else w.freight end as freight, w.remote, w.residential_fee, w.oversize, w.handling,
  (((case when p.luck between 2000 and 2999 then w.freight + 37 else w.freight end) + w.remote) * (w.pct_e2 + case when p.luck between 3000 and 3999 then 100 else 0 end) + 5000) // 10000 as fuel
from price_of('wrong') as w join parcels as p using (parcel);
copy parcels to 'parcels.parquet';
copy (
  with charges as (
    select parcel, luck, day, charged_g, zone, unnest([{'charge': 'freight', 'cents': freight}, {'charge': 'registration', 'cents': 150}, {'charge': 'fuel', 'cents': fuel}, {'charge': 'remote', 'cents': remote}, {'charge': 'residential', 'cents': residential_fee}, {'charge': 'oversize', 'cents': oversize}, {'charge': 'additional_handling', 'cents': handling}]) as c
    from billed
  ), lines as (
    select parcel, luck, day, charged_g, zone, c.charge as charge, c.cents as cents, 1 as n from charges where c.cents > 0
    union all select parcel, luck, day, charged_g, zone, c.charge, c.cents, 2 from charges where c.charge = 'freight' and luck between 5000 and 5499
  )
  select parcel || '-' || charge || '-' || n as line_id, case when luck between 6000 and 6299 then 'X' || parcel else parcel end as number, strftime(day, '%Y%m') as bill_no, last_day(day) as bill_date, day as ship_date, charge,
    cast(cents as decimal(18,4)) / 100 as amount, case when charge = 'freight' then cast(charged_g as decimal(18,4)) / 1000 end as billed_kg, case when charge = 'freight' then cast(zone as varchar) end as zone
  from lines
) to 'lines.parquet';
