-- name: rating
-- purpose: whole-number arithmetic of the rater: quotients, steps, quanta, money of 0.00000001
-- units: ticks_of takes a decimal(18,4) below 100 million; translated gives whole cents of the other currency, all as it is where there is no rate
-- Every result is exact. wide_floor divides 128-bit numbers: its estimate is at most one off (quotients below 10^15) and is
-- put right by multiplying back, which takes a tenth of the time of the engine's own division.
-- grain: none
-- inputs: none
create or replace macro wide(n) as cast(n as hugeint);
create or replace macro near_quotient(a, b) as cast(floor(cast(a as double) / cast(b as double)) as bigint);
create or replace macro wide_floor(a, b) as near_quotient(a, b) - case when wide(near_quotient(a, b)) * b > a then 1 when wide(near_quotient(a, b) + 1) * b <= a then -1 else 0 end;
create or replace macro wide_ceil(a, b) as wide_floor(a + b - 1, b);
create or replace macro div_ceil(a, b) as (a + b - 1) // b;
create or replace macro to_step(mode, n, step) as case mode
  when 'up' then (n + step - 1) // step * step
  when 'down' then n // step * step
  when 'half_up' then (2 * n + step) // (2 * step) * step
  when 'half_even' then ((2 * n + step) // (2 * step) - case when 2 * (n % step) = step and (n // step) % 2 = 0 then 1 else 0 end) * step
  else n end;
create or replace macro ticks_of(x) as cast(x * 10000 as bigint);
create or replace macro weight_quanta(x, unit) as ticks_of(x) * case unit when 'g' then 1600000 when 'kg' then 1600000000 when 'oz' then 45359237 when 'lb' then 725747792 end;
-- the other way, down to a ten-thousandth of the unit
create or replace macro weight_of(quanta, unit) as cast(quanta // case unit when 'g' then 1600000 when 'kg' then 1600000000 when 'oz' then 45359237 when 'lb' then 725747792 end as decimal(18,0)) * cast(0.0001 as decimal(4,4));
create or replace macro length_quanta(x, unit) as ticks_of(x) * case unit when 'mm' then 10 when 'cm' then 100 when 'in' then 254 end;
create or replace macro length_of(quanta, unit) as cast(quanta // case unit when 'mm' then 10 when 'cm' then 100 when 'in' then 254 end as decimal(18,0)) * cast(0.0001 as decimal(4,4));
create or replace macro with_unit(n, unit) as rtrim(rtrim(cast(n as varchar), '0'), '.') || ' ' || unit;
create or replace macro money_of_e8(n) as cast(n as decimal(26,0)) * cast(0.00000001 as decimal(8,8));
create or replace macro translated(e8, rate_e8) as case when rate_e8 is null then e8 else wide_floor(wide(e8) * rate_e8 + 50000000000000, wide(100000000000000)) * 1000000 end;
create or replace macro untranslated(e8, rate_e8) as case when rate_e8 is null then e8 else wide_floor(wide(e8) * 200000000 + rate_e8, wide(rate_e8) * 2) end;
create or replace macro zip5(code) as case when (length(code) = 5 and translate(code, '0123456789', '') = '') or (length(code) = 10 and substr(code, 6, 1) = '-' and translate(code, '0123456789', '') = '-') then cast(substr(code, 1, 5) as bigint) end;
create or replace macro has_word(list, said) as strpos(list, ',' || said || ',') > 0;
create or replace macro zone_word(said) as ltrim(replace(replace(lower(said), 'zone', ''), ' ', ''), '0');
create or replace macro short_id(said) as substr(md5(said), 1, 12);
create or replace macro json_text(said) as '"' || replace(replace(replace(cast(said as varchar), '\', '\\'), '"', '\"'), chr(10), '\n') || '"';
