-- name: S06
-- title: Address corrected twice
-- zh: 地址更正费重复收取
-- purpose: what a second address correction of a parcel costs
-- grain: one row per open effect
-- place: 458
-- takes: effects
-- confidence: hard
-- needs: quotes
-- by: charge
-- inputs: open_effects, bill_stages, audit_lines, taken_lines
-- A correction that was taken back is none.
with counted as (
  select s.stage, sum(case when l.amount_e8 > 0 then 1 when l.amount_e8 < 0 then -1 else 0 end) as times, min(l.bill_no) as first_bill
  from bill_stages as s
  join audit_lines as l on l.parcel = s.parcel and l.currency = s.currency and l.charge = 'address_correction' and (l.bill_date < s.bill_date or l.bill_no = s.bill_no)
  where l.line not in (select t.line from taken_lines as t)
  group by s.stage
)
select e.stage, e.charge, e.effect, e.part, c.times as times_billed, c.first_bill as first_billed_on
from open_effects as e
join counted as c on c.stage = e.stage
where e.effect = 'surcharge' and e.charge = 'address_correction' and c.times > 1
