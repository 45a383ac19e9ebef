-- name: rated_places
-- purpose: the ZIPs that surcharges of a version list, each with the first ZIP that stands in the same lists with the same tiers
-- grain: one row per ZIP that occurs and version that lists it
-- inputs: rated_codes, card_places
select c.zip, p.v, p.like_zip
from (select distinct zip from rated_codes) as c
join card_places as p on c.zip >= p.zip_from and c.zip <= p.zip_to
