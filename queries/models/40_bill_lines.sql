-- name: bill_lines
-- purpose: every line that any file has of a bill, with what makes lines equal and what a correction replaces
-- grain: one row per line of a file
-- output: memory
-- inputs: billing_lines_in by bills, load_order
-- units: amounts in currency; bill numbers the bills of this build; a key is equal for equal texts
with bills_seen as (
  select provider, account, bill_no, row_number() over (order by provider, account, bill_no) as bill
  from (select distinct provider, account, bill_no from billing_lines_in) as b
)
select l.provider, l.account, l.bill_no, l.bill_date, l.part, l.tracking_number, l.provider_number, l.reference, l.master_number,
  l.charge_raw, l.charge_code, l.category, l.amount, l.currency, l.discount_amount, l.quantity, l.unit_price, l.record_total, l.line_no,
  l.pieces, l.service, l.zone, l.country, l.state, l.postal_code, l.ship_date, l.actual_weight, l.volume_weight, l.billed_weight, l.weight_unit,
  l.length, l.width, l.height, l.length_unit, l.declared_value, l.declared_currency, l.fx_rate, l.fx_currency, l.note,
  l.feed, l.load_id, l.record_no, l.exported_at, b.bill, o.ord,
  -- several outputs of a feed may make lines of one record
  row_number() over (partition by l.load_id, l.record_no, l.line_no order by l.charge_raw, l.charge_code, l.amount, l.tracking_number, l.note) as again,
  case when lower(trim(l.part)) = 'supplement' then 1 else 0 end as adds,
  coalesce(l.tracking_number, l.provider_number, l.reference, l.master_number) as parcel,
  -- notes, zones and other columns that some exports of a bill lack do not tell lines apart
  line_key(coalesce(l.tracking_number, '') || chr(31) || coalesce(l.provider_number, '') || chr(31) || coalesce(l.reference, '') || chr(31)
    || coalesce(l.master_number, '') || chr(31) || l.charge_raw || chr(31) || coalesce(l.charge_code, '') || chr(31) || coalesce(l.category, '') || chr(31)
    || cast(l.amount as varchar) || chr(31) || coalesce(l.currency, '') || chr(31) || coalesce(cast(l.billed_weight as varchar), '') || chr(31)
    || coalesce(cast(l.ship_date as varchar), '')) as line_key,
  -- a charge of no parcel is named by no later file
  case when coalesce(l.tracking_number, l.provider_number, l.reference, l.master_number) is null then line_key(l.load_id || chr(31) || l.charge_raw)
    else line_key(coalesce(l.tracking_number, l.provider_number, l.reference, l.master_number) || chr(31) || l.charge_raw) end as replaced_key
from billing_lines_in as l
join load_order as o on o.load_id = l.load_id
join bills_seen as b on b.provider = l.provider and b.bill_no = l.bill_no and coalesce(b.account, '') = coalesce(l.account, '')
  and (b.account is null) = (l.account is null)
