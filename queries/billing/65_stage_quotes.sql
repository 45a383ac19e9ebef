-- name: stage_quotes
-- purpose: stages whose parcel the contract has a price for, and how that price is translated into the currency of the bill
-- grain: one row per stage
-- inputs: bill_stages, bill_quotes, kept_lines, fx_rates
-- units: *_rate_e8 0.00000001 of the bill's currency for one of the card's; empty where the two are one
-- is_whole: each charge of the quote is billed by one line, and no other charge.
-- reference_rate_e8 is that of the last day up to the parcel's first bill, ten days back at most; own_rate_e8 is what the first bill
-- states that states one. A parcel keeps both: a later bill changes what is asked, not what a price was worth. Where only one is known it is both.
with stated as (
  select s.parcel, s.currency, s.k, l.fx_currency, cast(max(try_cast(l.fx_rate as decimal(18,8))) * 100000000 as bigint) as rate_e8
  from bill_stages as s
  join kept_lines as l on l.stage = s.stage
  where l.fx_rate is not null and try_cast(l.fx_rate as decimal(18,8)) > 0
  group by s.parcel, s.currency, s.k, l.fx_currency
), own as (
  select parcel, currency, fx_currency, rate_e8, row_number() over (partition by parcel, currency, fx_currency order by k) as place from stated
), asked as (
  select s.parcel, s.currency, q.currency as card_currency, min(s.bill_date) as day
  from bill_stages as s
  join bill_quotes as q on q.parcel = s.parcel and q.currency <> s.currency
  group by s.parcel, s.currency, q.currency
), days as (
  select distinct currency, card_currency, day from asked
), both_ways as (
  select day, base, quote, rate_e8, 1 as way from fx_rates
  union all
  select day, quote, base, (20000000000000000 + rate_e8) // (2 * rate_e8), 2 from fx_rates
), dated as (
  select d.currency, d.card_currency, d.day, r.day as rate_day, r.rate_e8, row_number() over (partition by d.currency, d.card_currency, d.day order by r.day desc, r.way) as place
  from days as d
  join both_ways as r on r.base = d.card_currency and r.quote = d.currency and r.day <= d.day and r.day > d.day - interval '10' day
)
select s.stage, s.parcel, q.class, s.charges_key = q.charges_key as is_whole, s.bills, s.has_transport, s.has_duty, q.currency as card_currency, s.currency <> q.currency as is_translated, d.rate_day,
  case when s.currency <> q.currency then coalesce(d.rate_e8, o.rate_e8) end as reference_rate_e8,
  case when s.currency <> q.currency then coalesce(o.rate_e8, d.rate_e8) end as own_rate_e8
from bill_stages as s
join bill_quotes as q on q.parcel = s.parcel
left join asked as a on a.parcel = s.parcel and a.currency = s.currency
left join dated as d on d.currency = a.currency and d.card_currency = a.card_currency and d.day = a.day and d.place = 1
left join own as o on o.parcel = s.parcel and o.currency = s.currency and o.fx_currency = q.currency and o.place = 1
where q.total_e8 is not null and (s.currency = q.currency or coalesce(d.rate_e8, o.rate_e8) is not null)
