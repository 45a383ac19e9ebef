-- name: rated_freight
-- purpose: the price of each chargeable weight that occurs
-- grain: one row per version, zone and chargeable weight that has a band
-- inputs: rated_classes, card_prices, card_versions
-- units: *_ticks 0.0001 of the card's unit of weight; *_e8 0.00000001 of its currency
with asked as (
  select distinct v, zone, chargeable_ticks from rated_classes
), banded as (
  select a.v, a.zone, a.chargeable_ticks, p.over_ticks, p.up_to_ticks, p.fixed_e8, p.from_ticks, p.unit_ticks, p.unit_price_e4, p.file, p.line, v.minimum_e8, v.round_mode,
    case when v.round_stage = 'charge' then v.round_to_e8 else 1 end as round_e8, p.minimum_e8 as band_minimum_e8,
    case when a.chargeable_ticks <= p.from_ticks then 0 else a.chargeable_ticks - p.from_ticks end as more_ticks
  from asked as a
  join card_prices as p on p.v = a.v and p.zone = a.zone and a.chargeable_ticks > p.over_ticks and (p.up_to_ticks is null or a.chargeable_ticks <= p.up_to_ticks)
  join card_versions as v on v.v = a.v
), priced as (
  select b.*, case when unit_ticks is null then more_ticks else div_ceil(more_ticks, unit_ticks) end as units,
    wide(fixed_e8) + case when unit_ticks is null then wide(more_ticks) * unit_price_e4 else wide(div_ceil(more_ticks, unit_ticks)) * unit_price_e4 * 10000 end as wide_e8
  from banded as b
), counted as (
  -- an amount that no contract has is none
  select p.*, case when wide_e8 < 1000000000000000000 then cast(wide_e8 as bigint) end as computed_e8
  from priced as p
)
select v, zone, chargeable_ticks, file, line, over_ticks, up_to_ticks, fixed_e8, from_ticks, unit_ticks, unit_price_e4, more_ticks, units, computed_e8,
  greatest(minimum_e8, band_minimum_e8) as minimum_e8,
  case when computed_e8 is not null then to_step(round_mode, greatest(computed_e8, minimum_e8, band_minimum_e8), round_e8) end as amount_e8
from counted
