-- name: charge_ids
-- purpose: a number for each charge that is billed or quoted, with its class; a pair of numbers groups cheaper than one of a number and a name
-- grain: one row per charge
-- inputs: kept_lines, quote_amounts, charge_words
-- waits: a charge for what may happen later, which is not due before it is billed. charges: more than there are.
select row_number() over (order by c.charge) as charge_no, count(*) over () + 1 as charges, c.charge, coalesce(x.class, c.charge_class, 'surcharge') as charge_class,
  c.charge in ('return', 'redelivery', 'storage', 'address_correction', 'saturday', 'cancellation') as waits
from (
  select charge, max(charge_class) as charge_class
  from (
    select charge, charge_class from kept_lines
    union all
    select charge, null from quote_amounts
  ) as b
  group by charge
) as c
left join charge_words as x on x.charge = c.charge
