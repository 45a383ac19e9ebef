-- name: open_units
-- purpose: the charges of stages that have something open, which rules look at
-- grain: one row per stage and charge
-- inputs: audit_units, open_effects
-- units: *_e8 0.00000001 of currency, as audit_units has them
select u.*
from audit_units as u
where u.stage in (select stage from open_effects)
