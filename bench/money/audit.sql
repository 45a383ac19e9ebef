-- name: money
-- purpose: the yardstick: every parcel priced under six cards, every bill line held against its card, as a good engineer writes it by hand
-- grain: one run; rerated.parquet, findings.parquet
-- inputs: parcels.parquet, lines.parquet, price_of
-- Left out on purpose: other shapes of cards, evidence, bills of several months for one parcel, the proof that the parts add up.
create temp table parcels as from 'parcels.parquet';
create temp table asked6 as select p.parcel, c.card, p.week, p.zip, p.grams, cast(p.l as bigint) * p.w * p.hgt as mm3, p.l as longest, p.residential, cast(null as integer) as by_grams, cast(null as integer) as by_zone, cast(null as bigint) as by_freight, cast(null as bigint) as by_remote
  from parcels as p cross join card as c;
create temp table rated as from price_of('asked6');
copy (select p.channel, r.card, date_trunc('month', p.day) as month, count(*) as parcels, sum(freight + registration + remote + residential_fee + oversize + handling + fuel) as cents
  from rated as r join parcels as p using (parcel) group by all order by all) to 'rerated.parquet';
create temp table lines as
select l.*, p.parcel, cast(amount * 100 as bigint) as cents, row_number() over (partition by number, charge, amount order by bill_date, line_id) as place
from 'lines.parquet' as l left join parcels as p on p.parcel = l.number;
create temp table quoted as select r.* from rated as r join parcels as p on p.parcel = r.parcel and p.card = r.card;
create temp table billed as
select parcel, max(case when charge = 'freight' then cast(billed_kg * 1000 as integer) end) as grams, max(case when charge = 'freight' then cast(zone as integer) end) as zone,
  sum(case when charge = 'freight' then cents else 0 end) as freight, sum(case when charge = 'fuel' then cents else 0 end) as fuel, sum(case when charge = 'remote' then cents else 0 end) as remote,
  sum(case when charge = 'registration' then cents else 0 end) as registration, sum(case when charge = 'residential' then cents else 0 end) as residential, sum(case when charge = 'oversize' then cents else 0 end) as oversize, sum(case when charge = 'additional_handling' then cents else 0 end) as handling
from lines where parcel is not null and place = 1 group by parcel;
create temp table ask1 as select a.* replace (b.grams as by_grams) from asked6 as a join quoted as q on q.parcel = a.parcel and q.card = a.card join billed as b on b.parcel = a.parcel where b.grams <> q.charged_g;
create temp table s1 as from price_of('ask1');
create temp table ask2 as select a.* replace (b.zone as by_zone, case when s.parcel is not null then b.grams end as by_grams) from asked6 as a join quoted as q on q.parcel = a.parcel and q.card = a.card join billed as b on b.parcel = a.parcel left join s1 as s on s.parcel = a.parcel where b.zone <> q.zone;
create temp table s2 as from price_of('ask2');
create temp table steps as
select q.parcel, q.freight as f0, q.fuel as u0, coalesce(s1.freight, q.freight) as f1, coalesce(s1.fuel, q.fuel) as u1, coalesce(s2.freight, s1.freight, q.freight) as f2, coalesce(s2.fuel, s1.fuel, q.fuel) as u2,
  b.freight, b.fuel, b.remote, q.remote as remote_due, b.registration - q.registration + b.residential - q.residential_fee + b.oversize - q.oversize + b.handling - q.handling as others,
  ((b.freight + q.remote) * q.pct_e2 + 5000) // 10000 as u3, ((b.freight + b.remote) * q.pct_e2 + 5000) // 10000 as u4
from quoted as q join billed as b on b.parcel = q.parcel left join s1 on s1.parcel = q.parcel left join s2 on s2.parcel = q.parcel;
copy (
  select 'A01' as rule, parcel, cents from lines where parcel is not null and place > 1
  union all select 'A04', number, cents from lines where parcel is null
  union all select 'W01', parcel, f1 - f0 + u1 - u0 from steps where f1 - f0 + u1 - u0 > 0
  union all select 'R02', parcel, f2 - f1 + u2 - u1 from steps where f2 - f1 + u2 - u1 > 0
  union all select 'R01', parcel, freight - f2 + u3 - u2 from steps where freight - f2 + u3 - u2 > 0
  union all select 'S03', parcel, remote - remote_due from steps where remote > remote_due
  union all select 'S02', parcel, u4 - u3 from steps where u4 > u3
  union all select 'S01', parcel, fuel - u4 from steps where fuel > u4
  union all select 'S14', parcel, others from steps where others > 0
) to 'findings.parquet';
