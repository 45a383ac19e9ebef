-- name: Q01
-- title: Parcel far above its quote
-- zh: 实收远高于报价
-- purpose: parcels of which a bill asks for more than 5 of its currency and a fifth above the quote
-- grain: one row per bill and parcel
-- place: 970
-- takes: nothing
-- confidence: soft
-- needs: quotes
-- inputs: audit_units, audit_effects, bill_stages
with compared as (
  select u.stage, min(u.line_id) as line_id, cast(sum(u.quoted_e8) as bigint) as quoted_e8, cast(sum(u.billed_e8) as bigint) as billed_e8
  from audit_units as u
  where u.is_quoted
  group by u.stage
), parts as (
  select stage, money_of_e8(sum(case when effect = 'weight' then amount_e8 end)) as weight, money_of_e8(sum(case when effect = 'zone' then amount_e8 end)) as zone, money_of_e8(sum(case when effect = 'rate' then amount_e8 end)) as rate,
    money_of_e8(sum(case when effect = 'surcharge' then amount_e8 end)) as surcharge, money_of_e8(sum(case when effect in ('duty', 'tax') then amount_e8 end)) as duty, money_of_e8(sum(case when effect = 'fx' then amount_e8 end)) as fx
  from audit_effects
  group by stage
)
select c.line_id, s.shipment_id, c.quoted_e8 as expected_e8, c.billed_e8, p.weight, p.zone, p.rate, p.surcharge, p.duty, p.fx
from compared as c
join bill_stages as s on s.stage = c.stage
left join parts as p on p.stage = c.stage
where c.billed_e8 - c.quoted_e8 > 500000000 and wide(c.billed_e8 - c.quoted_e8) * 5 > wide(greatest(c.quoted_e8, 0))
