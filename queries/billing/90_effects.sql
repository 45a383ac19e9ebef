-- name: audit_effects
-- purpose: why billed is not quoted: the parts of the difference
-- grain: one row per stage, charge, effect and part whose amount is not zero
-- inputs: audit_units
-- units: amount_e8 0.00000001 of currency
-- Half a cent of each line is rounding, of one that was translated from another currency a cent.
-- part follows: a percentage that is higher because the amounts that it is taken of are; own: the charge itself.
with parts as (
  select stage, charge, charge_class, is_translated, lines, 'weight' as effect, case when is_percent then 'follows' else 'own' end as part, weight_e8 as amount_e8, 0 as last from audit_units where is_quoted
  union all
  select stage, charge, charge_class, is_translated, lines, 'zone', case when is_percent then 'follows' else 'own' end, zone_e8, 0 from audit_units where is_quoted
  union all
  select stage, charge, charge_class, is_translated, lines, 'rate', case when is_percent then 'follows' else 'own' end, freight_e8 + case when charge = 'freight' then charges_e8 + rest_e8 else 0 end, 1 from audit_units where is_quoted
  union all
  select stage, charge, charge_class, is_translated, lines, 'surcharge', 'follows', charges_e8, 0 from audit_units where is_quoted and is_percent and charge <> 'freight'
  union all
  select stage, charge, charge_class, is_translated, lines, 'surcharge', 'own', rest_e8 + case when is_percent then 0 else charges_e8 end, 1 from audit_units where is_quoted and charge <> 'freight'
  union all
  select stage, charge, charge_class, is_translated, lines, 'fx', 'own', fx_e8, 0 from audit_units where is_quoted
  union all
  select stage, charge, charge_class, is_translated, lines, 'unquoted', 'own', billed_e8, 0 from audit_units where not is_quoted
)
select stage, charge,
  case when last = 1 and abs(amount_e8) <= case when is_translated then 1000000 else 500000 end * lines then 'rounding'
    when effect = 'surcharge' and charge_class = 'duty' then 'duty'
    when effect = 'surcharge' and charge_class = 'tax' then 'tax'
    else effect end as effect, part, amount_e8
from parts
where amount_e8 <> 0
