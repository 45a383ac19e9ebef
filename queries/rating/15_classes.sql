-- name: rated_classes
-- purpose: parcels that cost the same, because no condition and no price of their version tells them apart
-- grain: one row per class; that of a lone parcel is its own
-- inputs: rated_weights
-- The day, ZIP, state and list of features of a class are those of any of its parcels. What only lone parcels are asked by is empty.
select row_number() over () as class, c.*
from (
  select alike, chargeable_ticks, lone, any_value(v) as v, any_value(zone) as zone, any_value(rated_on) as rated_on, any_value(zip) as zip, any_value(state) as state, any_value(list) as list,
    cast(null as bigint) as weight_quanta, cast(null as bigint) as longest_quanta, cast(null as bigint) as second_quanta, cast(null as bigint) as third_quanta, cast(null as hugeint) as volume, cast(null as decimal(18,4)) as declared_value, cast(null as varchar) as declared_currency
  from rated_weights
  where lone = -1
  group by alike, chargeable_ticks, lone
  union all
  select alike, chargeable_ticks, lone, v, zone, rated_on, zip, state, list, weight_quanta, longest_quanta, second_quanta, third_quanta, volume, declared_value, declared_currency
  from rated_weights
  where lone <> -1
) as c
