-- name: clean_stages
-- purpose: stages that are all that was billed of their parcel, each charge of the quote by one line: nothing can have been billed again
-- grain: one row per stage
-- inputs: line_sums, bill_slips, bill_quotes, bill_parcels, audit_lines
with numbered as (
  select s.stage, s.stage // n.slips as parcel, s.charges_key
  from line_sums as s
  cross join (select max(slips) as slips from bill_slips) as n
), alone as (
  select parcel, max(stage) as stage, max(charges_key) as charges_key from numbered group by parcel having count(*) = 1
)
select a.stage
from alone as a
join bill_quotes as q on q.parcel = a.parcel and q.total_e8 is not null and q.charges_key = a.charges_key
where a.parcel not in (select b.parcel from bill_parcels as b join audit_lines as l on l.number = b.shipment_id and l.stage is null)
