-- name: bill_addresses
-- purpose: the numbers that lines of bills name a parcel by, of bills that had come at the as-of
-- grain: one row per provider, combination of numbers and day
-- inputs: billing_lines, bill_ids
-- parameters: as_of_day, the local day at which the session looks
-- A line that names no parcel (an account's charge, or one without numbers) has no address.
select a.address, any_value(a.provider) as provider, any_value(a.provider_number) as provider_number, any_value(a.tracking_number) as tracking_number, any_value(a.reference) as reference, any_value(a.master_number) as master_number, any_value(a.number_day) as number_day
from (
  select key_of_six(l.provider, l.provider_number, l.tracking_number, l.reference, l.master_number, coalesce(l.ship_date, i.bill_date, l.bill_date)) as address,
    l.provider, l.provider_number, l.tracking_number, l.reference, l.master_number, coalesce(l.ship_date, i.bill_date, l.bill_date) as number_day
  from billing_lines as l
  join bill_ids as i on i.provider = l.provider and i.account = coalesce(l.account, '') and i.bill_no = l.bill_no and i.version = l.version
  where l.charge_class <> 'account' and coalesce(l.provider_number, l.tracking_number, l.reference, l.master_number) is not null and coalesce(coalesce(i.bill_date, l.bill_date) <= date '{as_of_day}', true)
) as a
group by a.address
