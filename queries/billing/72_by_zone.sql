-- name: ask_by_zone
-- purpose: parcels as they were weighed and zoned by the bill
-- grain: one row per stage whose billed zone is not that of the ZIP
-- inputs: bill_stages, asked_stages, bill_quotes, billed_shipments, scenario_stages
select s.stage as parcel, q.card as by_card, r.provider, r.channel, q.rated_on as day, r.label_at, r.handed_over_at, r.first_scan_at, r.country, r.state, r.postal_code,
  r.weight, r.weight_unit, r.length, r.width, r.height, r.length_unit, r.features, r.declared_value, r.declared_currency,
  case when w.stage is not null then s.billed_weight end as by_weight, case when w.stage is not null then s.weight_unit end as by_weight_unit, s.billed_zone as by_zone
from bill_stages as s
join asked_stages as f on f.stage = s.stage
join bill_quotes as q on q.parcel = s.parcel
join billed_shipments as r on r.parcel = s.parcel
left join scenario_stages as w on w.stage = s.stage and w.scenario = 1
where q.has_zones and zone_word(s.billed_zone) <> zone_word(q.zone)
