-- name: I03
-- title: Billed after its period was closed
-- zh: 账期关闭后补收
-- purpose: lines of bills that came after their month was closed, and charges that a closed month holds for the parcel and a later bill asks for again
-- grain: one row per line and parcel
-- place: 990
-- takes: nothing
-- confidence: soft
-- by: charge
-- inputs: audit_lines, taken_lines, closed_bills, closed_months
-- They are booked in the next open month. What another rule takes whole, and what gives back, is left out.
with live as (
  select l.* from audit_lines as l
  where l.provider in (select provider from closed_months) and l.charge_class <> 'credit' and l.amount_e8 > 0
    and l.line not in (select t.line from taken_lines as t)
), held as (
  select l.line_id, l.shipment_id, l.provider, l.charge, l.bill_no, l.amount_e8, l.bill_month, b.month as booked_month, b.closed_on
  from live as l
  left join closed_bills as b on b.provider = l.provider and b.account = l.account and b.bill_no = l.bill_no and b.version = l.version
), settled as (
  select provider, shipment_id, charge, max(booked_month) as month, max(closed_on) as closed_on, max(bill_no) as bill_no
  from held
  where booked_month is not null and shipment_id is not null
  group by provider, shipment_id, charge
)
select h.line_id, h.shipment_id, 0 as expected_e8, h.amount_e8 as billed_e8, coalesce(m.month, s.month) as closed_month, coalesce(m.closed_on, s.closed_on) as closed_on, case when m.month is null then s.bill_no end as billed_before_on
from held as h
left join closed_months as m on m.provider = h.provider and m.month = h.bill_month
left join settled as s on s.provider = h.provider and s.shipment_id = h.shipment_id and s.charge = h.charge
where h.booked_month is null and (m.month is not null or s.charge is not null)
