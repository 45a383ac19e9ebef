-- name: rated_lists
-- purpose: a number for each list of features that occurs: one for all in which the surcharges of the cards find the same
-- grain: one row per list in which any of them finds something
-- inputs: rating_parcels, card_features
with asked as (
  select feature, row_number() over (order by feature) as place
  from (select distinct feature from card_features) as f
), found as (
  select p.features, cast(sum(case when has_word(p.features, a.feature) then power(2, a.place) else 0 end) as bigint) as words
  from (select distinct features from rating_parcels where features is not null) as p
  cross join asked as a
  group by p.features
)
select dense_rank() over (order by words) as list, features
from found
where words > 0
