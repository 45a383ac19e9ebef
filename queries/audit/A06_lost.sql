-- name: A06
-- title: Freight of a parcel that was lost or destroyed
-- zh: 丢失/销毁件仍收运费且未见赔付
-- purpose: freight of parcels that ended lost or destroyed 30 days ago, of which no credit has come since
-- grain: one row per line and parcel
-- place: 910
-- takes: nothing
-- confidence: soft
-- by: charge
-- inputs: audit_lines, parcel_facts, taken_lines
-- Whether freight is due of what was lost is a matter of the contract: nothing is taken. What was returned is due.
select l.line_id, l.shipment_id, 0 as expected_e8, l.amount_e8 as billed_e8, s.terminal as ended_as, s.terminal_at as ended_at
from audit_lines as l
join parcel_facts as s on s.shipment_id = l.shipment_id
where s.terminal in ('lost', 'destroyed') and s.terminal_at < cast(date '{as_of_day}' as timestamp with time zone) - interval '30' day
  and l.charge = 'freight' and l.amount_e8 > 0
  and l.line not in (select t.line from taken_lines as t)
  and not exists (select 1 from audit_lines as c where c.shipment_id = l.shipment_id and c.provider = l.provider and c.amount_e8 < 0 and (c.charge_class = 'credit' or c.charge = 'freight'))
