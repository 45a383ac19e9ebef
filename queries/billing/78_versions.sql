-- name: ask_by_version
-- purpose: parcels with another freight than the card's, under each other version of it
-- grain: one row per stage and version
-- inputs: bill_stages, bill_quotes, billed_shipments, scenario_stages, audit_effects, cards, card_spans
select s.stage as parcel, q.card as by_card, r.provider, r.channel, p.day, r.label_at, r.handed_over_at, r.first_scan_at, r.country, r.state, r.postal_code,
  r.weight, r.weight_unit, r.length, r.width, r.height, r.length_unit, r.features, r.declared_value, r.declared_currency,
  case when w.stage is not null then s.billed_weight end as by_weight, case when w.stage is not null then s.weight_unit end as by_weight_unit,
  case when z.stage is not null then s.billed_zone end as by_zone
from (select distinct stage from audit_effects where effect = 'rate' and charge = 'freight') as e
join bill_stages as s on s.stage = e.stage
join bill_quotes as q on q.parcel = s.parcel
join billed_shipments as r on r.parcel = s.parcel
join cards as k on k.card = q.card
join (select card, country, v, min(from_day) as day from card_spans group by card, country, v) as p on p.card = q.card and p.v <> q.v and p.country = case when k.by_country then r.country else '' end
left join scenario_stages as w on w.stage = s.stage and w.scenario = 1
left join scenario_stages as z on z.stage = s.stage and z.scenario = 2
