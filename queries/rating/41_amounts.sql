-- name: rated_amounts
-- purpose: the surcharges that are amounts; of a group the highest is charged
-- grain: one row per class and surcharge; also those of a group that are not charged
-- inputs: rated_held, card_versions, card_amounts, rating_given
-- parameters: is_grouped: is null or is not null, the surcharges without a group or those with one; place: the rank within the group
-- units: *_e8 0.00000001 of the card's currency; percent_e4 0.0001 of a hundredth
-- amount_e8 is empty where something is missing; problem says what.
with priced as (
  select h.*,
    case h.kind when 'fixed' then h.amount when 'tier' then t.amount_e8 when 'zone' then t.amount_e8 when 'weight' then h.amount * h.chargeable_ticks
      when 'value' then case when h.declared_currency = h.currency and h.declared_value < 100000000 then wide_floor(wide(ticks_of(h.declared_value)) * h.amount * 2 + 100, wide(200)) end end as computed_e8,
    case when h.kind = 'value' and not coalesce(h.declared_value < 100000000, false) then 'no_declared_value' when h.kind = 'value' and h.declared_currency is distinct from h.currency then 'other_currency' end as problem
  from rated_held as h
  left join card_amounts as t on t.v = h.v and t.n = h.n and t.key = case h.kind when 'tier' then h.tier when 'zone' then h.zone end
  where h.kind <> 'percent' and h.grp {is_grouped} and h.lone not in (select parcel from rating_given)
), bounded as (
  select p.*, case when p.maximum_e8 < p.computed_e8 then p.maximum_e8 when p.minimum_e8 > p.computed_e8 then p.minimum_e8 else p.computed_e8 end as bounded_e8
  from priced as p
), ranked as (
  -- an amount that is not known might be the highest
  select b.*, {place} as place
  from bounded as b
)
select r.class, r.v, r.n, r.charge, to_step(v.round_mode, r.bounded_e8, case when v.round_stage = 'charge' then v.round_to_e8 else 1 end) as amount_e8, r.computed_e8, cast(null as bigint) as base_e8, case when r.kind = 'value' then r.amount end as percent_e4,
  r.grp, r.tier, r.file, r.line, r.place = 1 as charged, r.problem
from ranked as r
join card_versions as v on v.v = r.v
