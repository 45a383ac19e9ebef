-- name: R04
-- title: Volume credit that has not come
-- zh: 已达量折档位但未返利
-- version: 2
-- purpose: credits of the volume tier that a month's parcels reached, less the discounts and credits that were billed until now
-- grain: one row per bill: the last one with freight of such a month
-- place: 720
-- takes: bill
-- confidence: soft
-- needs: quotes
-- inputs: bill_quotes, bill_parcels, quote_charges, audit_lines, taken_lines, card_volumes, card_spans, cards, only_bills
-- units: *_e8 0.00000001 of currency
-- Parcels are those that were billed, by the card's day, so that a tier is reached for certain. A month with two versions, or that is not over, is left out.
-- A credit is due down to the cent: what is paid has no fractions of one.
-- Discounts of any line and credits of the account pay the oldest months first, whatever they were meant for: a finding is never more than what is missing in all.
with tiered as (
  select k.card, k.provider from cards as k where k.card in (select p.card from card_spans as p join card_volumes as t on t.v = p.v)
), live as (
  select l.* from audit_lines as l
  where not exists (select 1 from only_bills) and l.provider in (select provider from tiered)
    and l.line not in (select t.line from taken_lines as t)
), dated as (
  select q.parcel, b.provider, b.shipment_id, q.card, q.v, q.currency, cast(date_trunc('month', q.rated_on) as date) as month
  from bill_quotes as q
  join bill_parcels as b on b.parcel = q.parcel
  join tiered as k on k.card = q.card and k.provider = b.provider
  where q.v is not null and q.rated_on is not null
), months as (
  select provider, card, currency, month, max(v) as v, count(*) as parcels
  from dated
  where month + interval '1' month <= date '{as_of_day}'
  group by provider, card, currency, month
  having count(distinct v) = 1
), reached as (
  select m.provider, m.card, m.currency, m.month, m.parcels, max(t.percent_e4) as percent_e4
  from months as m
  join card_volumes as t on t.v = m.v and t.from_parcels <= m.parcels
  group by m.provider, m.card, m.currency, m.month, m.parcels
), billed as (
  select d.parcel, d.provider, d.card, d.currency, d.month, cast(sum(l.amount_e8) as bigint) as amount_e8
  from dated as d
  join live as l on l.provider = d.provider and l.shipment_id = d.shipment_id and l.currency = d.currency and l.charge = 'freight'
  group by d.parcel, d.provider, d.card, d.currency, d.month
), freights as (
  select b.provider, b.card, b.currency, b.month, cast(sum(greatest(least(b.amount_e8, q.amount_e8), 0)) as bigint) as freight_e8
  from billed as b
  join quote_charges as q on q.parcel = b.parcel and q.charge = 'freight'
  group by b.provider, b.card, b.currency, b.month
), due as (
  select r.*, f.freight_e8, cast(wide_floor(wide(f.freight_e8) * cast(r.percent_e4 as hugeint), cast(1000000000000 as hugeint)) as bigint) * 1000000 as credit_e8
  from reached as r
  join freights as f on f.provider = r.provider and f.card = r.card and f.currency = r.currency and f.month = r.month
), summed as (
  select *, sum(credit_e8) over (partition by provider, currency order by month, card rows between unbounded preceding and current row) as upto_e8
  from due
), paid as (
  select provider, currency, -sum(amount_e8) as paid_e8
  from live
  where amount_e8 < 0 and (charge = 'discount' or charge = 'credit' and shipment_id is null and number is null)
  group by provider, currency
), missing as (
  select s.*, cast(least(s.credit_e8, s.upto_e8 - coalesce(p.paid_e8, 0)) as bigint) as missing_e8
  from summed as s
  left join paid as p on p.provider = s.provider and p.currency = s.currency
), placed as (
  select d.provider, d.card, d.currency, d.month, l.account, l.bill_no, l.version, l.bill_date,
    row_number() over (partition by d.provider, d.card, d.currency, d.month order by l.bill_date desc, l.bill_no desc, l.version desc, l.account) as place
  from dated as d
  join live as l on l.provider = d.provider and l.shipment_id = d.shipment_id and l.currency = d.currency and l.charge = 'freight'
)
select m.provider, p.account, p.bill_no, p.version, p.bill_date, m.currency, cast(sum(m.freight_e8 - m.missing_e8) as bigint) as expected_e8, cast(sum(m.freight_e8) as bigint) as billed_e8,
  max(m.card) as card, min(m.month) as first_month, max(m.month) as last_month, cast(sum(m.parcels) as bigint) as parcels, money_of_e8(cast(max(m.percent_e4) as bigint) * 10000) as percent, money_of_e8(cast(sum(m.credit_e8) as bigint)) as credit_due
from missing as m
join placed as p on p.provider = m.provider and p.card = m.card and p.currency = m.currency and p.month = m.month and p.place = 1
where m.missing_e8 > 500000
group by m.provider, p.account, p.bill_no, p.version, p.bill_date, m.currency
