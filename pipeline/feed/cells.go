package feed

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"waybill/pipeline/cell"
	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
)

// mapped is a contract column with its raw text as SQL.
type mapped struct {
	contract.Column
	by    Column // its mapping
	from  string // where the cell comes from, for messages
	raw   string // SQL: the cell before sentinels
	text  string // SQL: the cell as text, sentinels and empty cells NULL
	said  string // SQL: the cell as text before its map, where the map may reject it
	kind  string // money, weight, length, number, id or empty
	zone  string // SQL: zone of its local times, where it is not the feed's
	spec  cell.Spec
	typed string // SQL: the value
	own   string // SQL over the text: a time carries its own offset; empty where the format says so
	local string // SQL over the text: a time's local timestamp, NULL where it carries an offset; empty where the slow way is taken
	to    string // contract column that takes its unit, empty where its kind has none
	unit  string // SQL: unit or currency of the cell, empty where its kind has none
	blank string // SQL: the text means nothing; empty where only an empty cell does
}

// cells makes the SQL of every column that the file gives. absent has the bits
// of the contract columns that it does not.
func (f *Feed) cells(o Output, t contract.Table, h header) (list []mapped, absent int64, err error) {
	for i, c := range t.Columns {
		m, is := o.Columns[c.Name]
		var raw, from string
		if is && m.Filename != "" {
			if _, ok := named(m.Filename, h.file); !ok {
				return nil, 0, fmt.Errorf("the name %q does not match filename %q of column %s; try: rename the file, or mend the pattern", h.file, m.Filename, c.Name)
			}
		}
		if is {
			if raw, from, is = f.raw(m, o, h); !is && c.Required {
				return nil, 0, fmt.Errorf("column %s is not in the file, and %s.%s requires it", from, t.Name, c.Name)
			}
		}
		if !is && c.Derive == "" && c.RawOf == "" {
			absent |= 1 << i
		}
		if c.PII || !is {
			continue
		}
		x := mapped{Column: c, by: m, from: firstOf(from, c.Name), raw: raw, kind: kindOf(c, m), to: unitTarget(c.Name, m, t)}
		trimmed := slices.Contains(t.Key, c.Name) && (t.Kind == contract.Observation || c.Required) && x.kind != "id"
		x.text = f.clean(raw, m, trimmed)
		if m.Else == "reject" {
			unmapped := m
			unmapped.Map = nil
			x.said = f.clean(raw, unmapped, trimmed)
		}
		if err := f.value(&x, o, h); err != nil {
			return nil, 0, fmt.Errorf("column %s: %w", c.Name, err)
		}
		if m.Sign == "turn" {
			x.typed = "-(" + x.typed + ")"
		}
		if c.Treated == contract.Hash {
			x.typed = keyedHash(x.typed)
		}
		list = append(list, x)
	}
	return list, absent, nil
}

// raw is the SQL of the cell as it stands in the file, and where that is; false
// where the file has no such column.
func (f *Feed) raw(m Column, o Output, h header) (sql, from string, ok bool) {
	switch {
	case m.Value != nil && *m.Value == "": // a param that nobody set
		return "cast(null as varchar)", "", true
	case m.Value != nil:
		return "cast(" + engine.Literal(*m.Value) + " as varchar)", "", true
	case m.Filename != "":
		text, _ := named(m.Filename, h.file)
		sql = "cast(" + engine.Literal(text) + " as varchar)"
		if c, ok := h.find(m.From); ok && !h.json {
			return fmt.Sprintf("coalesce(nullif(trim(%s, %s), ''), %s)", engine.Ident(c), sqlText(trimSet), sql), c, true
		}
		return sql, m.From.first(), true
	case m.Expr != "":
		expr, missing := h.resolve(m.Expr, o)
		return "cast((" + expr + ") as varchar)", quotedList(missing), len(missing) == 0
	case m.Parent != "":
		return jsonText(h, m.Parent, 0), m.Parent, true
	case h.json:
		return coalesced(h, m.From, len(o.Explode)), m.From.first(), true
	}
	if line := lineOf(m.From); line != "" && o.Lines != nil {
		return "cast(" + engine.Ident(line) + " as varchar)", m.From.first(), true
	}
	c, ok := h.find(m.From)
	if !ok {
		return "", quotedList(m.From), false
	}
	return engine.Ident(c), c, true
}

// clean makes empty cells and sentinels NULL and applies a map.
func (f *Feed) clean(raw string, m Column, key bool) string {
	if m.Value != nil {
		return raw
	}
	if key {
		// trimming every cell costs as much as reading it
		raw = fmt.Sprintf("case when starts_with(%[1]s, ' ') or ends_with(%[1]s, ' ') then trim(%[1]s) else %[1]s end", raw)
	}
	text := "nullif(" + raw + ", '')"
	if s := f.sentinels(m); len(s) > 0 {
		var exact, patterns []string
		for _, k := range sortedKeys(s) {
			if p, ok := pattern(k); ok {
				patterns = append(patterns, fmt.Sprintf("regexp_matches(%s, %s)", raw, engine.Literal(p)))
			} else {
				exact = append(exact, engine.Literal(k))
			}
		}
		if len(exact) > 0 {
			patterns = append([]string{raw + " in (" + strings.Join(exact, ", ") + ")"}, patterns...)
		}
		text = fmt.Sprintf("case when %s then null else %s end", strings.Join(patterns, " or "), text)
	}
	if len(m.Map) > 0 {
		other := text
		if m.Else == "reject" || m.Else == "absent" {
			other = "null"
		}
		text = translated(raw, m.Map, other)
	}
	return text
}

// translated is the SQL of a map: exact keys first, then keys without regard to
// case and outer blanks. Keys that are equal then and mean different things
// count exactly only.
func translated(raw string, words map[string]string, other string) string {
	var whens []string
	loose, doubtful := map[string]string{}, map[string]bool{}
	for _, k := range sortedKeys(words) {
		whens = append(whens, fmt.Sprintf("when %s then %s", engine.Literal(k), engine.Literal(words[k])))
		low := strings.ToLower(strings.Trim(k, trimSet))
		if v, there := loose[low]; there && v != words[k] {
			doubtful[low] = true
		}
		loose[low] = words[k]
	}
	var again []string
	for _, k := range sortedKeys(loose) {
		if !doubtful[k] && k != "" {
			again = append(again, fmt.Sprintf("when %s then %s", engine.Literal(k), engine.Literal(loose[k])))
		}
	}
	if len(again) > 0 {
		other = fmt.Sprintf("case lower(trim(%s, %s)) %s else %s end", raw, sqlText(trimSet), strings.Join(again, " "), other)
	}
	return fmt.Sprintf("case %s %s else %s end", raw, strings.Join(whens, " "), other)
}

func (f *Feed) sentinels(m Column) map[string]string {
	if m.Sentinels != nil {
		return m.Sentinels
	}
	return f.Sentinels
}

// absences is the query that counts what sentinels stood for; only is a
// condition on the records that count.
func (f *Feed) absences(cells []mapped, r rows, only string) string {
	var arms []string
	where := r.where
	if only != "" {
		where = firstOf(where, " where true") + " and " + only
	}
	for _, c := range cells {
		s := f.sentinels(c.by)
		if len(s) == 0 || c.by.Value != nil {
			continue
		}
		var whens []string
		for _, k := range sortedKeys(s) {
			cond := c.raw + " = " + engine.Literal(k)
			if p, ok := pattern(k); ok {
				cond = fmt.Sprintf("regexp_matches(%s, %s)", c.raw, engine.Literal(p))
			}
			whens = append(whens, fmt.Sprintf("when %s then %s", cond, engine.Literal(s[k])))
		}
		arms = append(arms, fmt.Sprintf("select %s as column_name, case %s end as meaning from %s%s", engine.Literal(c.Name), strings.Join(whens, " "), r.from, where))
	}
	if len(arms) == 0 {
		return ""
	}
	return "select column_name, meaning, cast(count(*) as bigint) as n from (" + strings.Join(arms, " union all ") + ") where meaning is not null group by column_name, meaning order by column_name, meaning"
}

func pattern(key string) (string, bool) {
	if len(key) > 2 && strings.HasPrefix(key, "~") && strings.HasSuffix(key, "~") {
		return key[1 : len(key)-1], true
	}
	return "", false
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func firstOf(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}
