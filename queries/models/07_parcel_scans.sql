-- name: parcel_scans
-- purpose: the scans of a parcel by all its numbers, each with its milestone and the rank of who said so
-- grain: one row per scan and parcel
-- output: memory
-- inputs: parcel_ids, shipment_numbers by shipments, tracking_events by numbers, event_codes, event_words, event_sides
-- units: times UTC; milestone numbers as in milestones; source_rank 1 the last mile, 2 the line, 3 an aggregator, 4 others
with said as (
  select n.number, p.sid, n.carrier, n.valid_from, n.valid_to
  from shipment_numbers as n
  join parcel_ids as p on p.shipment_id = n.shipment_id
  where n.role in ('line', 'last_mile', 'relabel')
), said_twice as (
  select number from said where number is not null group by number having count(*) > 1
), numbers as (
  -- once a parcel, so that a scan counts once: a number in two roles is one number, with and without its carrier too
  select number, sid, carrier, valid_from, valid_to from said where number not in (select number from said_twice)
  union all
  select number, sid, case when count(carrier) = count(*) and min(carrier) = max(carrier) then min(carrier) end, min(valid_from), max(valid_to)
  from said
  where number in (select number from said_twice)
  group by number, sid
)
select n.sid, e.event_at,
  cast(coalesce(case s.side when 1 then coalesce(w.origin, c.origin) when 2 then coalesce(w.abroad, c.abroad) else coalesce(w.elsewhere, c.elsewhere) end, 0) as smallint) as milestone,
  cast(case e.source_kind when 'last_mile' then 1 when 'line' then 2 when 'aggregator' then 3 else 4 end as tinyint) as source_rank
from tracking_events as e
join numbers as n on n.number = e.tracking_number and (n.carrier = e.carrier or n.carrier is null or e.carrier is null)
  and e.event_at >= n.valid_from and e.event_at < n.valid_to
left join event_codes as c on c.system = coalesce(e.code_system, e.carrier, '') and c.code = e.code
left join event_words as w on w.word = case when coalesce(c.asks_text, true) then word_key(coalesce(e.code_system, e.carrier, ''), e.code, e.text) end
left join event_sides as s on s.place = case when coalesce(w.origin, c.origin) <> coalesce(w.abroad, c.abroad) or coalesce(w.abroad, c.abroad) <> coalesce(w.elsewhere, c.elsewhere)
  then place_key(e.country, e.place, case when e.country is null then e.text end) end
