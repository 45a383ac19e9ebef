-- name: priced_units
-- purpose: a charge of a parcel on a bill: billed, quoted, and priced with one thing after the other taken from the bill
-- grain: one row per stage and charge that was billed or is quoted, of parcels that several bills name and of stages that were priced again
-- inputs: bill_stages, stage_quotes, stage_billed, scenario_stages, scenario_charges, charge_words, bill_quotes
-- units: *_e8 0.00000001 of currency; what this bill adds to what the earlier ones say
-- All in the bill's currency: s0 to s4 at the reference rate, s5 is s4 at the bill's own. s0 is the quote, s1 with the billed weight, s2 and zone,
-- s3 and freight, s4 and the other charges. Of a kind (transport, duty) of which no line has come there is no quote yet; nor of charges for what
-- may happen later (a return), before they are billed. is_quoted: the contract has a price for the parcel.
with last as (
  select stage, max(case when scenario = 1 then 1 else 0 end) as j1, max(case when scenario <= 2 then scenario end) as j2, max(case when scenario <= 3 then scenario end) as j3, max(scenario) as j4
  from scenario_stages
  group by stage
), several as (
  select s.stage, l.j1, l.j2, l.j3, l.j4
  from bill_stages as s
  left join last as l on l.stage = s.stage
  where s.bills > 1 or l.j4 > 0
), charges as (
  select stage, charge from stage_billed where stage in (select stage from several)
  union
  select stage, charge from scenario_charges where stage in (select stage from several)
), wide_charges as (
  select s.parcel, s.currency, s.stage, s.k, s.has_duty, s.has_transport, c.charge
  from (select distinct s.parcel, s.currency, c.charge from charges as c join bill_stages as s on s.stage = c.stage) as c
  join bill_stages as s on s.parcel = c.parcel and s.currency = c.currency
), priced as (
  select w.parcel, w.currency, w.stage, w.k, w.charge, coalesce(x.class, b.charge_class, 'surcharge') as charge_class, coalesce(b.amount_e8, 0) as billed_e8, coalesce(b.upto_e8, 0) as upto_e8, coalesce(b.lines, 0) as lines,
    f.stage is not null as is_quoted, case when w.charge in ('return', 'redelivery', 'storage', 'address_correction', 'saturday', 'cancellation') then b.stage is not null
      when coalesce(x.class, b.charge_class, 'surcharge') in ('duty', 'tax') then w.has_duty else w.has_transport end as is_due,
    translated(coalesce(c0.amount_e8, 0), f.reference_rate_e8) as s0, translated(coalesce(c1.amount_e8, 0), f.reference_rate_e8) as s1, translated(coalesce(c2.amount_e8, 0), f.reference_rate_e8) as s2,
    translated(coalesce(c3.amount_e8, 0), f.reference_rate_e8) as s3, translated(coalesce(c4.amount_e8, 0), f.reference_rate_e8) as s4, translated(coalesce(c4.amount_e8, 0), f.own_rate_e8) as s5,
    coalesce(f.is_translated, false) as is_translated, coalesce(c4.is_percent, false) as is_percent
  from wide_charges as w
  left join stage_quotes as f on f.stage = w.stage
  left join charge_words as x on x.charge = w.charge
  left join stage_billed as b on b.stage = w.stage and b.charge = w.charge
  left join several as l on l.stage = w.stage
  left join scenario_charges as c0 on c0.stage = w.stage and c0.scenario = 0 and c0.charge = w.charge
  left join scenario_charges as c1 on c1.stage = w.stage and c1.scenario = l.j1 and c1.charge = w.charge
  left join scenario_charges as c2 on c2.stage = w.stage and c2.scenario = l.j2 and c2.charge = w.charge
  left join scenario_charges as c3 on c3.stage = w.stage and c3.scenario = l.j3 and c3.charge = w.charge
  left join scenario_charges as c4 on c4.stage = w.stage and c4.scenario = l.j4 and c4.charge = w.charge
), settled as (
  select p.parcel, p.currency, p.stage, p.k, p.charge, p.charge_class, p.billed_e8, p.upto_e8, p.lines, p.is_quoted, p.is_percent, p.is_translated,
    case when is_due then s0 else 0 end as s0, case when is_due then s1 else 0 end as s1, case when is_due then s2 else 0 end as s2, case when is_due then s3 else 0 end as s3, case when is_due then s4 else 0 end as s4, case when is_due then s5 else 0 end as s5
  from priced as p
)
select t.stage, t.charge, t.charge_class, t.lines, t.is_quoted, t.is_percent, t.is_translated, t.billed_e8,
  t.s0 - coalesce(lag(t.s0) over w, 0) as quoted_e8,
  t.s1 - t.s0 - coalesce(lag(t.s1 - t.s0) over w, 0) as weight_e8,
  t.s2 - t.s1 - coalesce(lag(t.s2 - t.s1) over w, 0) as zone_e8,
  t.s3 - t.s2 - coalesce(lag(t.s3 - t.s2) over w, 0) as freight_e8,
  t.s4 - t.s3 - coalesce(lag(t.s4 - t.s3) over w, 0) as charges_e8,
  t.s5 - t.s4 - coalesce(lag(t.s5 - t.s4) over w, 0) as fx_e8,
  t.upto_e8 - t.s5 - coalesce(lag(t.upto_e8 - t.s5) over w, 0) as rest_e8,
  t.s2, t.upto_e8
from settled as t
window w as (partition by t.parcel, t.currency, t.charge order by t.k)
