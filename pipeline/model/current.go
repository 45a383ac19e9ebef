package model

import (
	"fmt"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
)

// currentSQL gives the current row per key of the observations in relation
// from: column by column the newest observation that has the column, so that an
// export that lacks a column does not erase it, while an empty cell of a newer
// export does. Newest is (exported_at of the record, place of its file in
// load_order, record).
//
// Most keys have one observation, or several that have the same columns; only
// the rest needs the column-wise merge, which costs ten times as much.
func currentSQL(t contract.Table, of contract.Table, from string) string {
	key := engine.Idents(t.Key)
	var plain, merged []string
	for _, c := range t.Columns {
		if c.PII {
			continue
		}
		n := engine.Ident(c.Name)
		plain = append(plain, n)
		if contains(t.Key, c.Name) {
			merged = append(merged, n)
			continue
		}
		merged = append(merged, fmt.Sprintf("max_by(struct_pack(v := %s), place) filter (where absent & %d = 0).v as %s", n, int64(1)<<of.Bit(c.Name), n))
	}
	month := fmt.Sprintf("date '%s'", contract.NoMonth)
	if len(t.Anchor) > 0 {
		month = fmt.Sprintf("coalesce(cast(date_trunc('month', make_timestamp(epoch_us(coalesce(%s)))) as date), date '%s')", engine.Idents(t.Anchor), contract.NoMonth)
	}
	cols := strings.Join(plain, ", ")
	// not materialised: each branch reads only the columns that it needs
	return fmt.Sprintf(`with seen as not materialized (
  select *, hash(%[1]s) as key_hash from %[2]s
), several as (
  select key_hash from seen group by key_hash having count(*) > 1
), singles as (
  select %[3]s, exported_at, cast(1 as bigint) as observations from seen where key_hash not in (select key_hash from several)
), placed as (
  select *, row_number() over (partition by %[1]s order by coalesce(exported_at, cast('1900-01-01' as timestamptz)), ord, record_no) as place,
    count(*) over (partition by %[1]s) as n
  from seen
  join load_order using (load_id)
  where key_hash in (select key_hash from several)
), mixed as (
  select distinct key_hash from placed group by key_hash, %[1]s having min(absent) <> max(absent)
), newest as (
  select %[3]s, exported_at, n as observations from placed where place = n and key_hash not in (select key_hash from mixed)
), merged as (
  select %[4]s, max(exported_at) as exported_at, count(*) as observations
  from placed where key_hash in (select key_hash from mixed) group by %[1]s
), current as (
  select %[3]s, exported_at, observations from singles
  union all select %[3]s, exported_at, observations from newest
  union all select %[3]s, exported_at, observations from merged
)
select %[3]s, exported_at, cast(observations as bigint) as observations, %[5]s as p_month from current`,
		key, from, cols, strings.Join(merged, ", "), month)
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
