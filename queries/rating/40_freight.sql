-- name: rated_amounts
-- purpose: the freight of each class, and the amounts of the parcels whose amounts are given
-- grain: one row per class and charge
-- inputs: rated_classes, rated_freight, rating_given, card_surcharges
-- units: *_e8 0.00000001 of the card's currency; percent_e4 0.0001 of a hundredth
-- Amounts of a parcel in rating_given are those, and only what is computed of them (percentages, rounding) is added.
-- amount_e8 is empty where something is missing; problem says what.
select w.class, w.v, cast(0 as bigint) as n, 'freight' as charge, f.amount_e8, f.computed_e8, cast(null as bigint) as base_e8, cast(null as bigint) as percent_e4,
  cast(null as varchar) as grp, cast(null as varchar) as tier, f.file, f.line, true as charged, case when f.v is null then 'no_band' when f.amount_e8 is null then 'too_much' end as problem
from rated_classes as w
left join rated_freight as f on f.v = w.v and f.zone = w.zone and f.chargeable_ticks = w.chargeable_ticks
where w.lone not in (select parcel from rating_given)
union all
select w.class, w.v, case when g.charge = 'freight' then 0 else coalesce(s.n, 900000) end, g.charge, g.amount_e8, g.amount_e8, null, null, null, null, null, null, true, null
from rating_given as g
join rated_classes as w on w.lone = g.parcel
left join (select v, charge, min(n) as n from card_surcharges group by v, charge) as s on s.v = w.v and s.charge = g.charge
