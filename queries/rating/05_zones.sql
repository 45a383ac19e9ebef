-- name: rated_zones
-- purpose: the zone that a card gives to each span of ZIPs that occurs
-- grain: one row per span and version that has a zone for it
-- inputs: rated_codes, card_zones
-- A table of its own, so that an engine knows how small it is.
select c.span, z.v, z.zone, z.zone_id, z.line
from (select span, min(zip) as zip from rated_codes group by span) as c
join card_zones as z on c.zip >= z.zip_from and c.zip <= z.zip_to
