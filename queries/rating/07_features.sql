-- name: rated_features
-- purpose: the surcharges that ask for a feature which a parcel's list of them has
-- grain: one row per list of features that occurs, version and surcharge
-- inputs: rating_parcels, card_features
select distinct p.features, f.v, f.n
from (select distinct features from rating_parcels where features is not null) as p
join card_features as f on has_word(p.features, f.feature)
