-- name: rating_parcels
-- purpose: parcels with what became of them among their features, so that the contract's price for it is due
-- grain: one row per billed parcel
-- inputs: rating_parcels, bill_parcels, shipments_as_of
-- returned: it turned back; redelivered: an attempt failed; label_cancelled: its label was voided.
select p.parcel, p.by_card, p.provider, p.channel, p.day, p.label_at, p.handed_over_at, p.first_scan_at, p.country, p.state, p.postal_code,
  p.weight, p.weight_unit, p.length, p.width, p.height, p.length_unit,
  nullif(coalesce(p.features, '') || case when s.returning_at is not null or s.terminal = 'returned' then ',returned,' else '' end
    || case when s.attempt_failed_at is not null then ',redelivered,' else '' end || case when s.terminal = 'cancelled' then ',label_cancelled,' else '' end, '') as features,
  p.declared_value, p.declared_currency, p.by_weight, p.by_weight_unit, p.by_zone
from rating_parcels as p
join bill_parcels as b on b.parcel = p.parcel
join shipments_as_of as s on s.shipment_id = b.shipment_id
