-- name: R03
-- title: Billed service is not the channel that was booked
-- zh: 计费渠道与下单渠道不符
-- version: 2
-- purpose: parcels that were billed as another channel of the provider's cards
-- grain: one row per line and parcel
-- place: 940
-- takes: nothing
-- confidence: soft
-- needs: service
-- inputs: audit_lines, billed_shipments, card_channels, taken_lines
-- Only a service whose name is that of another channel is compared: providers have names of their own for products.
with named as (
  select l.line_id, l.shipment_id, l.amount_e8, l.service, p.channel, c.card as card_of_service,
    row_number() over (partition by l.bill, l.parcel order by case when l.charge = 'freight' then 0 else 1 end, l.line_id) as place
  from audit_lines as l
  join billed_shipments as p on p.parcel = l.parcel
  join card_channels as c on c.provider = l.provider and lower(trim(c.channel)) = lower(trim(l.service))
  where p.channel is not null and lower(trim(p.channel)) <> lower(trim(l.service))
    and l.line not in (select t.line from taken_lines as t)
)
select line_id, shipment_id, amount_e8 as expected_e8, amount_e8 as billed_e8, service as service_billed, channel as channel_booked, card_of_service
from named
where place = 1
