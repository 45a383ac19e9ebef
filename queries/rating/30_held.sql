-- name: rated_held
-- purpose: the surcharges whose conditions the parcels of a class meet
-- grain: one row per class and surcharge
-- inputs: rated_classes, card_versions, card_surcharges, rated_tiers, rated_features
-- units: amounts as card_surcharges holds them
select w.class, w.lone, w.v, w.rated_on, w.zone, w.chargeable_ticks, v.currency, w.declared_value, w.declared_currency,
  s.n, s.charge, s.grp, s.kind, s.ord, s.amount, s.by_day, s.minimum_e8, s.maximum_e8, z.tier, z.file, z.line
from rated_classes as w
join card_versions as v on v.v = w.v
join card_surcharges as s on s.v = w.v
left join rated_tiers as z on z.v = s.v and z.n = s.n and z.zip = w.zip
left join rated_features as f on f.v = s.v and f.n = s.n and f.list = w.list
where (s.from_day is null or w.rated_on >= s.from_day) and (s.to_day is null or w.rated_on < s.to_day)
  and (not s.has_zips or z.zip is not null)
  and (not s.has_features or f.n is not null)
  and (s.zones is null or has_word(s.zones, w.zone))
  and (s.states is null or has_word(s.states, w.state))
  and (s.actual_over is null or w.weight_quanta > s.actual_over * v.weight_tick)
  and (s.chargeable_over is null or w.chargeable_ticks > s.chargeable_over)
  and (s.longest_over is null or w.longest_quanta > s.longest_over * v.length_tick)
  and (s.second_over is null or w.second_quanta > s.second_over * v.length_tick)
  and (s.girth_over is null or 2 * (w.second_quanta + w.third_quanta) > s.girth_over * v.length_tick)
  and (s.length_girth_over is null or w.longest_quanta + 2 * (w.second_quanta + w.third_quanta) > s.length_girth_over * v.length_tick)
  and (s.volume_over is null or w.volume * 10000 > wide(s.volume_over) * (v.length_tick * 10000) * (v.length_tick * 10000) * (v.length_tick * 10000))
