-- name: kept_lines
-- purpose: the lines of parcels that no rule took whole, and that are no credit
-- grain: one row per line and parcel
-- inputs: audit_lines, taken_lines
select l.*
from audit_lines as l
where l.stage is not null and l.charge_class <> 'credit' and l.line not in (select t.line from taken_lines as t)
