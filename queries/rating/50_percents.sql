-- name: rated_percents
-- purpose: surcharges that are a percentage of other charges, of one order; those of a later order see these
-- grain: one row per class and surcharge of the order
-- inputs: rated_amounts, rated_held, card_versions, card_percent_of, card_percents
-- parameters: ord: which order
-- units: *_e8 0.00000001 of the card's currency; percent_e4 0.0001 of a hundredth
with asked as (
  select h.*
  from rated_held as h
  where h.kind = 'percent' and h.ord = {ord}
), based as (
  select c.class, o.n, cast(sum(c.amount_e8) as bigint) as base_e8, count(*) > count(c.amount_e8) as is_unknown
  from rated_amounts as c
  join card_percent_of as o on o.v = c.v and o.charge = c.charge and o.ord = {ord}
  where c.charged
  group by c.class, o.n
), dated as (
  -- of charges that the parcels do not have there is no percentage, and no minimum of it
  select a.*, case when not b.is_unknown then b.base_e8 end as base_e8, case when a.by_day then p.percent_e4 else a.amount end as percent_e4,
    p.edition, p.file as percent_file, p.line as percent_line
  from asked as a
  join based as b on b.class = a.class and b.n = a.n
  left join card_percents as p on p.v = a.v and p.n = a.n and a.rated_on >= p.from_day and a.rated_on < p.to_day
), computed as (
  -- to the nearest 0.00000001, before the card's own rounding
  select d.*, wide_floor(wide(d.base_e8) * d.percent_e4 * 2 + 1000000, wide(2000000)) as computed_e8
  from dated as d
), bounded as (
  select c.*, case when c.maximum_e8 < c.computed_e8 then c.maximum_e8 when c.minimum_e8 > c.computed_e8 then c.minimum_e8 else c.computed_e8 end as bounded_e8
  from computed as c
)
select b.class, b.v, b.n, b.charge, to_step(v.round_mode, b.bounded_e8, case when v.round_stage = 'charge' then v.round_to_e8 else 1 end) as amount_e8, b.computed_e8, b.base_e8, b.percent_e4,
  cast(null as varchar) as grp, b.edition as tier, coalesce(b.percent_file, b.file) as file, coalesce(b.percent_line, b.line) as line, true as charged,
  case when b.percent_e4 is null then 'no_percent' when b.base_e8 is null then 'unknown_base' end as problem
from bounded as b
join card_versions as v on v.v = b.v
