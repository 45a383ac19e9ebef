-- name: unmapped
-- purpose: scans whose code and text no map knows
-- grain: one row per carrier and code; per text where a scan has no code
-- inputs: tracking_events, milestone_codes, milestone_texts, session
-- parameters: shown_from, the instant from which scans are shown
-- units: scans up to the as-of; text is an example
with said as (
  select e.carrier, e.code, e.text, count(*) as n
  from tracking_events as e
  cross join session as s
  where e.event_at <= s.as_of and e.event_at >= {shown_from}
  group by e.carrier, e.code, e.text
), nameless as (
  select d.carrier, d.code, d.text, d.n
  from said as d
  left join milestone_codes as c on c.carrier = d.carrier and c.code = d.code
  left join milestone_texts as t on t.carrier = d.carrier and t.text = d.text and c.milestone is null
  where coalesce(c.milestone, t.milestone, 0) = 0
), kinds as (
  select carrier, code, case when code is null then text end as own_text, text, n
  from nameless
)
select carrier, code, min(text) as text, cast(sum(n) as bigint) as n
from kinds
group by carrier, code, own_text
order by cast(sum(n) as bigint) desc, carrier, code, min(text)
