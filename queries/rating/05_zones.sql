-- name: rated_zones
-- purpose: the zone that a card gives to each ZIP that occurs
-- grain: one row per ZIP and version that has a zone for it
-- inputs: rating_parcels, card_zones
-- A table of its own, so that an engine knows how small it is.
select p.zip, z.v, z.zone, z.line
from (select distinct zip5(postal_code) as zip from rating_parcels) as p
join card_zones as z on p.zip >= z.zip_from and p.zip <= z.zip_to
