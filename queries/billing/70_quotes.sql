-- name: bill_quotes
-- purpose: what the contract asks for a parcel as we know it
-- grain: one row per billed parcel
-- inputs: rated_weights, rated_prices, quote_amounts, card_versions
-- units: *_e8 0.00000001 of currency; *_quanta 1/16 ng or 0.00001 mm, volume in cubic quanta
select w.parcel, w.card, w.v, w.rated_on, w.currency, w.zone, w.basis, w.assumed, p.total_e8, coalesce(w.problem, p.problem) as problem,
  w.chargeable_ticks * v.weight_tick as chargeable_quanta, w.weight_quanta, w.longest_quanta, w.second_quanta, w.third_quanta, w.volume, w.vol_counts, w.zip, w.state, w.features,
  v.weight_tick, v.length_tick, v.step_ticks, v.min_ticks, v.divisor_e4, v.vol_rule, v.has_zones, w.declared_value, w.declared_currency, p.class, k.charges_key
from rated_weights as w
left join rated_prices as p on p.alike = w.alike and p.chargeable_ticks = w.chargeable_ticks and p.lone = w.lone
left join (select class, sum(text_key(charge) // 65536) as charges_key from quote_amounts group by class) as k on k.class = p.class
left join card_versions as v on v.v = w.v
