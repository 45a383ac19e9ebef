-- name: audit_lines
-- purpose: charge lines with their parcel; a line on a master number is spread over its parcels by weight
-- grain: one row per line and parcel
-- inputs: bill_lines, bill_matches
-- units: *_e8 0.00000001 of currency
-- Shares are whole cents that add up to the line: each is the difference of two rounded running sums. Without all weights, shares are equal.
with parts as (
  select m.address, m.shipment_id, m.way, m.problem,
    count(*) over (partition by m.address) as parcels, row_number() over (partition by m.address order by m.shipment_id) as place,
    wide(case when count(*) over (partition by m.address) = count(m.weight_quanta) over (partition by m.address) then m.weight_quanta else 1 end) as share
  from bill_matches as m
), summed as (
  select p.*, sum(p.share) over (partition by p.address order by p.place rows between unbounded preceding and current row) as upto, sum(p.share) over (partition by p.address) as whole
  from parts as p
), shared as (
  select l.line_id, s.shipment_id, s.parcels,
    case when s.place = s.parcels then l.amount_e8 else wide_floor(wide(l.amount_e8 // 1000000) * cast(s.upto as hugeint), cast(s.whole as hugeint)) * 1000000 end as upto_e8, s.place
  from bill_lines as l
  join summed as s on s.address = l.address
  where l.level = 'parcel' and s.parcels > 1
), cut as (
  select line_id, shipment_id, upto_e8 - coalesce(lag(upto_e8) over (partition by line_id order by place), 0) as amount_e8
  from shared
)
select l.line_id, l.bill, s.shipment_id, l.provider, l.account, l.bill_no, l.version, l.bill_date, l.bill_month, l.charge, l.charge_class, l.charge_raw, l.charge_code, l.category,
  coalesce(c.amount_e8, l.amount_e8) as amount_e8, l.currency, l.quantity, l.unit_price, coalesce(l.provider_number, l.tracking_number, l.reference, l.master_number) as number, l.tracking_number, l.ship_date,
  l.billed_weight, l.weight_unit, l.billed_quanta, l.actual_weight, l.volume_weight, l.zone, l.service, l.country, l.state, l.postal_code, l.length, l.width, l.height, l.length_unit,
  l.declared_value, l.declared_currency, l.fx_rate, l.fx_currency,
  case when l.level = 'account' then 'account' when s.shipment_id is null then 'unmatched' when s.parcels > 1 then 'spread' else 'parcel' end as level,
  case s.way when 1 then 'provider_number' when 2 then 'number' when 3 then 'reference' when 4 then 'master' end as matched_by, s.problem
from bill_lines as l
left join summed as s on s.address = l.address
left join cut as c on c.line_id = l.line_id and c.shipment_id = s.shipment_id
