-- name: line_sums
-- purpose: what the lines of a stage say together, before a rule has taken any
-- grain: one row per stage with lines that are no credit
-- inputs: audit_lines
-- units: billed_quanta 1/16 ng
-- charges_key: that of a quote where its charges are billed, each by one line, and no other.
select stage, max(bill_date) as bill_date, max(number) as number, max(tracking_number) as tracking_number, max(ship_date) as ship_date, max(service) as service,
  max(case when charge_class in ('duty', 'tax') then 0 else 1 end) as has_transport, max(case when charge_class in ('duty', 'tax') then 1 else 0 end) as has_duty,
  count(case when billed_quanta is not null or zone is not null then 1 end) as weighings, max(billed_quanta) as billed_quanta, max(case when billed_quanta is not null then billed_weight end) as billed_weight,
  max(case when billed_quanta is not null then weight_unit end) as weight_unit, max(zone) as zone, sum(text_key(charge) // 65536) as charges_key
from audit_lines
where stage is not null and charge_class <> 'credit'
group by stage
