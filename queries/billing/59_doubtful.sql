-- name: doubtful_stages
-- purpose: stages that are not all that was billed of their parcel, each charge of the quote by one line: of the others nothing can have been billed again
-- grain: one row per stage
-- inputs: line_sums, common_stages, bill_slips, bill_quotes, bill_parcels, audit_lines
with numbered as (
  select s.stage, s.stage // n.slips as parcel, s.charges_key
  from line_sums as s
  cross join (select max(slips) as slips from bill_slips) as n
)
select s.stage
from numbered as s
left join bill_quotes as q on q.parcel = s.parcel and q.total_e8 is not null
where q.parcel is null or q.charges_key <> s.charges_key
union
select stage from common_stages
union
-- a line that means no parcel may name it all the same
select stage from numbered where parcel in (select b.parcel from audit_lines as l join bill_parcels as b on b.shipment_id = l.number where l.stage is null)
