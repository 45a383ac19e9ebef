-- name: audit_units
-- purpose: a charge of a parcel on a bill: billed, quoted, and the difference by what was put from the bill into the quote
-- grain: one row per stage and charge that was billed or is quoted
-- inputs: plain_units, priced_units
-- units: *_e8 0.00000001 of currency, columns as in the query of what was priced again
select stage, charge, charge_class, lines, is_quoted, is_percent, is_translated, billed_e8, quoted_e8, cast(0 as bigint) as weight_e8, cast(0 as bigint) as zone_e8, cast(0 as bigint) as freight_e8, cast(0 as bigint) as charges_e8,
  fx_e8, billed_e8 - quoted_e8 - fx_e8 as rest_e8, quoted_e8 as s2, billed_e8 as upto_e8
from plain_units
union all
select stage, charge, charge_class, lines, is_quoted, is_percent, is_translated, billed_e8, quoted_e8, weight_e8, zone_e8, freight_e8, charges_e8, fx_e8, rest_e8, s2, upto_e8
from priced_units
