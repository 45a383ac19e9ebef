-- name: shipments
-- purpose: the parcel, from the newest of its records that states each thing
-- grain: one row per parcel
-- output: lake
-- inputs: parcels, shipment_records by records
-- inline: records
with records as (
  select p.shipment_id as parcel, p.known_at, r.shipment_key, r.order_id, r.exported_at, coalesce(r.role, 'outbound') as role,
    coalesce(r.direction, case when r.role = 'return' then 'return' else 'outbound' end) as direction,
    coalesce(r.deliver_before_at, case when r.promise_date is not null then local_midnight(r.promise_date + interval '1' day, coalesce(r.promise_tz, z.tz, 'UTC')) end) as deliver_before_at,
    r.platform, r.shop_id, r.provider, r.channel, r.service_tier, r.carrier, r.tracking_number, r.last_mile_carrier, r.last_mile_number, r.status, r.label_at, r.shipped_at, r.picked_up_at, r.delivered_at, r.cancelled_at, r.origin, r.state, r.postal_code, r.country, r.weight, r.weight_unit, r.length, r.width, r.height, r.length_unit, r.cost_amount, r.cost_currency, r.insurance_amount, r.features, r.declared_value, r.declared_currency
  from parcels as p
  join shipment_records as r
    on r.shipment_key = p.shipment_key and r.platform is not distinct from p.platform
    and r.shop_id is not distinct from p.shop_id and r.order_id is not distinct from p.order_id
  left join platform_zones as z on z.platform = r.platform
), several as (
  select distinct shipment_id as parcel from parcels where not is_alone
), singles as (
  select * from records where parcel not in (select parcel from several)
), placed as (
  select *, row_number() over (partition by parcel order by exported_at nulls first, order_id desc nulls first, shipment_key desc, platform desc nulls first, shop_id desc nulls first) as place
  from records
  where parcel in (select parcel from several)
), merged as (
  select parcel,
  min(known_at) as known_at,
  count(*) as records,
  max_by(role, place) filter (where role is not null) as role,
  max_by(direction, place) filter (where direction is not null) as direction,
  max_by(deliver_before_at, place) filter (where deliver_before_at is not null) as deliver_before_at,
  max_by(platform, place) filter (where platform is not null) as platform,
  max_by(shop_id, place) filter (where shop_id is not null) as shop_id,
  max_by(provider, place) filter (where provider is not null) as provider,
  max_by(channel, place) filter (where channel is not null) as channel,
  max_by(service_tier, place) filter (where service_tier is not null) as service_tier,
  max_by(carrier, place) filter (where carrier is not null) as carrier,
  max_by(tracking_number, place) filter (where tracking_number is not null) as tracking_number,
  max_by(last_mile_carrier, place) filter (where last_mile_carrier is not null) as last_mile_carrier,
  max_by(last_mile_number, place) filter (where last_mile_number is not null) as last_mile_number,
  max_by(status, place) filter (where status is not null) as status,
  max_by(label_at, place) filter (where label_at is not null) as label_at,
  max_by(shipped_at, place) filter (where shipped_at is not null) as shipped_at,
  max_by(picked_up_at, place) filter (where picked_up_at is not null) as picked_up_at,
  max_by(delivered_at, place) filter (where delivered_at is not null) as delivered_at,
  max_by(cancelled_at, place) filter (where cancelled_at is not null) as cancelled_at,
  max_by(origin, place) filter (where origin is not null) as origin,
  max_by(state, place) filter (where state is not null) as state,
  max_by(postal_code, place) filter (where postal_code is not null) as postal_code,
  max_by(country, place) filter (where country is not null) as country,
  max_by(weight, place) filter (where weight is not null) as weight,
  max_by(weight_unit, place) filter (where weight_unit is not null) as weight_unit,
  max_by(length, place) filter (where length is not null) as length,
  max_by(width, place) filter (where width is not null) as width,
  max_by(height, place) filter (where height is not null) as height,
  max_by(length_unit, place) filter (where length_unit is not null) as length_unit,
  max_by(cost_amount, place) filter (where cost_amount is not null) as cost_amount,
  max_by(cost_currency, place) filter (where cost_currency is not null) as cost_currency,
  max_by(insurance_amount, place) filter (where insurance_amount is not null) as insurance_amount,
  max_by(features, place) filter (where features is not null) as features,
  max_by(declared_value, place) filter (where declared_value is not null) as declared_value,
  max_by(declared_currency, place) filter (where declared_currency is not null) as declared_currency
  from placed
  group by parcel
)
select parcel as shipment_id, platform, shop_id, role, direction, provider, channel, service_tier, carrier, tracking_number, last_mile_carrier, last_mile_number, status, label_at, shipped_at, picked_up_at, delivered_at, cancelled_at, deliver_before_at, origin, state, postal_code, country, weight, weight_unit, length, width, height, length_unit, cost_amount, cost_currency, insurance_amount, features, declared_value, declared_currency,
  cast(1 as bigint) as records, month_start(utc_day(known_at)) as p_month
from singles
union all
select parcel, platform, shop_id, role, direction, provider, channel, service_tier, carrier, tracking_number, last_mile_carrier, last_mile_number, status, label_at, shipped_at, picked_up_at, delivered_at, cancelled_at, deliver_before_at, origin, state, postal_code, country, weight, weight_unit, length, width, height, length_unit, cost_amount, cost_currency, insurance_amount, features, declared_value, declared_currency,
  cast(records as bigint), month_start(utc_day(known_at))
from merged
