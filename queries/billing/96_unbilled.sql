-- name: unbilled_parcels
-- purpose: parcels that were handed over and whose freight no bill asks for
-- grain: one row per parcel of a provider that sends bills
-- inputs: parcel_facts, audit_lines, bill_parcels
-- Return labels that nobody used and parcels that no carrier touched are not owed.
with billing as (
  select provider from audit_lines group by provider
), paid as (
  select b.provider, b.shipment_id
  from bill_parcels as b
  where b.parcel in (select l.parcel from audit_lines as l where l.charge = 'freight')
)
select row_number() over () as parcel, s.provider, s.shipment_id, s.channel, s.ship_month
from parcel_facts as s
left join paid as p on p.shipment_id = s.shipment_id and p.provider = s.provider
where s.handed_over_at is not null and s.provider in (select provider from billing) and p.shipment_id is null
