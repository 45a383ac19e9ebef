-- name: A07
-- title: No proof of delivery
-- zh: 账单已久仍无妥投记录
-- purpose: freight billed 60 days ago of parcels without delivery or any other end, where deliveries of the channel do come in
-- grain: one row per line and parcel
-- place: 920
-- takes: nothing
-- confidence: soft
-- by: charge
-- inputs: audit_lines, parcel_facts, taken_lines
with covered as (
  select provider, channel from parcel_facts group by provider, channel having count(delivered_at) * 2 > count(*)
)
select l.line_id, l.shipment_id, 0 as expected_e8, l.amount_e8 as billed_e8, s.last_event_at as last_scan, s.node as came_to
from audit_lines as l
join parcel_facts as s on s.shipment_id = l.shipment_id
join covered as c on c.channel is not distinct from s.channel and c.provider is not distinct from s.provider
where s.delivered_at is null and s.terminal is null and s.returning_at is null and l.charge = 'freight' and l.amount_e8 > 0
  and l.bill_date < date '{as_of_day}' - interval '60' day
  and l.line not in (select t.line from taken_lines as t)
