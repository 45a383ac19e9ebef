-- name: ask_by_weight
-- purpose: parcels as they were weighed by the bill
-- grain: one row per stage whose billed weight is not the chargeable one
-- inputs: bill_stages, asked_stages, bill_quotes, billed_shipments
select s.stage as parcel, q.card as by_card, r.provider, r.channel, q.rated_on as day, r.label_at, r.handed_over_at, r.first_scan_at, r.country, r.state, r.postal_code,
  r.weight, r.weight_unit, r.length, r.width, r.height, r.length_unit, r.features, r.declared_value, r.declared_currency,
  s.billed_weight as by_weight, s.weight_unit as by_weight_unit, r.by_zone
from bill_stages as s
join asked_stages as f on f.stage = s.stage
join bill_quotes as q on q.parcel = s.parcel
join billed_shipments as r on r.parcel = s.parcel
where s.billed_quanta <> q.chargeable_quanta
