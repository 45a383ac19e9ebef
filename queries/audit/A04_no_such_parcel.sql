-- name: A04
-- title: Billed number is no parcel of ours
-- zh: 账单单号查无此件
-- purpose: lines whose numbers no export of ours knows, of days that the exports cover
-- grain: one row per line
-- place: 30
-- takes: lines
-- effect: unmatched
-- confidence: hard
-- inputs: audit_lines, parcel_facts
select l.line_id, l.shipment_id, l.number as number_billed, l.problem as reason, f.first_day as our_parcels_from, f.last_day as our_parcels_to
from audit_lines as l
join (select local_date(min(label_at), 'UTC') as first_day, local_date(max(label_at), 'UTC') as last_day from parcel_facts) as f
  on coalesce(l.ship_date, l.bill_date) >= f.first_day and coalesce(l.ship_date, l.bill_date) <= f.last_day + interval '31' day
where l.level = 'unmatched' and l.problem in ('number_unknown', 'number_of_later')
