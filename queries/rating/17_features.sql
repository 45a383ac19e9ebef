-- name: rated_features
-- purpose: the surcharges that ask for a feature which a list of them has
-- grain: one row per list of features that occurs, version and surcharge
-- inputs: rated_lists, card_features
select distinct p.list, f.v, f.n
from rated_lists as p
join card_features as f on has_word(p.features, f.feature)
