-- name: bill_gaps
-- purpose: lines that no contract could be held against, and why
-- grain: one row per bill, currency, channel, kind (unmatched, account, unquoted) and reason
-- inputs: audit_lines, taken_lines, audit_units, bill_stages, bill_quotes
-- units: amount_e8 0.00000001 of currency
-- What a rule took whole is disputed and no gap.
select l.provider, l.account, l.bill_no, l.version, l.currency, cast(null as varchar) as channel, l.level as kind, case when l.level = 'account' then 'no_parcel' else coalesce(l.problem, 'number_unknown') end as reason,
  count(*) as lines, cast(sum(l.amount_e8) as bigint) as amount_e8, min(l.number) as example
from audit_lines as l
left join taken_lines as t on t.line = l.line
where l.level in ('unmatched', 'account') and l.charge_class <> 'credit' and t.line is null
group by l.provider, l.account, l.bill_no, l.version, l.currency, l.level, case when l.level = 'account' then 'no_parcel' else coalesce(l.problem, 'number_unknown') end
union all
select s.provider, s.account, s.bill_no, s.version, s.currency, s.channel, 'unquoted', case when q.problem is not null then q.problem when q.currency <> s.currency then 'other_currency' else 'no_card' end,
  cast(sum(u.lines) as bigint), cast(sum(u.billed_e8) as bigint), min(s.number)
from audit_units as u
join bill_stages as s on s.stage = u.stage
left join bill_quotes as q on q.parcel = s.parcel
where not u.is_quoted
group by s.provider, s.account, s.bill_no, s.version, s.currency, s.channel, case when q.problem is not null then q.problem when q.currency <> s.currency then 'other_currency' else 'no_card' end
