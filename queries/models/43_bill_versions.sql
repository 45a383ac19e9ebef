-- name: bill_versions
-- purpose: what each file makes of a bill
-- grain: one row per bill and file
-- output: memory
-- inputs: bill_lines, bill_files, bill_named, bills_in by bills, load_order
-- units: amounts in currency; place 1 is the bill's first file
with lines as (
  select l.bill, l.ord, l.line_key, l.amount, l.currency, l.parcel, n.from_place, n.until_place
  from bill_lines as l
  join bill_named as n on n.bill = l.bill and n.ord = l.ord and n.replaced_key = l.replaced_key
), changes as (
  select bill, from_place as place, count(*) as lines, sum(amount) as total, sum(cast(line_key as decimal(38, 0))) as content, count(parcel) as parcels
  from lines
  group by bill, from_place
  union all
  select bill, until_place as place, -count(*) as lines, -sum(amount) as total, -sum(cast(line_key as decimal(38, 0))) as content, -count(parcel) as parcels
  from lines
  where until_place is not null
  group by bill, until_place
), changed as (
  select bill, place, sum(lines) as lines, sum(total) as total, sum(content) as content, sum(parcels) as parcels
  from changes
  group by bill, place
), states as (
  select f.bill, f.ord, f.load_id, f.feed, f.adds, f.bill_date, f.exported_at, f.records_total, f.place, f.begins, f.span,
    sum(coalesce(c.lines, 0)) over w as lines, sum(coalesce(c.total, 0)) over w as total, sum(coalesce(c.content, 0)) over w as content,
    sum(coalesce(c.parcels, 0)) over w as parcels, count(f.bill_date) over w as dated
  from bill_files as f
  left join changed as c on c.bill = f.bill and c.place = f.place
  window w as (partition by f.bill order by f.place rows between unbounded preceding and current row)
), compared as (
  select bill, place, begins, lines, content,
    lag(lines) over (partition by bill order by place) as lines_before, lag(content) over (partition by bill order by place) as content_before
  from states
), anew as (
  select bill, place
  from compared
  where begins = 1 and lines_before is not null and (lines <> lines_before or content <> content_before)
), counted as (
  -- the lines that a file ends, and its own
  select a.bill, a.place, l.line_key, 1 as gone, 0 as come
  from anew as a
  join lines as l on l.bill = a.bill and l.until_place = a.place
  union all
  select a.bill, a.place, l.line_key, 0 as gone, 1 as come
  from anew as a
  join lines as l on l.bill = a.bill and l.from_place = a.place
), lost as (
  select distinct bill, place
  from (select bill, place, line_key from counted group by bill, place, line_key having sum(gone) > sum(come)) as k
), currencies as (
  select bill, min(coalesce(currency, '')) as least, max(coalesce(currency, '')) as most
  from lines
  group by bill
), mixed as (
  select s.bill, s.place, min(coalesce(l.currency, '')) as least, max(coalesce(l.currency, '')) as most
  from currencies as c
  join states as s on s.bill = c.bill
  join lines as l on l.bill = s.bill and l.from_place <= s.place and (l.until_place is null or l.until_place > s.place)
  where c.least <> c.most
  group by s.bill, s.place
), kinds as (
  select s.bill, s.ord, s.load_id, s.feed, s.bill_date, s.exported_at, s.place, s.lines, s.total, s.content, s.parcels,
    -- a file without a date, as one that only adds, has that of the files before it
    max(s.bill_date) over (partition by s.bill, s.dated) as last_date,
    -- totals of records say what a file says, and nothing of a bill that several files make
    case when s.begins = 1 then s.records_total end as records_total,
    coalesce(m.least, c.least) as currency, coalesce(m.most, c.most) as last_currency,
    case when s.place = 1 then case when s.adds = 1 then 'supplement' else 'original' end
      when s.lines = x.lines_before and s.content = x.content_before then 'resend'
      when s.adds = 1 or l.bill is null then 'supplement'
      else 'rebill' end as kind
  from states as s
  join compared as x on x.bill = s.bill and x.place = s.place
  join currencies as c on c.bill = s.bill
  left join mixed as m on m.bill = s.bill and m.place = s.place
  left join lost as l on l.bill = s.bill and l.place = s.place
), owners as (
  select bill, min(provider) as provider, min(account) as account, min(bill_no) as bill_no
  from bill_lines
  group by bill
), said as (
  -- a file may say it in every record of the bill
  select i.provider, i.account, i.bill_no, i.bill_date, i.due_date, i.currency, i.total_amount, i.load_id, min(i.feed) as feed,
    max(i.exported_at) as exported_at, min(o.ord) as ord, max(i.record_no) as record_no
  from bills_in as i
  join load_order as o on o.load_id = i.load_id
  group by i.provider, i.account, i.bill_no, i.bill_date, i.due_date, i.currency, i.total_amount, i.load_id
), ends as (
  select bill, place,
    min(case when kind <> 'resend' then ord end) over (partition by bill order by place rows between 1 following and unbounded following) as end_ord
  from kinds
), meant as (
  -- what was said before other lines came; a total from before the file's own lines came speaks of others
  select w.bill, k.place, s.bill_date, s.due_date,
    case when k.place = 1 or s.ord >= k.ord then s.total_amount end as total_amount,
    case when s.currency is null or k.currency = '' or s.currency = k.currency then s.total_amount end as usable,
    s.ord, s.record_no
  from said as s
  join owners as w on w.provider = s.provider and w.bill_no = s.bill_no and coalesce(w.account, '') = coalesce(s.account, '') and (w.account is null) = (s.account is null)
  join kinds as k on k.bill = w.bill
  join ends as e on e.bill = k.bill and e.place = k.place and (e.end_ord is null or s.ord < e.end_ord)
), totals as (
  select bill, place, usable, total_amount, row_number() over (partition by bill, place order by ord desc, record_no desc) as n
  from meant
  where total_amount is not null
), dues as (
  select bill, place, due_date, row_number() over (partition by bill, place order by ord desc, record_no desc) as n
  from meant
  where due_date is not null
), dates as (
  select bill, place, bill_date, row_number() over (partition by bill, place order by ord desc, record_no desc) as n
  from meant
  where bill_date is not null
), unlisted as (
  -- bills of which only a total is known
  select s.provider, s.account, s.bill_no, s.bill_date, s.due_date, s.currency, s.total_amount, s.load_id, s.feed, s.exported_at, s.ord,
    row_number() over (partition by s.provider, s.account, s.bill_no order by s.ord desc, s.record_no desc) as n
  from said as s
  left join owners as w on w.provider = s.provider and w.bill_no = s.bill_no and coalesce(w.account, '') = coalesce(s.account, '') and (w.account is null) = (s.account is null)
  where w.bill is null
)
select w.bill, k.place, w.provider, w.account, w.bill_no, k.kind, k.place = max(case when k.kind <> 'resend' then k.place end) over (partition by k.bill) as is_current,
  case when k.kind in ('supplement', 'rebill') then max(case when k.kind <> 'resend' then k.place end) over (partition by k.bill order by k.place rows between unbounded preceding and 1 preceding) end as supersedes,
  k.load_id, k.feed, coalesce(k.bill_date, a.bill_date, k.last_date) as bill_date, u.due_date,
  case when k.currency = k.last_currency and k.currency <> '' then k.currency end as currency, k.lines,
  case when k.currency = k.last_currency then k.total end as lines_total,
  case when k.currency <> k.last_currency then null when t.n is not null then t.usable else k.records_total end as stated_total,
  case when k.currency <> k.last_currency then null when t.usable is not null then 'bill' when t.n is null and k.records_total is not null then 'records' end as stated_by,
  case when k.parcels > 0 then cast(k.content as varchar) || ':' || cast(k.lines as varchar) end as lines_key, k.exported_at
from kinds as k
join owners as w on w.bill = k.bill
left join totals as t on t.bill = k.bill and t.place = k.place and t.n = 1
left join dues as u on u.bill = k.bill and u.place = k.place and u.n = 1
left join dates as a on a.bill = k.bill and a.place = k.place and a.n = 1
union all
select null as bill, 1 as place, provider, account, bill_no, 'original' as kind, true as is_current, null as supersedes,
  load_id, feed, bill_date, due_date, currency, 0 as lines, null as lines_total, total_amount as stated_total,
  case when total_amount is not null then 'bill' end as stated_by, null as lines_key, exported_at
from unlisted
where n = 1
