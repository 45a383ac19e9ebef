-- name: A03
-- title: Billed, but never scanned by anybody
-- zh: 已收费但从未有物理扫描（作废面单）
-- purpose: parcels that no carrier touched within 21 days of their label, where the scans of the channel do come in
-- grain: one row per line and parcel
-- place: 40
-- takes: lines
-- effect: not_due
-- confidence: hard
-- inputs: audit_lines, parcel_facts
-- Fees for making or voiding a label are due all the same.
with covered as (
  select provider, channel from parcel_facts group by provider, channel having count(first_scan_at) * 2 > count(*)
)
select l.line_id, l.shipment_id, s.label_at, s.terminal as ended_as
from audit_lines as l
join parcel_facts as s on s.shipment_id = l.shipment_id
join covered as c on c.channel is not distinct from s.channel and c.provider is not distinct from s.provider
where s.first_scan_at is null and s.delivered_at is null and not s.is_touched and s.label_at < cast(date '{as_of_day}' as timestamp with time zone) - interval '21' day
  and l.charge not in ('label', 'cancellation') and l.charge_class <> 'credit'
