-- name: unmapped
-- purpose: scans whose code and text no map knows
-- grain: one row per carrier and code; per text where a scan has no code
-- inputs: tracking_events, event_codes, event_words, session
-- parameters: shown_from, the instant from which scans are shown
-- units: scans up to the as-of; text is an example
with said as (
  select coalesce(e.code_system, e.carrier) as carrier, e.code, e.text, count(*) as n
  from tracking_events as e
  cross join session as s
  where e.event_at <= s.as_of and e.event_at >= {shown_from}
  group by coalesce(e.code_system, e.carrier), e.code, e.text
), nameless as (
  -- unknown where the side decides and is not known: the code or text itself is mapped then
  select d.carrier, d.code, d.text, d.n
  from said as d
  left join event_codes as c on c.system = coalesce(d.carrier, '') and c.code = d.code
  left join event_words as w on w.word = case when coalesce(c.asks_text, true) then word_key(coalesce(d.carrier, ''), d.code, d.text) end
  where coalesce(w.elsewhere, c.elsewhere, 0) = 0 and coalesce(w.origin, c.origin, 0) = 0 and coalesce(w.abroad, c.abroad, 0) = 0
), kinds as (
  select carrier, code, case when code is null then text end as own_text, text, n
  from nameless
)
select carrier, code, min(text) as text, cast(sum(n) as bigint) as n
from kinds
group by carrier, code, own_text
order by cast(sum(n) as bigint) desc, carrier, code, min(text)
