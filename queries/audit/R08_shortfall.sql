-- name: R08
-- title: Shortfall of a minimum spend that is not due
-- zh: 最低消费差额不应收
-- purpose: minimum charges on the account beyond what the parcels of the months until then lack to the contract's minimum spend
-- grain: one row per bill with such a charge
-- place: 725
-- takes: bill
-- confidence: soft
-- needs: quotes
-- inputs: bill_quotes, bill_parcels, bill_stages, audit_units, audit_lines, taken_lines, cards, card_versions, card_spans, card_spends, only_bills
-- units: *_e8 0.00000001 of currency
-- A month's parcels are those of the card's day. They cost what was billed of each charge, and no more than the contract asks: a freight too high is
-- a mistake of its own. Which month a charge is for no bill says: what was asked until a bill is held against what all months until then lack, so
-- that what has come in advance or late is none. Months that are not over are left out, with the bills of their days.
with spends as (
  select k.provider, v.card, v.currency, s.amount_e8, p.from_day, p.to_day
  from card_spends as s
  join card_versions as v on v.v = s.v
  join cards as k on k.card = v.card
  join card_spans as p on p.v = s.v
), charged as (
  select l.provider, l.currency, l.account, l.bill_no, l.version, l.bill_date, l.bill_month, cast(sum(l.amount_e8) as bigint) as amount_e8
  from audit_lines as l
  where l.charge = 'minimum_charge' and l.level = 'account' and l.bill_date is not null and l.bill_date < month_start(date '{as_of_day}') and not exists (select 1 from only_bills)
    and l.provider in (select provider from spends)
    and not exists (select 1 from taken_lines as t where t.line_id = l.line_id)
  group by l.provider, l.currency, l.account, l.bill_no, l.version, l.bill_date, l.bill_month
), dated as (
  select q.parcel, b.provider, q.card, cast(date_trunc('month', q.rated_on) as date) as month
  from bill_quotes as q
  join bill_parcels as b on b.parcel = q.parcel
  where q.rated_on is not null and q.card in (select card from spends)
), months as (
  select provider, month from dated
  union
  select provider, bill_month from charged
  union
  select provider, cast(bill_month - interval '1' month as date) from charged
), priced as (
  select d.provider, d.card, d.month, s.currency, d.parcel, u.charge, sum(u.billed_e8) as billed_e8, sum(u.quoted_e8) as quoted_e8
  from dated as d
  join bill_stages as s on s.parcel = d.parcel
  join audit_units as u on u.stage = s.stage
  where u.is_quoted
  group by d.provider, d.card, d.month, s.currency, d.parcel, u.charge
), costs as (
  select provider, card, month, currency, cast(sum(case when billed_e8 < quoted_e8 then billed_e8 else quoted_e8 end) as bigint) as cost_e8
  from priced
  group by provider, card, month, currency
), due as (
  select m.provider, m.month, s.card, s.currency, greatest(max(s.amount_e8) - coalesce(max(c.cost_e8), 0), 0) as due_e8
  from months as m
  join spends as s on s.provider = m.provider and s.from_day < m.month + interval '1' month and s.to_day > m.month
  left join costs as c on c.provider = m.provider and c.card = s.card and c.month = m.month and c.currency = s.currency
  where m.month + interval '1' month <= date '{as_of_day}'
  group by m.provider, m.month, s.card, s.currency
), running as (
  select c.*, sum(c.amount_e8) over (partition by c.provider, c.currency order by c.bill_date, c.bill_no, c.account, c.version rows between unbounded preceding and current row) as asked_e8,
    coalesce((select sum(d.due_e8) from due as d where d.provider = c.provider and d.currency = c.currency and d.month <= c.bill_month), 0) as due_e8
  from charged as c
), excess as (
  select r.*, r.asked_e8 - r.due_e8 as over_e8, greatest(coalesce(max(r.asked_e8 - r.due_e8) over (partition by r.provider, r.currency order by r.bill_date, r.bill_no, r.account, r.version rows between unbounded preceding and 1 preceding), 0), 0) as before_e8
  from running as r
)
select provider, account, bill_no, version, bill_date, currency, amount_e8 - cast(least(amount_e8, over_e8 - before_e8) as bigint) as expected_e8, amount_e8 as billed_e8, money_of_e8(cast(due_e8 as bigint)) as shortfall_until_then, money_of_e8(cast(asked_e8 as bigint)) as billed_until_then
from excess
where least(amount_e8, over_e8 - before_e8) > 500000
