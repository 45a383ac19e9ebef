-- name: billing_lines
-- purpose: the lines of bills as they are now, with what their charges are
-- grain: one row per charge line
-- output: lake
-- inputs: bill_lines, bill_named, bill_versions, charge_words
-- units: amounts in currency, weights in weight_unit, sides in length_unit
select l.load_id || '-' || cast(l.record_no as varchar) || '-' || cast(coalesce(l.line_no, 1) as varchar)
    || case when l.again > 1 then '-' || cast(l.again as varchar) else '' end as line_id,
  l.provider, l.account, l.bill_no, v.place as version, l.bill_date, l.part, l.tracking_number, l.provider_number, l.reference, l.master_number,
  l.charge_raw, l.charge_code, l.category, w.charge, w.charge_class, l.amount, l.currency, l.discount_amount, l.quantity, l.unit_price, l.record_total,
  l.line_no, l.pieces, l.service, l.zone, l.country, l.state, l.postal_code, l.ship_date, l.actual_weight, l.volume_weight, l.billed_weight, l.weight_unit,
  l.length, l.width, l.height, l.length_unit, l.declared_value, l.declared_currency, l.fx_rate, l.fx_currency, l.note,
  l.feed, l.load_id, l.record_no, l.exported_at, month_start(v.bill_date) as p_month
from bill_lines as l
join bill_named as n on n.bill = l.bill and n.ord = l.ord and n.replaced_key = l.replaced_key
join bill_versions as v on v.bill = l.bill and v.is_current and n.from_place <= v.place and (n.until_place is null or n.until_place > v.place)
join charge_words as w on w.provider = l.provider and w.charge_raw = l.charge_raw
