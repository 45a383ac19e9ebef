-- name: D02
-- title: Duty billed although the price includes it
-- zh: 价格已含税仍收取关税
-- purpose: duty and its handling on a contract that prices no duty
-- grain: one row per open effect
-- place: 510
-- takes: effects
-- confidence: hard
-- needs: quotes
-- inputs: open_effects, bill_stages, bill_quotes, card_surcharges, charge_words
select e.stage, e.charge, e.effect, e.part, q.card
from open_effects as e
join bill_stages as s on s.stage = e.stage
join bill_quotes as q on q.parcel = s.parcel
where e.effect = 'duty' and not exists (select 1 from card_surcharges as c join charge_words as w on w.charge = c.charge and w.class = 'duty' where c.v = q.v)
