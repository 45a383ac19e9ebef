-- name: ask_as_given
-- purpose: parcels whose amounts are given, as they were weighed and zoned by the bill
-- grain: one row per stage in rating_given
-- inputs: bill_stages, bill_quotes, billed_shipments, scenario_stages, rating_given
select s.stage as parcel, q.card as by_card, r.provider, r.channel, q.rated_on as day, r.label_at, r.handed_over_at, r.first_scan_at, r.country, r.state, r.postal_code,
  r.weight, r.weight_unit, r.length, r.width, r.height, r.length_unit, r.features, r.declared_value, r.declared_currency,
  case when w.stage is not null then s.billed_weight end as by_weight, case when w.stage is not null then s.weight_unit end as by_weight_unit,
  case when z.stage is not null then s.billed_zone end as by_zone
from (select distinct parcel from rating_given) as g
join bill_stages as s on s.stage = g.parcel
join bill_quotes as q on q.parcel = s.parcel
join billed_shipments as r on r.parcel = s.parcel
left join scenario_stages as w on w.stage = s.stage and w.scenario = 1
left join scenario_stages as z on z.stage = s.stage and z.scenario = 2
