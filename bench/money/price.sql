-- name: price
-- purpose: the rater as one writes it by hand for six cards of one shape: whole grams, millimetres and cents
-- grain: price(asked): one row per parcel and card that is asked
-- inputs: rates/*/*.csv as bench/money writes them; asked: parcel, card, week, zip, grams, mm3, longest, residential, by_grams, by_zone, by_freight
-- units: cents; unit prices 0.0001 a kilo; percentages 0.01
create temp table card as select * from read_csv('rates/cards.csv');
create temp table zone as select regexp_extract(filename, 'c[0-9]+') as card, cast(zip_from as integer) as zip3, cast(zone as integer) as zone from read_csv('rates/*/zones.csv', filename = true, all_varchar = true);
create temp table price as select regexp_extract(filename, 'c[0-9]+') as card, cast(zone as integer) as zone,
  coalesce(lag(cast(cast(up_to as decimal(9,3)) * 1000 as integer)) over (partition by filename, zone order by cast(up_to as decimal(9,3))), 0) as over_g, cast(cast(up_to as decimal(9,3)) * 1000 as integer) as up_to_g,
  cast(cast(fixed as decimal(9,4)) * 10000 as bigint) as fixed_e4, cast(cast(unit_price as decimal(9,4)) * 10000 as bigint) as unit_e4
  from read_csv('rates/*/prices.csv', filename = true, all_varchar = true);
create temp table remote as select regexp_extract(filename, 'c[0-9]+') as card, cast(zip_from as integer) as zip, case tier when 'standard' then 250 else 475 end as cents from read_csv('rates/*/remote.csv', filename = true, all_varchar = true);
create temp table fuel as select regexp_extract(filename, 'c[0-9]+') as card, cast("from" as date) as week, cast(cast(percent as decimal(6,2)) * 100 as bigint) as pct_e2 from read_csv('rates/*/fuel.csv', filename = true, all_varchar = true);
create or replace temp macro price_of(asked) as table
with weighed as (
  select a.*, c.step_g, case when a.by_grams is not null then (a.by_grams + c.step_g - 1) // c.step_g * c.step_g
    else greatest((a.grams + c.step_g - 1) // c.step_g, (a.mm3 + c.divisor * c.step_g - 1) // (c.divisor * c.step_g)) * c.step_g end as charged_g,
    coalesce(a.by_zone, z.zone) as zone
  from query_table(asked) as a
  join card as c on c.card = a.card
  join zone as z on z.card = a.card and z.zip3 = a.zip // 100
), priced as (
  select w.*, coalesce(w.by_freight, (p.fixed_e4 * 1000 + p.unit_e4 * w.charged_g + 50000) // 100000) as freight,
    coalesce(w.by_remote, r.cents, 0) as remote, coalesce(r.cents, 0) as remote_due, case when w.residential then 300 else 0 end as residential_fee,
    case when w.longest > 1200 then 4000 else 0 end as oversize, case when w.longest > 900 and w.longest <= 1200 then 1200 else 0 end as handling, f.pct_e2
  from weighed as w
  join price as p on p.card = w.card and p.zone = w.zone and w.charged_g > p.over_g and w.charged_g <= p.up_to_g
  join fuel as f on f.card = w.card and f.week = w.week
  left join remote as r on r.card = w.card and r.zip = w.zip
)
select parcel, card, charged_g, zone, pct_e2, freight, 150 as registration, remote, remote_due, residential_fee, oversize, handling, ((freight + remote) * pct_e2 + 5000) // 10000 as fuel
from priced;
