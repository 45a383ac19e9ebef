-- name: rated_measures
-- purpose: what no card decides of a parcel: its ZIP, quanta of weight and sides; and the day that one card decides, or cards with the same rule of days
-- grain: one row per parcel and rule of days that it is to be priced by
-- inputs: rating_parcels, rating_cards, cards, card_channels, zone_days, rated_codes, rated_lists
-- units: *_quanta 1/16 ng or 0.00001 mm; volume in cubic quanta, of sides as measured
-- by_weight stands for weight and volume, by_zone for the zone of the ZIP, as somebody else found them
with asked as (
  select p.*, r.twin, coalesce(r.twin, p.by_card, c.card) as card
  from rating_parcels as p
  cross join (select distinct twin from rating_cards) as r
  left join card_channels as c on c.channel = case when p.by_card is null and r.twin is null then p.channel end and c.provider = coalesce(p.provider, '')
), dated as (
  select a.*, k.tz, case when k.by_country then a.country else '' end as span_country, k.by_country,
    case k.dated_by when 'label' then a.label_at when 'first_scan' then coalesce(a.first_scan_at, a.handed_over_at, a.label_at) else coalesce(a.handed_over_at, a.label_at) end as dated_at
  from asked as a
  left join cards as k on k.card = a.card
), placed as (
  select t.*, coalesce(t.day, shifted_date(t.dated_at, d.shift, d.change_at, d.shift_after), local_date(t.dated_at, t.tz)) as rated_on
  from dated as t
  left join zone_days as d on d.tz = t.tz and d.day = utc_day(t.dated_at)
), measured as (
  select t.*,
    case when t.by_weight > 0 and t.by_weight < 100000 then weight_quanta(t.by_weight, t.by_weight_unit) end as by_quanta,
    case when t.weight > 0 and t.weight < 100000 then weight_quanta(t.weight, t.weight_unit) end as weight_quanta,
    case when t.length > 0 then length_quanta(case when t.length < 200000 then t.length else 200000 end, t.length_unit) end as l,
    case when t.width > 0 then length_quanta(case when t.width < 200000 then t.width else 200000 end, t.length_unit) end as w,
    case when t.height > 0 then length_quanta(case when t.height < 200000 then t.height else 200000 end, t.length_unit) end as h
  from placed as t
), sided as (
  select t.*, l is not null and w is not null and h is not null and greatest(l, w, h) <= 500000000 as has_sides, coalesce(greatest(l, w, h) > 500000000, false) as too_long
  from measured as t
)
select s.parcel, s.twin, s.card, s.rated_on, s.span_country, s.by_country and s.country is null as lacks_country, s.state, z.zip, z.span, f.list, s.features, s.declared_value, s.declared_currency, s.by_zone, s.by_quanta,
  s.weight_quanta, s.too_long, case when s.has_sides then greatest(l, w, h) end as longest_quanta, case when s.has_sides then l + w + h - greatest(l, w, h) - least(l, w, h) end as second_quanta, case when s.has_sides then least(l, w, h) end as third_quanta,
  case when s.has_sides then wide(l) * w * h end as volume
from sided as s
left join rated_codes as z on z.postal_code = s.postal_code
left join rated_lists as f on f.features = s.features
