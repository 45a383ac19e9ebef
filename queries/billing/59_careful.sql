-- name: careful_stages
-- purpose: stages that do not say just what all their lines say together: a rule has taken some, two name a weight or a zone, or another bill names the parcel
-- grain: one row per stage
-- inputs: line_sums, common_stages, audit_lines, taken_lines
-- A table of its own, so that an engine knows how small it is.
select stage from line_sums where weighings > 1
union
select stage from common_stages
union
select l.stage from audit_lines as l join taken_lines as t on t.line = l.line where l.stage is not null
