-- name: bill_named
-- purpose: from which file to which the charges of a parcel that a file names are the bill's
-- grain: one row per bill, file and parcel with charge
-- output: memory
-- inputs: bill_lines, bill_files
-- units: places as in bill_files; until_place is the first file that says otherwise, null where none does
with named as (
  select distinct l.bill, l.ord, l.replaced_key, f.place, f.span, f.span_end
  from bill_lines as l
  join bill_files as f on f.bill = l.bill and f.ord = l.ord
  where f.begins = 1 or f.extends = 1
)
select bill, ord, replaced_key, place as from_place,
  coalesce(lead(place) over (partition by bill, span, replaced_key order by place), span_end) as until_place
from named
