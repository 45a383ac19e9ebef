-- name: A01
-- title: Charge billed more than once
-- zh: 重复收费
-- purpose: the same charge of the same amount for the same parcel again, unless it was taken back in between
-- grain: one row per line and parcel
-- place: 20
-- takes: lines
-- effect: not_due
-- confidence: hard
-- inputs: audit_lines, doubtful_stages, bill_parcels, bill_quotes, quote_amounts, fx_rates
-- Charges that may come several times (redelivery, storage, return, pickup, what has no name) are left out, and amounts that together
-- are no more than the contract asks for the charge: a freight may be billed in two halves. What a contract asks in another currency is
-- compared at the rate that the parcel's lines state, else at the reference of the day of the bill, but for half a cent of each amount.
with kept as (
  select l.line, key_of_six(l.provider, coalesce(l.shipment_id, l.number), l.charge, l.currency, abs(l.amount_e8), '') as likes
  from audit_lines as l
  where l.level <> 'account' and l.charge not in ('redelivery', 'storage', 'return', 'pickup', 'misc', 'other', 'account_fee') and l.charge_class <> 'credit' and coalesce(l.problem, '') <> 'several_parcels'
    and (l.stage is null or l.stage in (select stage from doubtful_stages))
), alike as (
  -- most lines have no like
  select line from kept where likes in (select likes from kept group by likes having count(*) > 1)
), counted as (
  select l.line_id, l.shipment_id, l.provider, l.charge, l.amount_e8, l.currency, l.bill_date, l.bill_no, coalesce(l.shipment_id, l.number) as whose,
    row_number() over (partition by l.provider, coalesce(l.shipment_id, l.number), l.charge, l.currency, l.amount_e8 order by l.bill_date, l.bill_no, l.version, l.line_id) as place,
    count(*) over (partition by l.provider, coalesce(l.shipment_id, l.number), l.charge, l.currency, abs(l.amount_e8)) as lines,
    sum(case when l.amount_e8 < 0 then 1 else 0 end) over (partition by l.provider, coalesce(l.shipment_id, l.number), l.charge, l.currency, abs(l.amount_e8)) as reversals,
    first_value(l.bill_no) over (partition by l.provider, coalesce(l.shipment_id, l.number), l.charge, l.currency, l.amount_e8 order by l.bill_date, l.bill_no, l.version, l.line_id) as first_bill
  from audit_lines as l
  where l.line in (select line from alike)
    and l.line not in (select t.line from taken_lines as t)
), repeated as (
  select * from counted where amount_e8 > 0 and place > 1 + reversals
), quoted as (
  select r.line_id, r.shipment_id, r.first_bill, r.place - r.reversals as times, r.amount_e8, r.provider, r.currency, r.bill_date, t.currency as card_currency, q.amount_e8 as quoted_e8
  from repeated as r
  left join bill_parcels as p on p.provider = r.provider and p.shipment_id = r.shipment_id
  left join bill_quotes as t on t.parcel = p.parcel
  left join quote_amounts as q on q.class = case when t.total_e8 is not null then t.class end and q.charge = r.charge
), stated as (
  select provider, shipment_id, currency, fx_currency, cast(max(try_cast(fx_rate as decimal(18,8))) * 100000000 as bigint) as rate_e8
  from audit_lines
  where try_cast(fx_rate as decimal(18,8)) > 0
  group by provider, shipment_id, currency, fx_currency
), days as (
  select distinct currency, card_currency, bill_date from quoted where currency <> card_currency
), both_ways as (
  select day, base, quote, rate_e8, 1 as way from fx_rates
  union all
  select day, quote, base, (20000000000000000 + rate_e8) // (2 * rate_e8), 2 from fx_rates
), dated as (
  select d.currency, d.card_currency, d.bill_date, r.rate_e8, row_number() over (partition by d.currency, d.card_currency, d.bill_date order by r.day desc, r.way) as place
  from days as d
  join both_ways as r on r.base = d.card_currency and r.quote = d.currency and r.day <= d.bill_date and r.day > d.bill_date - interval '10' day
), asked as (
  -- without any rate there is nothing to compare with
  select q.*, case when q.currency = q.card_currency then q.quoted_e8
    when coalesce(s.rate_e8, d.rate_e8) is not null then translated(q.quoted_e8, coalesce(s.rate_e8, d.rate_e8)) + 500000 * (q.times + 1) end as asked_e8
  from quoted as q
  left join stated as s on s.provider = q.provider and s.shipment_id = q.shipment_id and s.currency = q.currency and s.fx_currency = q.card_currency
  left join dated as d on d.currency = q.currency and d.card_currency = q.card_currency and d.bill_date = q.bill_date and d.place = 1
)
select line_id, shipment_id, first_bill as first_billed_on, times as times_billed
from asked
where asked_e8 is null or asked_e8 < amount_e8 * times
