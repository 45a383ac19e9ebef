-- name: finding_terms
-- purpose: until when, and up to what amount, the card of a parcel lets a finding be claimed
-- grain: one row per finding whose card says either
-- inputs: findings, bill_parcels, bill_quotes, cards, card_claims, card_versions, bill_stages, stage_quotes, quote_charges
-- units: cap_e8 0.00000001 of the finding's currency; window_days after that of window_from
-- A cap in the card's currency is none of a finding in another, unless the parcel's price was translated. A hint claims nothing.
with placed as (
  select f.finding_id, f.rule, f.currency, b.parcel, q.v, q.currency as card_currency, q.chargeable_quanta, row_number() over (partition by f.finding_id order by b.parcel) as place
  from findings as f
  join bill_parcels as b on b.provider = f.provider and b.shipment_id = f.shipment_id
  join bill_quotes as q on q.parcel = b.parcel
  join cards as k on k.card = q.card and k.provider = b.provider
  where f.takes <> 'nothing' and q.v in (select v from card_claims)
), rates as (
  select s.parcel, s.currency, max(f.own_rate_e8) as own_rate_e8
  from stage_quotes as f
  join bill_stages as s on s.stage = f.stage
  where s.parcel in (select parcel from placed)
  group by s.parcel, s.currency
), termed as (
  select p.*, t.days, t.from_day, t.cap_kind, t.cap, t.rule as of_rule, r.own_rate_e8, r.parcel is not null or p.currency = p.card_currency as is_comparable
  from placed as p
  join card_claims as t on t.v = p.v and (t.rule = p.rule or t.rule = '' and not exists (select 1 from card_claims as own where own.v = p.v and own.rule = p.rule))
  left join rates as r on r.parcel = p.parcel and r.currency = p.currency
  where p.place = 1
)
select t.finding_id, t.days as window_days, t.from_day as window_from, t.cap_kind,
  case when t.is_comparable and t.cap_kind is not null then translated(case t.cap_kind when 'parcel' then t.cap when 'kg' then cast(wide_floor(wide(t.cap) * t.chargeable_quanta, cast(16000000000000 as hugeint)) as bigint)
    when 'freight' then cast(wide_floor(wide(c.amount_e8) * t.cap, cast(1000000 as hugeint)) as bigint) end, t.own_rate_e8) end as cap_e8
from termed as t
left join quote_charges as c on c.parcel = t.parcel and c.charge = 'freight'
