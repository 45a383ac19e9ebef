-- name: rated_days
-- purpose: the version that holds on each day that occurs, with the number of a span of days on which it asks the same
-- grain: one row per card, country of its spans and day
-- inputs: rated_measures, card_spans, card_days
select s.card, s.country, d.day, s.v, l.span as day_span
from (select distinct rated_on as day from rated_measures) as d
join card_spans as s on d.day >= s.from_day and d.day < s.to_day
join card_days as l on l.v = s.v and d.day >= l.from_day and d.day < l.to_day
