-- name: careful_stages
-- purpose: stages that do not say just what all their lines say together: a rule has taken some, two name a weight or a zone, or another bill names the parcel
-- grain: one row per stage
-- inputs: line_sums, bill_slips, audit_lines, taken_lines
-- A table of its own, so that an engine knows how small it is.
with numbered as (
  select s.stage, s.stage // n.slips as parcel, s.weighings
  from line_sums as s
  cross join (select max(slips) as slips from bill_slips) as n
), several as (
  select parcel from numbered group by parcel having count(*) > 1
)
select stage from numbered where weighings > 1 or parcel in (select parcel from several)
union
select l.stage from audit_lines as l join taken_lines as t on t.line = l.line where l.stage is not null
