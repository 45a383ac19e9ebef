-- name: bill_lines
-- purpose: the charge lines of bills that had come at the as-of, in whole numbers
-- grain: one row per line of a current bill
-- inputs: billing_lines, bills, bill_ids
-- parameters: as_of_day, the local day at which the session looks
-- units: *_e8 0.00000001 of currency; *_quanta 1/16 ng
-- address: a line's numbers as one key, none where it names no parcel. level account: it names no parcel.
select l.line_id, i.bill, l.provider, coalesce(l.account, '') as account, l.bill_no, l.version, coalesce(b.bill_date, l.bill_date) as bill_date, month_start(coalesce(b.bill_date, l.bill_date, date '1900-01-01')) as bill_month, l.charge, l.charge_class, l.charge_raw, l.charge_code, l.category,
  cast(l.amount * 10000 as bigint) * 10000 as amount_e8, coalesce(l.currency, '') as currency, l.quantity, l.unit_price,
  l.provider_number, l.tracking_number, l.reference, l.master_number, coalesce(l.ship_date, b.bill_date, l.bill_date) as number_day, l.ship_date,
  case when l.charge_class <> 'account' and coalesce(l.provider_number, l.tracking_number, l.reference, l.master_number) is not null
    then text_key(concat_ws('|', coalesce(l.provider_number, ''), coalesce(l.tracking_number, ''), coalesce(l.reference, ''), coalesce(l.master_number, ''), cast(coalesce(l.ship_date, b.bill_date, l.bill_date) as varchar))) end as address,
  case when l.charge_class = 'account' or coalesce(l.provider_number, l.tracking_number, l.reference, l.master_number) is null then 'account' else 'parcel' end as level,
  l.billed_weight, l.weight_unit, case when l.billed_weight > 0 and l.billed_weight < 100000 then weight_quanta(l.billed_weight, l.weight_unit) end as billed_quanta,
  l.actual_weight, l.volume_weight, l.zone, l.service, l.country, l.state, l.postal_code, l.length, l.width, l.height, l.length_unit, l.declared_value, l.declared_currency, l.fx_rate, l.fx_currency
from billing_lines as l
join bill_ids as i on i.provider = l.provider and i.account = coalesce(l.account, '') and i.bill_no = l.bill_no and i.version = l.version
left join bills as b on b.provider = l.provider and b.account is not distinct from l.account and b.bill_no = l.bill_no and b.version = l.version
where coalesce(b.bill_date, l.bill_date) is null or coalesce(b.bill_date, l.bill_date) <= date '{as_of_day}'
