-- name: line_rows
-- purpose: the charge lines of bills that had come at the as-of, in whole numbers, with their parcel; a line on a master number is spread over its parcels by weight
-- grain: one row per line of a current bill and parcel
-- inputs: billing_lines, bill_slips, bill_matches, bill_parcels
-- parameters: as_of_day, the local day at which the session looks
-- units: *_e8 0.00000001 of currency
-- What a bill says of all its lines is joined by its slip. level: account names no parcel, unmatched a number of none, spread a master number.
-- Shares are whole cents that add up to the line: each is the difference of two rounded running sums. Without all weights, shares are equal.
with weighed as (
  select m.address, m.shipment_id, p.weight_quanta
  from bill_matches as m
  left join bill_parcels as p on p.provider = m.provider and p.shipment_id = m.shipment_id
  where m.address in (select address from bill_matches group by address having count(*) > 1)
), parts as (
  select w.address, w.shipment_id, count(*) over (partition by w.address) as parcels, row_number() over (partition by w.address order by w.shipment_id) as place,
    wide(case when count(*) over (partition by w.address) = count(w.weight_quanta) over (partition by w.address) then w.weight_quanta else 1 end) as share
  from weighed as w
), shares as (
  select p.address, p.shipment_id, p.parcels, p.place, cast(p.share as hugeint) as share, cast(sum(p.share) over (partition by p.address order by p.place rows between unbounded preceding and current row) as hugeint) as upto,
    cast(sum(p.share) over (partition by p.address) as hugeint) as whole
  from parts as p
), matched as (
  select m.address, p.parcel, m.shipment_id, m.problem, case m.way when 1 then 'provider_number' when 2 then 'number' when 3 then 'reference' when 4 then 'master' end as matched_by,
    coalesce(h.parcels, 1) as parcels, h.place, h.share, h.upto, h.whole
  from bill_matches as m
  left join bill_parcels as p on p.provider = m.provider and p.shipment_id = m.shipment_id
  left join shares as h on h.address = m.address and h.shipment_id = m.shipment_id
), named as (
  select l.*, i.slip, coalesce(i.bill_date, l.bill_date) as date_of_bill, coalesce(l.provider_number, l.tracking_number, l.reference, l.master_number) as number, cast(l.amount * 10000 as bigint) * 10000 as amount_e8,
    case when l.charge_class <> 'account' and coalesce(l.provider_number, l.tracking_number, l.reference, l.master_number) is not null
      then key_of_six(l.provider, l.provider_number, l.tracking_number, l.reference, l.master_number, coalesce(l.ship_date, i.bill_date, l.bill_date)) end as address
  from billing_lines as l
  join bill_slips as i on i.provider = l.provider and i.account = coalesce(l.account, '') and i.bill_no = l.bill_no and i.version = l.version and i.currency = coalesce(l.currency, '')
  where coalesce(coalesce(i.bill_date, l.bill_date) <= date '{as_of_day}', true)
)
select l.line_id, l.slip, m.parcel, m.shipment_id, l.date_of_bill as bill_date, l.charge, l.charge_class, l.charge_raw,
  case when m.place is null then l.amount_e8
    else case when m.place = m.parcels then l.amount_e8 else wide_floor(wide(l.amount_e8 // 1000000) * m.upto, m.whole) * 1000000 end
      - case when m.place = 1 then 0 else wide_floor(wide(l.amount_e8 // 1000000) * (m.upto - m.share), m.whole) * 1000000 end end as amount_e8,
  l.quantity, l.unit_price, l.number, l.tracking_number, l.ship_date, l.billed_weight, l.weight_unit, l.actual_weight, l.zone, l.service, l.declared_value, l.declared_currency, l.fx_rate, l.fx_currency,
  case when l.address is null then 'account' when m.shipment_id is null then 'unmatched' when m.parcels > 1 then 'spread' else 'parcel' end as level, m.matched_by, m.problem
from named as l
left join matched as m on m.address = l.address
