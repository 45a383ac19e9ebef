-- name: Q01
-- title: Parcel far above its quote
-- zh: 实收远高于报价
-- purpose: parcels for which the bills until the last one together ask for more than 5 of their currency and a fifth above the quote
-- grain: one row per parcel and currency, on the last bill that names the parcel
-- place: 970
-- takes: nothing
-- confidence: soft
-- needs: quotes
-- inputs: audit_units, audit_effects, bill_stages, audit_lines
-- A charge may come a bill later than the others, so a bill alone says nothing. The parts of the difference are evidence.
with ends as (
  select parcel, currency, max(k) as k from bill_stages group by parcel, currency
), beyond as (
  -- what is billed above the quote is the sum of the parts
  select s.parcel, s.currency
  from audit_effects as e
  join bill_stages as s on s.stage = e.stage
  where e.effect <> 'unquoted'
  group by s.parcel, s.currency
  having sum(e.amount_e8) > 500000000
), compared as (
  select s.parcel, s.currency, cast(sum(u.quoted_e8) as bigint) as quoted_e8, cast(sum(u.billed_e8) as bigint) as billed_e8
  from audit_units as u
  join bill_stages as s on s.stage = u.stage
  join beyond as b on b.parcel = s.parcel and b.currency = s.currency
  where u.is_quoted
  group by s.parcel, s.currency
), above as (
  select * from compared where billed_e8 - quoted_e8 > 500000000 and wide(billed_e8 - quoted_e8) * 5 > wide(greatest(quoted_e8, 0))
), parts as (
  select s.parcel, s.currency, sum(case when e.effect = 'weight' then e.amount_e8 end) as weight_e8, sum(case when e.effect = 'zone' then e.amount_e8 end) as zone_e8, sum(case when e.effect = 'rate' then e.amount_e8 end) as rate_e8,
    sum(case when e.effect = 'surcharge' then e.amount_e8 end) as surcharge_e8, sum(case when e.effect in ('duty', 'tax') then e.amount_e8 end) as duty_e8, sum(case when e.effect = 'fx' then e.amount_e8 end) as fx_e8
  from audit_effects as e
  join bill_stages as s on s.stage = e.stage
  join above as a on a.parcel = s.parcel and a.currency = s.currency
  group by s.parcel, s.currency
), named as (
  select s.parcel, s.currency, l.line_id, l.shipment_id, row_number() over (partition by s.parcel, s.currency order by case when l.charge = 'freight' then 0 else 1 end, l.line_id) as place
  from ends as d
  join above as a on a.parcel = d.parcel and a.currency = d.currency
  join bill_stages as s on s.parcel = d.parcel and s.currency = d.currency and s.k = d.k
  join audit_lines as l on l.stage = s.stage
)
select n.line_id, n.shipment_id, c.quoted_e8 as expected_e8, c.billed_e8, money_of_e8(p.weight_e8) as weight_part, money_of_e8(p.zone_e8) as zone_part, money_of_e8(p.rate_e8) as rate_part,
  money_of_e8(p.surcharge_e8) as surcharge_part, money_of_e8(p.duty_e8) as duty_part, money_of_e8(p.fx_e8) as fx_part
from above as c
join named as n on n.parcel = c.parcel and n.currency = c.currency and n.place = 1
left join parts as p on p.parcel = c.parcel and p.currency = c.currency
