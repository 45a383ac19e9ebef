-- name: unbilled_parcels
-- purpose: parcels that were handed over and whose freight no bill asks for
-- grain: one row per parcel of a provider that sends bills
-- inputs: shipments_as_of, audit_lines
-- Return labels that nobody used and parcels that no carrier touched are not owed.
select row_number() over () as parcel, s.provider, s.shipment_id, s.channel, month_start(local_date(s.handed_over_at, 'UTC')) as ship_month
from shipments_as_of as s
where s.provider in (select provider from audit_lines) and s.handed_over_at is not null
  and not exists (select 1 from audit_lines as l where l.shipment_id = s.shipment_id and l.provider = s.provider and l.charge = 'freight')
