-- name: A09
-- title: Lateness that the contract pays for
-- zh: 超时赔付
-- purpose: what the card pays for parcels that came, or are still to come, more days later than the contract allows, beside a guarantee
-- grain: one row per parcel
-- place: 755
-- takes: compensation
-- confidence: hard
-- needs: quotes
-- inputs: late_parcels
select line_id, shipment_id, owed_e8, from_event as counted_from, from_at as counted_from_at, days_promised, calendar, tz as days_of, promised_day, delivered_at, days_late, clause,
  case when pays = 'percent' then amount end as pays_percent_e4, case when pays = 'per_day' then money_of_e8(amount) end as pays_per_day, case when back_e8 > 0 then money_of_e8(back_e8) end as credited_already
from late_parcels
where kind = 'late'
