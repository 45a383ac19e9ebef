-- name: common_stages
-- purpose: stages whose parcel another bill names too
-- grain: one row per stage
-- inputs: line_sums, bill_slips
with numbered as (
  select s.stage, s.stage // n.slips as parcel
  from line_sums as s
  cross join (select max(slips) as slips from bill_slips) as n
), several as (
  select parcel from numbered group by parcel having count(*) > 1
)
select stage from numbered where parcel in (select parcel from several)
