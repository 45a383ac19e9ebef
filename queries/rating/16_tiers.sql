-- name: rated_tiers
-- purpose: the tier that a surcharge's list gives to each ZIP of a class
-- grain: one row per ZIP, version and surcharge whose list has it
-- inputs: rated_classes, card_zips
select c.zip, z.v, z.n, z.tier, z.file, z.line
from (select distinct zip from rated_classes) as c
join card_zips as z on c.zip >= z.zip_from and c.zip <= z.zip_to
