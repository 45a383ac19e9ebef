-- name: rated_weights
-- purpose: which version of which card prices a parcel, its chargeable weight and its zone; and by alike and lone which parcels cost the same under it
-- grain: one row per parcel and card that it is to be priced by; without a card one row that says so
-- inputs: rated_measures, rating_cards, rating_given, card_versions, card_zones, card_states, rated_days, rated_zones, rated_places
-- parameters: is_alone: whether each parcel is to be priced by itself; day_spans, zones, states: more than there are of each
-- units: *_ticks 0.0001 of the card's unit of weight; *_quanta 1/16 ng or 0.00001 mm; volume in cubic quanta
-- A parcel may be priced as somebody else weighed and zoned it: by_quanta stands for its weight and volume (steps and the least
-- weight still apply, conditions on the weight as measured do not see it), by_zone for the zone of its ZIP.
-- alike counts, in one number, the span of days (and so the version), place, zone, state and list of features.
-- problem says why there is no price; assumed says what the price takes for granted
with versions as (
  -- cube: one cubic unit of length in quanta; bounds are in quanta too, that of the volume in 0.0001 of them
  select v.*, wide(length_tick * 10000) * (length_tick * 10000) * (length_tick * 10000) as unit_cube,
    wide(length_tick * 10000) * (length_tick * 10000) * (length_tick * 10000) * divisor_e4 * step_ticks as step_cube,
    actual_over * weight_tick as actual_bound, longest_over * length_tick as longest_bound, second_over * length_tick as second_bound, girth_over * length_tick as girth_bound, length_girth_over * length_tick as length_girth_bound,
    wide(length_tick * 10000) * (length_tick * 10000) * (length_tick * 10000) * volume_over as volume_bound
  from card_versions as v
), given as (
  select distinct parcel from rating_given
), asked as (
  select m.*, coalesce(r.card, m.card) as asked_card
  from rated_measures as m
  join rating_cards as r on r.twin is not distinct from m.twin
), versioned as (
  select a.parcel, a.asked_card as card, a.rated_on, a.lacks_country, a.state, a.zip, a.span, a.list, a.features, a.declared_value, a.declared_currency, a.by_zone, a.by_quanta, a.weight_quanta, a.too_long, a.volume as bare_volume,
    d.v, d.day_span, v.currency, v.weight_tick, v.step_ticks, v.min_ticks, v.max_ticks, v.vol_rule, v.vol_at_e4, v.length_tick, v.side_round, v.divisor_e4, v.has_zones, v.unit_cube, v.step_cube,
    v.by_value, v.actual_bound, v.longest_bound, v.second_bound, v.girth_bound, v.length_girth_bound, v.volume_bound,
    case when v.side_round = 'none' then a.longest_quanta else to_step(v.side_round, a.longest_quanta, v.side_step_ticks * v.length_tick) end as longest,
    case when v.side_round = 'none' then a.second_quanta else to_step(v.side_round, a.second_quanta, v.side_step_ticks * v.length_tick) end as second,
    case when v.side_round = 'none' then a.third_quanta else to_step(v.side_round, a.third_quanta, v.side_step_ticks * v.length_tick) end as third
  from asked as a
  left join rated_days as d on d.card = a.asked_card and d.country = a.span_country and d.day = a.rated_on
  left join versions as v on v.v = d.v
), filled as (
  select t.*, div_ceil(weight_quanta, weight_tick) as actual_ticks,
    case when vol_rule <> 'none' then case when side_round = 'none' then bare_volume else wide(longest) * second * third end end as volume
  from versioned as t
), weighed as (
  select t.*,
    by_quanta is null and coalesce(case vol_rule
      when 'greater' then true
      when 'instead' then true
      when 'ratio' then volume * weight_tick >= wide(vol_at_e4) * weight_quanta * length_tick * length_tick * length_tick * divisor_e4
      when 'volume_over' then volume * 10000 > unit_cube * vol_at_e4
      when 'side_from' then longest >= vol_at_e4 * length_tick
    end and volume is not null, false) as vol_counts,
    div_ceil(coalesce(by_quanta, weight_quanta), step_ticks * weight_tick) * step_ticks as stepped_ticks,
    wide_ceil(volume * 100000000, step_cube) * step_ticks as vol_stepped_ticks
  from filled as t
), charged as (
  select t.*, case when vol_rule = 'instead' and by_quanta is null or vol_counts and vol_stepped_ticks > stepped_ticks then vol_stepped_ticks else stepped_ticks end as raw_ticks
  from weighed as t
), by_name as (
  select v, min_by(zone, zone_id) as zone, min(zone_id) as zone_id, zone_word(zone) as word from card_zones where zone <> '' group by v, zone_word(zone)
), told as (
  select c.parcel, c.card, c.v, c.rated_on, c.currency, c.zip, c.state, c.list, c.features, c.declared_value, c.declared_currency,
    c.weight_quanta, c.actual_ticks, c.longest as longest_quanta, c.second as second_quanta, c.third as third_quanta, c.volume, c.vol_counts,
    case when c.raw_ticks < c.min_ticks then 'minimum' when c.by_quanta is not null then 'given' when c.vol_rule = 'instead' or c.vol_counts and c.vol_stepped_ticks > c.stepped_ticks then 'volumetric' else 'actual' end as basis,
    case when c.raw_ticks < c.min_ticks then c.min_ticks else c.raw_ticks end as chargeable_ticks,
    coalesce(case when c.by_zone is not null then g.zone else coalesce(z.zone, s.zone) end, '') as zone, case when c.by_zone is null then coalesce(z.line, s.line) end as zone_line,
    case when c.card is null then 'no_card' when c.rated_on is null then 'no_day' when c.lacks_country then 'no_country' when c.v is null then 'no_version'
      when c.weight_quanta is null then 'no_weight' when c.vol_rule <> 'none' and c.by_quanta is null and c.too_long then 'sides_too_long'
      when c.raw_ticks is null then 'sides_needed' when c.raw_ticks > c.max_ticks or c.raw_ticks > 10000000000 then 'over_max' when c.has_zones and case when c.by_zone is not null then g.zone else coalesce(z.zone, s.zone) end is null then 'no_zone' end as problem,
    case when c.vol_rule <> 'none' and c.by_quanta is null and c.longest is null then 'no_sides' end as assumed,
    (((coalesce(c.list, 0) * {day_spans} + c.day_span) * 100001 + coalesce(p.like_zip + 1, 0)) * {zones} + coalesce(case when c.by_zone is not null then g.zone_id else coalesce(z.zone_id, s.zone_id) end, 0)) * {states} + coalesce(e.state_id, 0) as alike,
    -- conditions that few parcels meet, and a value that each has of its own
    {is_alone} or c.by_value or o.parcel is not null or c.weight_quanta > c.actual_bound or c.volume * 10000 > c.volume_bound
      or c.longest > c.longest_bound or c.second > c.second_bound or 2 * (c.second + c.third) > c.girth_bound or c.longest + 2 * (c.second + c.third) > c.length_girth_bound as is_lone
  from charged as c
  left join rated_zones as z on z.v = c.v and z.span = c.span
  left join card_zones as s on s.v = c.v and s.state = c.state
  left join by_name as g on g.v = c.v and g.word = zone_word(c.by_zone)
  left join rated_places as p on p.v = c.v and p.zip = c.zip
  left join card_states as e on e.v = c.v and e.state = c.state
  left join given as o on o.parcel = c.parcel
)
-- a parcel without a price is in no class: empty meets nothing
select t.*, case when problem is null then case when is_lone then parcel else -1 end end as lone
from told as t
