-- name: parcels
-- purpose: which shipment records are the same parcel: own number, carrier's number within its span, links
-- grain: one row per shipment record, with what the models of numbers and orders ask of it; is_alone: no other record is the same parcel
-- output: memory
-- inputs: shipment_records by records, shipment_links by numbers
-- units: a number counts as given out again after 180 days
-- inline: records, spanned
with records as (
  select shipment_key, platform, shop_id, order_id, shipment_id as own, carrier, tracking_number, last_mile_carrier, last_mile_number, reference_number, master_number, role,
    coalesce(label_at, shipped_at, picked_up_at, exported_at, cast('1900-01-01 00:00:00 UTC' as timestamp with time zone)) as known_at
  from shipment_records
), reused as (
  -- only a carrier's number that several records share can hold more than one parcel
  select shipment_key from records where own is null group by shipment_key having max(known_at) - min(known_at) > interval '180' day
), breaks as (
  select r.shipment_key, r.platform, r.shop_id, r.order_id, r.known_at,
    case when r.known_at - lag(r.known_at) over (partition by r.shipment_key order by r.known_at, r.order_id) > interval '180' day then 1 else 0 end as is_break
  from records as r
  where r.own is null and r.shipment_key in (select shipment_key from reused)
), spans as (
  select shipment_key, platform, shop_id, order_id,
    sum(is_break) over (partition by shipment_key order by known_at, order_id rows between unbounded preceding and current row) as span
  from breaks
), spanned as (
  select r.*, coalesce(s.span, 0) as span
  from records as r
  left join spans as s
    on r.own is null and s.shipment_key = r.shipment_key and s.platform is not distinct from r.platform
    and s.shop_id is not distinct from r.shop_id and s.order_id is not distinct from r.order_id
), firsts as (
  select shipment_key, span, min(known_at) as known_at, count(*) as records from spanned group by shipment_key, span
), based as (
  -- a record of the seller's own number could bear the very id that is made for another's
  select r.shipment_key, r.platform, r.shop_id, r.order_id, r.own, r.carrier, r.tracking_number, r.last_mile_carrier, r.last_mile_number, r.reference_number, r.master_number, r.role, f.known_at,
    f.records = 1 and not contains(coalesce(r.own, ''), '@')
      and (r.own is not null or case when r.own is null then r.shipment_key || '@' || cast(local_date(f.known_at, 'UTC') as varchar) end not in (select own from records where contains(own, '@'))) as is_alone,
    case when r.own is not null then r.own else r.shipment_key || '@' || cast(local_date(f.known_at, 'UTC') as varchar) end as base_id
  from spanned as r
  join firsts as f on f.shipment_key = r.shipment_key and f.span = r.span
), numbers as (
  select base_id, own is not null as is_own, carrier, tracking_number as number, known_at from based where tracking_number is not null
  union all
  select base_id, own is not null, last_mile_carrier, last_mile_number, known_at from based where last_mile_number is not null
), several as (
  select number from numbers group by number having count(*) > 1
), shared as (
  -- keys of texts, because a minimum of texts costs ten times as much
  select number from numbers where number in (select number from several) group by number having min(text_key(base_id)) <> max(text_key(base_id))
), candidates as (
  select distinct base_id, is_own, carrier, number, known_at from numbers where number in (select number from shared)
), same_number as (
  -- two records with numbers of their own stay apart: there the span decides
  select a.base_id as a, b.base_id as b
  from candidates as a
  join candidates as b on b.number = a.number and b.base_id <> a.base_id
  where not (a.is_own and b.is_own)
    and (a.carrier is null or b.carrier is null or a.carrier = b.carrier)
    and abs(seconds_between(a.known_at, b.known_at)) <= 15552000
), links as (
  select carrier, number, linked_carrier, linked_number, linked_at
  from shipment_links
  where coalesce(withdrawn, false) = false and coalesce(role, 'last_mile') in ('last_mile', 'line', 'relabel')
), linked as (
  select a.base_id as a, b.base_id as b
  from links as l
  join numbers as a on a.number = l.number and (a.carrier is null or l.carrier is null or a.carrier = l.carrier)
  join numbers as b on b.number = l.linked_number and (b.carrier is null or l.linked_carrier is null or b.carrier = l.linked_carrier)
  where a.base_id <> b.base_id and abs(seconds_between(a.known_at, b.known_at)) <= 15552000
), edges as (
  select a, b from same_number union select a, b from linked union select b, a from linked
), reach as (
  with recursive walk(a, b) as (
    select a, b from edges
    union
    select w.a, e.b from walk as w join edges as e on e.a = w.b
  )
  select a, b from walk
), owned as (
  select base_id, max(case when own is not null then 1 else 0 end) as is_own, min(known_at) as known_at
  from based
  where base_id in (select a from reach)
  group by base_id
), joined as (
  -- the parcel bears the seller's own number where one of its records has it, else the first made one
  select r.a as base_id, min((case when o.is_own = 1 then '0' else '1' end) || r.b) as best, min(o.known_at) as known_at
  from (select a, b from reach union select a, a from reach) as r
  join owned as o on o.base_id = r.b
  group by r.a
), marked as (
  select *, base_id in (select base_id from joined) as is_joined from based
)
-- two arms, because few records are joined to others: one join would put all of them into its hash table
select shipment_key, platform, shop_id, order_id, base_id as shipment_id, known_at, is_alone,
  carrier, tracking_number, last_mile_carrier, last_mile_number, reference_number, master_number, coalesce(role, 'outbound') as role
from marked
where not is_joined
union all
select b.shipment_key, b.platform, b.shop_id, b.order_id, substr(j.best, 2), j.known_at, false,
  b.carrier, b.tracking_number, b.last_mile_carrier, b.last_mile_number, b.reference_number, b.master_number, coalesce(b.role, 'outbound')
from marked as b
join joined as j on j.base_id = b.base_id
where b.is_joined
