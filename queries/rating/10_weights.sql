-- name: rated_weights
-- purpose: which version of which card prices a parcel, its chargeable weight and its zone
-- grain: one row per parcel and card that it is to be priced by; without a card one row that says so
-- inputs: rating_parcels, cards, card_channels, card_spans, card_versions, card_zones, rated_zones, zone_days
-- units: *_ticks 0.0001 of the card's unit of weight; *_quanta 1/16 ng or 0.00001 mm; volume in cubic quanta
-- A parcel may be priced as somebody else weighed and zoned it: by_weight stands for its weight and volume (steps and the least
-- weight still apply, conditions on the weight as measured do not see it), by_zone for the zone of its ZIP.
-- problem says why there is no price; assumed says what the price takes for granted
with asked as (
  select p.*, coalesce(p.by_card, c.card) as card
  from rating_parcels as p
  left join card_channels as c on c.channel = p.channel and c.provider = coalesce(p.provider, '')
), dated as (
  select a.*, k.tz, k.by_country,
    case k.dated_by when 'label' then a.label_at when 'first_scan' then coalesce(a.first_scan_at, a.handed_over_at, a.label_at) else coalesce(a.handed_over_at, a.label_at) end as dated_at
  from asked as a
  left join cards as k on k.card = a.card
), placed as (
  select t.*, coalesce(t.day, shifted_date(t.dated_at, d.shift, d.change_at, d.shift_after), local_date(t.dated_at, t.tz)) as rated_on
  from dated as t
  left join zone_days as d on d.tz = t.tz and d.day = utc_day(t.dated_at)
), versioned as (
  select t.parcel, t.card, t.channel, t.rated_on, t.by_country, t.country, t.state, zip5(t.postal_code) as zip, t.features, t.declared_value, t.declared_currency, t.by_zone,
    case when t.by_weight > 0 and t.by_weight < 100000 then weight_quanta(t.by_weight, t.by_weight_unit) end as by_quanta, s.v, v.currency, v.weight_tick, v.step_ticks, v.min_ticks, v.max_ticks, v.vol_rule, v.vol_at_e4, v.length_tick, v.side_round, v.side_step_ticks, v.divisor_e4, v.has_zones,
    case when t.weight > 0 and t.weight < 100000 then weight_quanta(t.weight, t.weight_unit) end as weight_quanta,
    case when t.length > 0 then length_quanta(case when t.length < 200000 then t.length else 200000 end, t.length_unit) end as l,
    case when t.width > 0 then length_quanta(case when t.width < 200000 then t.width else 200000 end, t.length_unit) end as w,
    case when t.height > 0 then length_quanta(case when t.height < 200000 then t.height else 200000 end, t.length_unit) end as h
  from placed as t
  left join card_spans as s on s.card = t.card and s.country = case when t.by_country then t.country else '' end and t.rated_on >= s.from_day and t.rated_on < s.to_day
  left join card_versions as v on v.v = s.v
), sided as (
  select t.*, l is not null and w is not null and h is not null and greatest(l, w, h) <= 500000000 as has_sides, coalesce(greatest(l, w, h) > 500000000, false) as too_long,
    to_step(side_round, greatest(l, w, h), side_step_ticks * length_tick) as longest,
    to_step(side_round, l + w + h - greatest(l, w, h) - least(l, w, h), side_step_ticks * length_tick) as second,
    to_step(side_round, least(l, w, h), side_step_ticks * length_tick) as third
  from versioned as t
), filled as (
  -- cube: one cubic unit of length in quanta, times the divisor
  select t.*, div_ceil(weight_quanta, weight_tick) as actual_ticks,
    case when vol_rule <> 'none' and has_sides then wide(longest) * second * third end as volume,
    wide(length_tick * 10000) * (length_tick * 10000) * (length_tick * 10000) as unit_cube
  from sided as t
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
    wide_ceil(volume * 100000000, unit_cube * divisor_e4 * step_ticks) * step_ticks as vol_stepped_ticks
  from filled as t
), charged as (
  select t.*, case when vol_rule = 'instead' and by_quanta is null or vol_counts and vol_stepped_ticks > stepped_ticks then vol_stepped_ticks else stepped_ticks end as raw_ticks
  from weighed as t
), by_name as (
  select distinct v, zone, zone_word(zone) as word from card_zones where zone <> ''
)
select c.parcel, c.card, c.v, c.rated_on, c.currency, c.zip, c.state, c.features, c.declared_value, c.declared_currency,
  c.weight_quanta, c.actual_ticks, case when c.has_sides then c.longest end as longest_quanta, case when c.has_sides then c.second end as second_quanta, case when c.has_sides then c.third end as third_quanta, c.volume, c.vol_counts,
  case when c.raw_ticks < c.min_ticks then 'minimum' when c.by_quanta is not null then 'given' when c.vol_rule = 'instead' or c.vol_counts and c.vol_stepped_ticks > c.stepped_ticks then 'volumetric' else 'actual' end as basis,
  case when c.raw_ticks < c.min_ticks then c.min_ticks else c.raw_ticks end as chargeable_ticks,
  coalesce(case when c.by_zone is not null then g.zone else coalesce(z.zone, s.zone) end, '') as zone, case when c.by_zone is null then coalesce(z.line, s.line) end as zone_line,
  case when c.card is null then 'no_card' when c.rated_on is null then 'no_day' when c.by_country and c.country is null then 'no_country' when c.v is null then 'no_version'
    when c.weight_quanta is null then 'no_weight' when c.vol_rule <> 'none' and c.by_quanta is null and c.too_long then 'sides_too_long'
    when c.raw_ticks is null then 'sides_needed' when c.raw_ticks > c.max_ticks or c.raw_ticks > 10000000000 then 'over_max' when c.has_zones and case when c.by_zone is not null then g.zone else coalesce(z.zone, s.zone) end is null then 'no_zone' end as problem,
  case when c.vol_rule <> 'none' and c.by_quanta is null and not coalesce(c.has_sides, false) then 'no_sides' end as assumed
from charged as c
left join rated_zones as z on z.v = c.v and z.zip = c.zip
left join card_zones as s on s.v = c.v and s.state = c.state
left join by_name as g on g.v = c.v and g.word = zone_word(c.by_zone)
