-- name: unbilled_parcels
-- purpose: parcels that were handed over and whose freight no bill asks for
-- grain: one row per parcel of a provider that sends bills
-- inputs: parcel_facts, audit_lines, bill_parcels
-- Return labels that nobody used and parcels that no carrier touched are not owed.
select row_number() over () as parcel, s.provider, s.shipment_id, s.channel, s.ship_month
from parcel_facts as s
where s.provider in (select provider from audit_lines) and s.handed_over_at is not null
  and not exists (select 1 from bill_parcels as b where b.shipment_id = s.shipment_id and b.provider = s.provider and b.parcel in (select parcel from audit_lines where charge = 'freight'))
