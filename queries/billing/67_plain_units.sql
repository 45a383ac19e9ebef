-- name: plain_units
-- purpose: a charge of a parcel that one bill names: billed and quoted, as long as nothing of it is to be priced again
-- grain: one row per stage and charge that was billed or is quoted, of stages that are alone
-- inputs: kept_lines, uneven_stages, stage_quotes, quote_amounts, charge_ids
-- units: *_e8 0.00000001 of currency
-- differs: the bill asks for another amount than the contract, of a charge that is no percentage.
-- Of a stage that is whole each line has its amount of the quote. Of others both sides are added up, by one number for stage and charge;
-- flags: 4 quoted, 2 translated, 1 a percentage.
with amounts as (
  select a.class * c.charges + c.charge_no as unit, a.class, c.charge_no, c.charges, c.charge_class, c.waits, a.amount_e8, a.is_percent
  from quote_amounts as a
  join charge_ids as c on c.charge = a.charge
), whole as (
  select stage, class, is_translated, has_duty, has_transport, reference_rate_e8, own_rate_e8 from stage_quotes where bills = 1 and is_whole
), matched as (
  select l.stage, l.charge, c.charge_class, a.is_percent, f.is_translated, l.amount_e8 as billed_e8, a.amount_e8, f.reference_rate_e8, f.own_rate_e8,
    c.waits or case when c.charge_class in ('duty', 'tax') then f.has_duty else f.has_transport end as is_due
  from kept_lines as l
  join whole as f on f.stage = l.stage
  join charge_ids as c on c.charge = l.charge
  join amounts as a on a.unit = f.class * c.charges + c.charge_no
), both_sides as (
  select l.stage * c.charges + c.charge_no as unit, l.amount_e8 as billed_e8, 1 as line, 0 as s0, 0 as s5, case when f.stage is null then 0 when f.is_translated then 6 else 4 end as flags
  from uneven_stages as u
  join kept_lines as l on l.stage = u.stage
  join charge_ids as c on c.charge = l.charge
  left join stage_quotes as f on f.stage = u.stage
  union all
  select q.stage * q.charges + q.charge_no, 0, null, case when q.is_due then translated(q.amount_e8, q.reference_rate_e8) else 0 end, case when q.is_due then translated(q.amount_e8, q.own_rate_e8) else 0 end,
    case when q.is_translated then 6 else 4 end + case when q.is_percent then 1 else 0 end
  from (
    select f.stage, f.is_translated, f.reference_rate_e8, f.own_rate_e8, a.amount_e8, a.is_percent, a.charge_no, a.charges, a.waits or case when a.charge_class in ('duty', 'tax') then f.has_duty else f.has_transport end as is_due
    from uneven_stages as u
    join stage_quotes as f on f.stage = u.stage
    join amounts as a on a.class = f.class
  ) as q
), paired as (
  select unit, count(line) as lines, cast(sum(billed_e8) as bigint) as billed_e8, cast(sum(s0) as bigint) as s0, cast(sum(s5) as bigint) as s5, max(flags) as flags
  from both_sides
  group by unit
), named as (
  select p.unit // n.charges as stage, p.unit % n.charges as charge_no, p.lines, p.billed_e8, p.s0, p.s5, p.flags
  from paired as p
  cross join (select max(charges) as charges from charge_ids) as n
), due as (
  select stage, charge, charge_class, 1 as lines, true as is_quoted, is_percent, is_translated, billed_e8,
    case when is_due then translated(amount_e8, reference_rate_e8) else 0 end as s0, case when is_due then translated(amount_e8, own_rate_e8) else 0 end as s5
  from matched
  union all
  select n.stage, c.charge, c.charge_class, n.lines, n.flags >= 4, n.flags % 2 = 1, n.flags >= 6, n.billed_e8,
    case when c.waits and n.lines = 0 then 0 else n.s0 end, case when c.waits and n.lines = 0 then 0 else n.s5 end
  from named as n
  join charge_ids as c on c.charge_no = n.charge_no
)
select stage, charge, charge_class, lines, is_quoted, is_percent, is_translated, billed_e8, s0 as quoted_e8, s5 - s0 as fx_e8,
  is_quoted and not is_percent and (billed_e8 <> s5 or billed_e8 < 0 or billed_e8 > 0 and charge = 'rounding') as differs
from due
