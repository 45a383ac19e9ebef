-- name: bill_files
-- purpose: the files that state a bill, in the order of their export, and which of them begin it anew
-- grain: one row per bill and file
-- output: memory
-- inputs: bill_lines
-- units: total in currency; place 1 is the bill's first file; span numbers the stretches that begin with a file of the whole bill
with records as (
  select bill, ord, record_no, max(record_total) as record_total
  from bill_lines
  group by bill, ord, record_no
), stated as (
  select bill, ord, case when count(*) = count(record_total) then sum(record_total) end as records_total
  from records
  group by bill, ord
), files as (
  select bill, ord, min(load_id) as load_id, min(feed) as feed, min(adds) as adds, count(*) as lines, sum(cast(line_key as decimal(38, 0))) as content,
    max(bill_date) as bill_date, max(exported_at) as exported_at
  from bill_lines
  group by bill, ord
), placed as (
  select f.bill, f.ord, f.load_id, f.feed, f.adds, f.lines, f.content, f.bill_date, f.exported_at, s.records_total,
    row_number() over (partition by f.bill order by f.ord) as place,
    lag(f.lines) over (partition by f.bill order by f.ord) as lines_before, lag(f.content) over (partition by f.bill order by f.ord) as content_before,
    lag(f.adds) over (partition by f.bill order by f.ord) as adds_before,
    lag(f.lines) over (partition by f.bill, f.adds order by f.ord) as lines_alike, lag(f.content) over (partition by f.bill, f.adds order by f.ord) as content_alike
  from files as f
  join stated as s on s.bill = f.bill and s.ord = f.ord
), judged as (
  select bill, ord, load_id, feed, adds, bill_date, exported_at, records_total, place,
    -- the whole bill once more leaves what was added since as it is
    case when adds = 0 and (lines_alike is null or lines_alike <> lines or content_alike <> content) then 1 else 0 end as begins,
    case when adds = 1 and (adds_before is null or adds_before <> adds or lines_before <> lines or content_before <> content) then 1 else 0 end as extends
  from placed
), spanned as (
  select bill, ord, load_id, feed, adds, bill_date, exported_at, records_total, place, begins, extends,
    sum(begins) over (partition by bill order by place rows between unbounded preceding and current row) as span
  from judged
)
select bill, ord, load_id, feed, adds, bill_date, exported_at, records_total, place, begins, extends, span,
  -- the place of the file that begins the next span
  min(case when begins = 1 then place end) over (partition by bill order by place rows between 1 following and unbounded following) as span_end
from spanned
