-- name: asked_stages
-- purpose: stages of which something may have to be priced again as the bill says it: most are not among them
-- grain: one row per stage that has a quote
-- inputs: bill_stages, stage_quotes, bill_quotes, plain_units
with quoted as (
  select s.stage, s.bills, s.billed_quanta, s.billed_zone, q.chargeable_quanta, q.zone, q.has_zones
  from bill_stages as s
  join stage_quotes as f on f.stage = s.stage
  join bill_quotes as q on q.parcel = s.parcel
), apart as (
  select billed_zone, zone from (select distinct billed_zone, zone from quoted where billed_zone <> zone and has_zones) as d where zone_word(billed_zone) <> zone_word(zone)
)
select stage from quoted where bills > 1 or billed_quanta <> chargeable_quanta
union
select q.stage from quoted as q join apart as a on a.billed_zone = q.billed_zone and a.zone = q.zone where q.has_zones
union
select stage from plain_units where differs
