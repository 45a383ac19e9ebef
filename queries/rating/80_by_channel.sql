-- name: rated_by_channel
-- purpose: what shipments cost by channel and month, and those that every card prices
-- grain: one row per channel, card, month and problem (empty: with a price)
-- inputs: rated_totals, rating_parcels
-- parameters: from_day, to_day: days of the card, the last one excluded; cards: how many each parcel is priced by
-- units: *_e8 0.00000001 of currency
with chosen as (
  select t.parcel, t.card, t.currency, t.total_e8, t.assumed, t.problem, month_start(t.rated_on) as month
  from rated_totals as t
  where t.rated_on is null or (t.rated_on >= date '{from_day}' and t.rated_on < date '{to_day}')
), compared as (
  select c.*, count(c.total_e8) over (partition by c.parcel) as priced_by
  from chosen as c
)
select p.channel, c.card, c.currency, c.month, case when c.total_e8 is null then c.problem end as problem, count(*) as parcels,
  cast(sum(c.total_e8) as decimal(38,0)) as total_e8, count(c.assumed) as assumed, count(*) filter (where c.priced_by = {cards}) as in_common,
  cast(sum(case when c.priced_by = {cards} then c.total_e8 end) as decimal(38,0)) as common_e8
from compared as c
join rating_parcels as p on p.parcel = c.parcel
group by p.channel, c.card, c.currency, c.month, case when c.total_e8 is null then c.problem end
order by p.channel, c.month, c.card, problem
