-- name: bill_addresses
-- purpose: the numbers that lines name a parcel by
-- grain: one row per combination of numbers and day
-- inputs: bill_lines
select address, max(provider_number) as provider_number, max(tracking_number) as tracking_number, max(reference) as reference, max(master_number) as master_number, max(number_day) as number_day
from bill_lines
where level = 'parcel'
group by address
