-- name: audit_parts
-- purpose: billed, quoted and every part of their difference, of all lines, with bill and parcel
-- grain: one row per bill, currency, parcel, charge and part (billed, quoted, or an effect)
-- inputs: part_rows, bill_slips, bill_parcels
-- units: amount_e8 0.00000001 of currency
select i.provider, i.account, i.bill_no, i.version, p.bill_month, i.currency, b.shipment_id, b.channel, p.charge, p.part, p.amount_e8
from (select place, bill_month, charge, part, cast(sum(amount_e8) as bigint) as amount_e8 from part_rows group by place, bill_month, charge, part) as p
join bill_slips as i on i.slip = p.place % i.slips
left join bill_parcels as b on b.parcel = p.place // i.slips
