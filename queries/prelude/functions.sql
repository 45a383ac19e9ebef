-- name: functions
-- purpose: small functions whose meaning is the same in every engine
-- grain: none
-- inputs: none
-- earlier and later pass over what is empty, as least and greatest do here and not everywhere. Each argument stands once in
-- them: nested, a case with four of each grew to thousands of words that every statement planned anew.
create or replace macro seconds_between(a, b) as (epoch_us(b) - epoch_us(a)) / 1e6;
create or replace macro hours_between(a, b) as (epoch_us(b) - epoch_us(a)) / 3.6e9;
create or replace macro local_date(ts, tz) as cast(timezone(tz, ts) as date);
create or replace macro local_midnight(d, tz) as timezone(tz, cast(d as timestamp));
create or replace macro week_start(d) as cast(date_trunc('week', d) as date);
create or replace macro month_start(d) as cast(date_trunc('month', d) as date);
create or replace macro earlier(a, b) as least(a, b);
create or replace macro later(a, b) as greatest(a, b);
create or replace macro word_key(system, code, said) as cast(hash(system, code, said) >> 1 as bigint);
create or replace macro place_key(country, place, said) as cast(hash(country, place, said) >> 1 as bigint);
create or replace macro clock_key(pack, order_type, anchor, day) as cast(hash(pack, order_type, anchor, day) >> 1 as bigint);
create or replace macro second_of(list) as list[2];
create or replace macro key_of_six(a, b, c, d, e, f) as cast(hash(a, b, c, d, e, f) >> 1 as bigint);
create or replace macro text_key(said) as cast(hash(said) >> 1 as bigint);
create or replace macro coded_instant(ts, n) as least(greatest(epoch_us(ts), 0), 36000000000000000) * 256 + n;
create or replace macro ranked_instant(rank, ts) as rank * 1000000000000000000 + epoch_us(ts) + 100000000000000000;
create or replace macro instant_of_ranked(n) as make_timestamptz(n % 1000000000000000000 - 100000000000000000);
create or replace macro shifted_date(ts, shift, change_at, shift_after) as cast(make_timestamp(epoch_us(ts) + case when ts >= change_at then shift_after else shift end * 1000000) as date);
create or replace macro utc_day(ts) as cast(make_timestamp(epoch_us(ts)) as date);
create or replace macro line_key(said) as cast(md5_number_lower(said) >> 1 as bigint);
create or replace macro plus_seconds(ts, n) as make_timestamptz(epoch_us(ts) + cast(n as bigint) * 1000000);
