-- name: audit_slices
-- purpose: billed, quoted and every part of their difference, with all that they can be added up by
-- grain: one row per bill, parcel, charge and part (billed, quoted, or an effect)
-- inputs: audit_parts, sku_classes
-- units: amount_e8 0.00000001 of currency
-- sku_class: null where a line means no parcel; unknown where no order line is known of it.
select p.provider, p.account, p.bill_no, p.version, p.bill_month, p.currency, p.shipment_id, p.channel, case when p.shipment_id is not null then coalesce(k.sku_class, 'unknown') end as sku_class, p.charge, p.part, p.amount_e8
from audit_parts as p
left join sku_classes as k on k.shipment_id = p.shipment_id
