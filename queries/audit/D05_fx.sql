-- name: D05
-- title: Exchange rate off the reference
-- zh: 汇率偏离参考汇率
-- purpose: what a bill's own exchange rate costs that is more than a hundredth off the reference rate
-- grain: one row per open effect
-- place: 318
-- takes: effects
-- confidence: hard
-- needs: fx_rate, quotes
-- inputs: open_effects, bill_stages, stage_quotes, audit_lines, fx_rates, open_units
-- Either the contract's price was translated, and the bill's rate is above the reference; or the contract's price has the bill's currency, and the freight,
-- which the bill translated, is the contract's at the reference rate: then the rate is all that is wrong with it.
-- The reference is of the last day up to the bill's, ten days back at most.
with both_ways as (
  select day, base, quote, rate_e8, 1 as way from fx_rates
  union all
  select day, quote, base, (20000000000000000 + rate_e8) // (2 * rate_e8), 2 from fx_rates
), stated as (
  select s.stage, s.currency, s.bill_date, max(l.fx_currency) as fx_currency, cast(max(try_cast(l.fx_rate as decimal(18,8))) * 100000000 as bigint) as own_e8
  from bill_stages as s
  join audit_lines as l on l.stage = s.stage and l.charge = 'freight'
  join stage_quotes as f on f.stage = s.stage and not f.is_translated
  where l.fx_rate is not null and l.fx_currency <> l.currency
  group by s.stage, s.currency, s.bill_date
), dated as (
  select t.stage, t.own_e8, r.rate_e8, r.day, row_number() over (partition by t.stage order by r.day desc, r.way) as place
  from stated as t
  join both_ways as r on r.base = t.fx_currency and r.quote = t.currency and r.day <= t.bill_date and r.day > t.bill_date - interval '10' day
), off as (
  select d.stage, d.own_e8, d.rate_e8, d.day
  from dated as d
  join open_units as u on u.stage = d.stage and u.charge = 'freight'
  where d.place = 1 and wide(d.own_e8) * 100 > wide(d.rate_e8) * 101 and abs(translated(untranslated(greatest(u.upto_e8, 0), d.own_e8), d.rate_e8) - u.s2) <= 1000000
), wrong as (
  select stage, 'fx' as effect, own_rate_e8 as own_e8, reference_rate_e8 as rate_e8, rate_day as day from stage_quotes where wide(own_rate_e8) * 100 > wide(reference_rate_e8) * 101
  union all
  select stage, 'rate', own_e8, rate_e8, day from off
)
select e.stage, e.charge, e.effect, e.part, money_of_e8(w.own_e8) as rate_billed, money_of_e8(w.rate_e8) as reference_rate, w.day as reference_of
from open_effects as e
join wrong as w on w.stage = e.stage and w.effect = e.effect
