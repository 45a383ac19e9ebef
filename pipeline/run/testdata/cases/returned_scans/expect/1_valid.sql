select shipment_id, case when first_scan_at is not null and scans >= 2 then 'yes' else 'no' end as valid from shipments_as_of order by shipment_id
