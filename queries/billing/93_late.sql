-- name: late_parcels
-- purpose: parcels that came later than their card promises, and what it pays for that
-- grain: one row per billed parcel and promise that was broken, on the last line of its freight
-- inputs: bill_quotes, bill_parcels, card_promises, card_promise_excepts, card_versions, cards, parcel_facts, calendar_days, audit_lines, taken_lines, audit_units, bill_stages, stage_quotes
-- units: *_e8 0.00000001 of the line's currency; days_late open days of the promise's calendar
-- A closed day counts for nobody: what was to come on a Friday and came on the Saturday is not late by business days. What is still under way
-- is late by the days that are over. Where the scans tell an exception, or the day from which the promise runs is not known, there is no row.
-- What was given back as a credit or a paid claim on the parcel is less to pay, whatever it was for.
with promised as (
  select b.parcel, b.provider, b.shipment_id, q.v, q.features, p.kind, p.days, p.calendar, p.tz, p.pays, p.amount, p.maximum_e8, p.charges, p.clause, p.from_event,
    case p.from_event when 'label' then s.label_at when 'first_scan' then s.first_scan_at else s.handed_over_at end as from_at, s.delivered_at, s.customs_held_at, s.address_problem_at, s.attempt_failed_at
  from card_promises as p
  join bill_quotes as q on q.v = p.v
  join bill_parcels as b on b.parcel = q.parcel
  join parcel_facts as s on s.shipment_id = b.shipment_id
  join cards as k on k.card = q.card and k.provider = b.provider
  where coalesce(s.direction, 'outbound') <> 'return'
    and (s.delivered_at is not null or p.undelivered and s.terminal is null and s.returning_at is null)
), held as (
  select p.*, local_date(p.from_at, p.tz) as from_day, case when p.delivered_at is null then date '{as_of_day}' - interval '1' day else local_date(p.delivered_at, p.tz) end as arrived_day
  from promised as p
  where p.from_at is not null and not exists (
    select 1 from card_promise_excepts as x
    where x.v = p.v and x.kind = p.kind and (p.features is not null and has_word(p.features, x.word) or x.word = 'customs_held' and p.customs_held_at is not null
      or x.word = 'address_problem' and p.address_problem_at is not null or x.word = 'attempt_failed' and p.attempt_failed_at is not null))
), counted as (
  select h.*, cast(t.bd_no - f.bd_no as bigint) - h.days as days_late, cast(f.bd_no as bigint) + h.days as last_no
  from held as h
  join calendar_days as f on f.calendar = h.calendar and f.day = h.from_day
  join calendar_days as t on t.calendar = h.calendar and t.day = cast(h.arrived_day as date)
), late as (
  select c.*, l.day as promised_day
  from counted as c
  join calendar_days as l on l.calendar = c.calendar and l.is_business and l.bd_no = c.last_no
  where c.days_late > 0
), live as (
  select l.* from audit_lines as l
  where l.shipment_id in (select shipment_id from late)
    and l.line not in (select t.line from taken_lines as t)
), placed as (
  select l.provider, l.shipment_id, l.currency, l.line_id, row_number() over (partition by l.provider, l.shipment_id order by l.bill_date desc, l.bill_no desc, l.version desc, l.account desc, l.line_id desc) as place
  from live as l
  where l.charge = 'freight' and l.amount_e8 > 0
), priced as (
  select s.parcel, s.currency, u.charge, cast(sum(u.quoted_e8) as bigint) as quoted_e8, cast(sum(u.billed_e8) as bigint) as billed_e8
  from audit_units as u
  join bill_stages as s on s.stage = u.stage
  where u.is_quoted and s.shipment_id in (select shipment_id from late)
  group by s.parcel, s.currency, u.charge
), rates as (
  select parcel, currency, max(own_rate_e8) as own_rate_e8
  from (select f.parcel, s.currency, f.own_rate_e8 from stage_quotes as f join bill_stages as s on s.stage = f.stage where f.parcel in (select parcel from late)) as x
  group by parcel, currency
), back as (
  select provider, shipment_id, currency, -sum(case when charge = 'discount' then amount_e8 else 0 end) as discount_e8,
    -sum(case when charge in ('credit', 'claim_paid') and amount_e8 < 0 then amount_e8 else 0 end) as credited_e8
  from live
  group by provider, shipment_id, currency
), based as (
  -- what was due of the charges, and no more than was paid of them
  select t.parcel, t.kind, p.currency, cast(sum(case when x.billed_e8 < x.quoted_e8 then x.billed_e8 else x.quoted_e8 end) as bigint) as due_e8, cast(sum(x.billed_e8) as bigint) as billed_e8
  from late as t
  join placed as p on p.provider = t.provider and p.shipment_id = t.shipment_id and p.place = 1
  join priced as x on x.parcel = t.parcel and x.currency = p.currency and has_word(t.charges, x.charge)
  group by t.parcel, t.kind, p.currency
), owed as (
  select t.*, p.line_id, p.currency, b.due_e8, coalesce(cast(k.credited_e8 as bigint), 0) as credited_e8, translated(t.maximum_e8, r.own_rate_e8) as most_e8,
    case t.pays when 'percent' then wide_floor(wide(greatest(least(b.due_e8, b.billed_e8 - case when has_word(t.charges, 'freight') then cast(greatest(k.discount_e8, 0) as bigint) else 0 end), 0)) * cast(t.amount as hugeint), cast(1000000 as hugeint))
      when 'fixed' then translated(t.amount, r.own_rate_e8)
      else translated(least(t.days_late, 3660) * t.amount, r.own_rate_e8) end as asked_e8
  from late as t
  join placed as p on p.provider = t.provider and p.shipment_id = t.shipment_id and p.place = 1
  join based as b on b.parcel = t.parcel and b.kind = t.kind and b.currency = p.currency
  left join rates as r on r.parcel = t.parcel and r.currency = p.currency
  left join back as k on k.provider = t.provider and k.shipment_id = t.shipment_id and k.currency = p.currency
), stepped as (
  select o.*, to_step(v.round_mode, case when o.most_e8 < o.asked_e8 then o.most_e8 else o.asked_e8 end, v.round_to_e8) as pays_e8
  from owed as o
  join card_versions as v on v.v = o.v
), told as (
  -- what came back pays the guarantee first
  select s.*, cast(least(s.pays_e8, greatest(s.credited_e8 - coalesce(sum(s.pays_e8) over (partition by s.parcel order by s.kind rows between unbounded preceding and 1 preceding), 0), 0)) as bigint) as back_e8
  from stepped as s
)
select kind, line_id, shipment_id, from_event, from_at, delivered_at, promised_day, days as days_promised, days_late, calendar, tz, clause, pays, amount, due_e8, back_e8, pays_e8 - back_e8 as owed_e8
from told
