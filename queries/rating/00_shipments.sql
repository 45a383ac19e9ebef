-- name: rating_parcels
-- purpose: shipments as the rater takes them
-- grain: one row per parcel that existed at the as-of
-- inputs: shipments_as_of, shipments
-- What became of the parcel is a feature too: returned, redelivered (an attempt failed), weekend (delivered then: the day is local to the
-- destination, which lies between UTC and ten hours behind it, and a weekend at either end is one).
-- units: weights and sides as measured with their unit; times UTC
with became as (
  select f.*, f.returning_at is not null or f.terminal = 'returned' as is_returned, f.attempt_failed_at is not null as is_redelivered,
    coalesce(utc_day(f.delivered_at) >= week_start(utc_day(f.delivered_at)) + interval '5' day
      or shifted_date(f.delivered_at, cast(-36000 as bigint), f.delivered_at, cast(-36000 as bigint)) >= week_start(shifted_date(f.delivered_at, cast(-36000 as bigint), f.delivered_at, cast(-36000 as bigint))) + interval '5' day, false) as is_weekend
  from shipments_as_of as f
)
select f.shipment_id as name, cast(null as varchar) as by_card, f.provider, f.channel, cast(null as date) as day, f.label_at, f.handed_over_at, f.first_scan_at,
  s.country, s.state, s.postal_code, s.weight, s.weight_unit, s.length, s.width, s.height, s.length_unit,
  case when s.features is not null or f.is_returned or f.is_redelivered or f.is_weekend
    then ',' || coalesce(replace(s.features, ' ', '') || ',', '') || case when f.is_returned then 'returned,' else '' end || case when f.is_redelivered then 'redelivered,' else '' end || case when f.is_weekend then 'weekend,' else '' end end as features, s.declared_value, s.declared_currency,
  cast(null as decimal(18,4)) as by_weight, cast(null as varchar) as by_weight_unit, cast(null as varchar) as by_zone
from became as f
join shipments as s on s.shipment_id = f.shipment_id
