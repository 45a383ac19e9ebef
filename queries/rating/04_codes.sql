-- name: rated_codes
-- purpose: the ZIP that a postal code says, and the span of ZIPs that the zones of all cards treat alike
-- grain: one row per postal code that occurs and is a ZIP
-- inputs: rating_parcels, zip_spans
select c.postal_code, c.zip, s.span
from (select postal_code, zip5(postal_code) as zip from (select distinct postal_code from rating_parcels) as p) as c
join zip_spans as s on c.zip >= s.zip_from and c.zip <= s.zip_to
