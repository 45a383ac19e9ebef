-- name: audit_units
-- purpose: a charge of a parcel that one bill names: billed and quoted, as long as nothing of it is to be priced again
-- grain: one row per stage and charge that was billed or is quoted, of stages that are alone
-- inputs: bill_stages, stage_quotes, stage_billed, quote_charges, charge_words
-- units: *_e8 0.00000001 of currency, columns as in the query of all others
-- differs: the bill asks for another amount than the contract, of a charge that is no percentage.
with quoted as (
  select f.stage, q.charge, q.amount_e8, q.is_percent
  from quote_charges as q
  join stage_quotes as f on f.parcel = q.parcel and f.bills = 1
), billed as (
  select stage, charge, charge_class, amount_e8, lines from stage_billed where bills = 1
), paired as (
  select coalesce(b.stage, q.stage) as stage, coalesce(b.charge, q.charge) as charge, b.charge_class, b.stage is not null as is_billed, coalesce(b.amount_e8, 0) as billed_e8, coalesce(b.lines, 0) as lines,
    coalesce(q.amount_e8, 0) as amount_e8, coalesce(q.is_percent, false) as is_percent
  from billed as b
  full join quoted as q on q.stage = b.stage and q.charge = b.charge
), priced as (
  select p.stage, p.charge, coalesce(x.class, p.charge_class, 'surcharge') as charge_class, p.billed_e8, p.lines, p.is_percent, f.stage is not null as is_quoted, coalesce(f.is_translated, false) as is_translated,
    case when p.charge in ('return', 'redelivery', 'storage', 'address_correction', 'saturday', 'cancellation') then p.is_billed when coalesce(x.class, p.charge_class, 'surcharge') in ('duty', 'tax') then f.has_duty else f.has_transport end as is_due,
    translated(p.amount_e8, f.reference_rate_e8) as s0, translated(p.amount_e8, f.own_rate_e8) as s5
  from paired as p
  left join stage_quotes as f on f.stage = p.stage
  left join charge_words as x on x.charge = p.charge
), settled as (
  select p.*, case when is_due then s0 else 0 end as d0, case when is_due then s5 else 0 end as d5 from priced as p
)
select stage, charge, charge_class, lines, is_quoted, is_percent, is_translated, billed_e8, d0 as quoted_e8, cast(0 as bigint) as weight_e8, cast(0 as bigint) as zone_e8, cast(0 as bigint) as freight_e8, cast(0 as bigint) as charges_e8,
  d5 - d0 as fx_e8, billed_e8 - d5 as rest_e8, d0 as s2, billed_e8 as upto_e8, is_quoted and not is_percent and (billed_e8 <> s5 or billed_e8 < 0 or billed_e8 > 0 and charge = 'rounding') as differs
from settled
