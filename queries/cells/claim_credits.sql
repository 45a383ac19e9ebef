-- name: claim_credits
-- purpose: money that came back on current bills up to the as-of, to be matched to claims
-- grain: one row per line of class credit that asks for less than nothing; a discount is part of a price and none
-- inputs: billing_lines, bill_lines, session
-- units: amount in currency, above 0
-- The parcel is the one that the audit matches the line's numbers to; none where they mean several.
with parcels as (
  select line_id, max(shipment_id) as shipment_id
  from bill_lines
  where shipment_id is not null and charge_class = 'credit'
  group by line_id
  having count(distinct shipment_id) = 1
)
select l.line_id, l.provider, coalesce(l.account, '') as account, l.bill_no, coalesce(cast(l.bill_date as varchar), '') as bill_date,
  coalesce(p.shipment_id, '') as shipment_id, coalesce(l.tracking_number, l.provider_number, l.reference, l.master_number, '') as tracking_number,
  l.charge, coalesce(l.currency, '') as currency, cast(-l.amount as varchar) as amount
from billing_lines as l
cross join session as s
left join parcels as p on p.line_id = l.line_id
where l.charge_class = 'credit' and l.charge <> 'discount' and l.amount < 0 and (l.bill_date is null or l.bill_date <= local_date(s.as_of, 'UTC'))
order by l.provider, l.bill_date, l.bill_no, l.line_id
