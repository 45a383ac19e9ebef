-- name: rated_charges
-- purpose: freight and the surcharges that are amounts; of a group the highest is charged
-- grain: one row per parcel, card and charge; also those of a group that are not charged
-- inputs: rated_weights, rated_freight, rated_held, card_versions, card_amounts, rating_given
-- units: *_e8 0.00000001 of the card's currency; percent_e4 0.0001 of a hundredth
-- Amounts of a parcel in rating_given are those, and only what is computed of them (percentages, rounding) is added.
-- amount_e8 is empty where something is missing; problem says what.
with priced as (
  select h.*,
    case h.kind when 'fixed' then h.amount when 'tier' then t.amount_e8 when 'zone' then z.amount_e8 when 'weight' then h.amount * h.chargeable_ticks
      when 'value' then case when h.declared_currency = h.currency and h.declared_value < 100000000 then wide_floor(wide(ticks_of(h.declared_value)) * h.amount * 2 + 100, wide(200)) end end as computed_e8,
    case when h.kind = 'value' and not coalesce(h.declared_value < 100000000, false) then 'no_declared_value' when h.kind = 'value' and h.declared_currency is distinct from h.currency then 'other_currency' end as problem
  from rated_held as h
  left join card_amounts as t on h.kind = 'tier' and t.v = h.v and t.n = h.n and t.key = h.tier
  left join card_amounts as z on h.kind = 'zone' and z.v = h.v and z.n = h.n and z.key = h.zone
  where h.kind <> 'percent' and h.parcel not in (select parcel from rating_given)
), bounded as (
  select p.*, case when p.maximum_e8 < p.computed_e8 then p.maximum_e8 when p.minimum_e8 > p.computed_e8 then p.minimum_e8 else p.computed_e8 end as bounded_e8
  from priced as p
), ranked as (
  -- an amount that is not known might be the highest
  select b.*, row_number() over (partition by b.parcel, b.card, b.grp order by b.bounded_e8 desc nulls first, b.n) as place
  from bounded as b
)
select w.parcel, w.card, w.v, cast(0 as bigint) as n, 'freight' as charge, f.amount_e8, f.computed_e8, cast(null as bigint) as base_e8, cast(null as bigint) as percent_e4,
  cast(null as varchar) as grp, cast(null as varchar) as tier, f.file, f.line, true as charged, case when f.v is null then 'no_band' when f.amount_e8 is null then 'too_much' end as problem
from rated_weights as w
left join rated_freight as f on f.v = w.v and f.zone = w.zone and f.chargeable_ticks = w.chargeable_ticks
where w.problem is null and w.parcel not in (select parcel from rating_given)
union all
select r.parcel, r.card, r.v, r.n, r.charge, to_step(v.round_mode, r.bounded_e8, case when v.round_stage = 'charge' then v.round_to_e8 else 1 end), r.computed_e8, null, case when r.kind = 'value' then r.amount end,
  r.grp, r.tier, r.file, r.line, r.grp is null or r.place = 1, r.problem
from ranked as r
join card_versions as v on v.v = r.v
union all
select w.parcel, w.card, w.v, cast(900000 as bigint), g.charge, g.amount_e8, g.amount_e8, null, null, null, null, null, null, true, null
from rating_given as g
join rated_weights as w on w.parcel = g.parcel
where w.problem is null
