-- name: bill_quotes
-- purpose: what the contract asks for a parcel as we know it
-- grain: one row per billed parcel
-- inputs: rated_totals, rated_weights, card_versions
-- units: *_e8 0.00000001 of currency; *_quanta 1/16 ng or 0.00001 mm, volume in cubic quanta
select t.parcel, t.card, t.v, t.rated_on, t.currency, t.zone, t.basis, t.assumed, t.total_e8, t.problem,
  t.chargeable_ticks * v.weight_tick as chargeable_quanta, w.weight_quanta, w.longest_quanta, w.second_quanta, w.third_quanta, w.volume, w.vol_counts, w.zip, w.state, w.features,
  v.weight_tick, v.length_tick, v.step_ticks, v.min_ticks, v.divisor_e4, v.vol_rule, v.has_zones, w.declared_value, w.declared_currency, t.class
from rated_totals as t
join rated_weights as w on w.parcel = t.parcel and w.card = t.card
left join card_versions as v on v.v = t.v
