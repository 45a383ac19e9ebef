-- name: D06
-- title: Exchange rate of a line off the reference
-- zh: 明细行汇率偏离参考汇率
-- version: 2
-- purpose: lines that were translated by a rate more than a hundredth above the reference rate, where the contract's price has no translation
-- grain: one row per line and parcel
-- place: 950
-- takes: nothing
-- confidence: soft
-- needs: fx_rate
-- by: charge
-- inputs: audit_lines, fx_rates, bill_quotes, findings, finding_lines, taken_lines
-- What D05 found is not said again, nor what another rule took whole.
-- The reference is of the last day up to the bill's, ten days back at most.
with both_ways as (
  select day, base, quote, rate_e8, 1 as way from fx_rates
  union all
  select day, quote, base, (20000000000000000 + rate_e8) // (2 * rate_e8), 2 from fx_rates
), rated as (
  select l.line_id, l.shipment_id, l.amount_e8, cast(try_cast(l.fx_rate as decimal(18,8)) * 100000000 as bigint) as own_e8, r.rate_e8, r.day,
    row_number() over (partition by l.line_id, l.shipment_id order by r.day desc, r.way) as place
  from audit_lines as l
  join both_ways as r on r.base = l.fx_currency and r.quote = l.currency and r.day <= l.bill_date and r.day > l.bill_date - interval '10' day
  left join bill_quotes as q on q.parcel = l.parcel
  where l.fx_rate is not null and l.amount_e8 > 0 and (q.total_e8 is null or q.currency <> l.fx_currency)
    and not exists (select 1 from finding_lines as x join findings as y on y.finding_id = x.finding_id and y.rule = 'D05' where x.line_id = l.line_id)
    and l.line not in (select t.line from taken_lines as t)
)
select line_id, shipment_id, translated(untranslated(amount_e8, own_e8), rate_e8) as expected_e8, amount_e8 as billed_e8, money_of_e8(own_e8) as rate_billed, money_of_e8(rate_e8) as reference_rate, day as reference_of
from rated
where place = 1 and wide(own_e8) * 100 > wide(rate_e8) * 101
