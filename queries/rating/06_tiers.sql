-- name: rated_tiers
-- purpose: the tier that a surcharge's list gives to each ZIP that occurs
-- grain: one row per ZIP, version and surcharge whose list has it
-- inputs: rating_parcels, card_zips
select p.zip, z.v, z.n, z.tier, z.file, z.line
from (select distinct zip5(postal_code) as zip from rating_parcels) as p
join card_zips as z on p.zip >= z.zip_from and p.zip <= z.zip_to
