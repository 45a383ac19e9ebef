package feed

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
)

// Input is what a file gives: a relation with _rn and the raw columns as text
// (CSV, Parquet) or with _rn and one JSON value named record.
type Input struct {
	Relation string   // SQL after FROM; for JSON it has _rn, else rows lie in file order
	Columns  []string // raw column names; nil for JSON
	JSON     bool
}

// Check is one mapped column that can fail.
type Check struct {
	Column string // contract column
	From   string // where the cell came from
	Type   string
	PII    bool
	Reason string
}

// Plan is a compiled output.
type Plan struct {
	Output   Output
	Table    contract.Table
	Select   string   // the query, see the package comment
	Columns  []string // contract columns of the query, in order
	Numbered bool     // the query has _rn; else its rows lie in file order, none left out
	Mask     int64    // bits of the contract columns that this file does not have
	Checks   []Check
	Absent   []string // contract columns that this file does not have
	Absences string   // query: column, cell, meaning, n; empty where no sentinel is declared
}

// cell is a contract column with its raw text as SQL.
type cell struct {
	contract.Column
	from string
	text string // SQL: the cell as text, sentinels and empty cells NULL
	raw  string // SQL: the cell before sentinels
	said string // SQL: the cell as text before its map, where the map may reject it
	map_ Column
}

// Compile makes the query of an output for a file that has these columns.
// Personal data is never selected.
func (f *Feed) Compile(o Output, t contract.Table, in Input) (Plan, error) {
	p := Plan{Output: o, Table: t}
	var cells []cell
	var absent int64
	for i, c := range t.Columns {
		m, mapped := o.Columns[c.Name]
		if mapped && m.From != "" && !in.JSON && !slices.Contains(in.Columns, m.From) {
			mapped = false
			if c.Required {
				return p, fmt.Errorf("column %q is not in the file, and %s.%s requires it", m.From, t.Name, c.Name)
			}
		}
		if !mapped && c.Derive == "" && c.RawOf == "" {
			absent |= 1 << i
			if !c.PII {
				p.Absent = append(p.Absent, c.Name)
			}
		}
		if c.PII {
			continue
		}
		p.Columns = append(p.Columns, c.Name)
		if !mapped {
			continue
		}
		cl := cell{Column: c, from: firstOf(m.From, m.Parent, c.Name), map_: m}
		cl.raw = rawText(m, in.JSON, o.Explode != "")
		trimmed := slices.Contains(t.Key, c.Name) && (t.Kind == contract.Observation || c.Required)
		cl.text = f.clean(cl.raw, m, trimmed)
		if m.Else == "reject" {
			unmapped := m
			unmapped.Map = nil
			cl.said = f.clean(cl.raw, unmapped, trimmed)
		}
		cells = append(cells, cl)
	}

	p.Mask = absent
	source := in.Relation
	_, ordinal := o.Columns[ordinalColumn(t)]
	p.Numbered = in.JSON || o.Where != "" || (t.Ordinal != nil && !ordinal)
	if p.Numbered && !in.JSON {
		source = "(select row_number() over () as _rn, * from " + source + ")"
	}
	rn := ""
	if p.Numbered {
		rn = "_rn, "
	}
	if o.Explode != "" {
		source = fmt.Sprintf("(select _rn, record, unnest(cast(json_extract(record, %s) as json[])) as item from %s)", engine.Literal(jsonPath(o.Explode)), source)
	}
	// one row a cell: the text first, then its type, then what is wrong with it
	var texts, typed, fails, values, final, flags []string
	byName := map[string]cell{}
	for _, c := range cells {
		byName[c.Name] = c
		texts = append(texts, c.text+" as "+x(c.Name))
		if c.said != "" {
			texts = append(texts, c.said+" as "+s_(c.Name))
		}
		typed = append(typed, f.typed(c)+" as "+t_(c.Name))
	}
	for _, c := range cells {
		var wrong []string
		// a text cannot fail its cast
		if c.Type != "varchar" {
			wrong = append(wrong, fmt.Sprintf("(%s is not null and %s is null)", x(c.Name), t_(c.Name)))
		}
		// CASE, because AND looks at every row on both sides
		if c.Type == "decimal(18,4)" {
			wrong = append(wrong, fmt.Sprintf(`case when length(%[1]s) - strpos(%[1]s, '.') > 4 and strpos(%[1]s, '.') > 0 then regexp_matches(%[1]s, '\.\d{4}\d*[1-9]') else false end`, x(c.Name)))
		}
		if c.Type == "integer" || c.Type == "bigint" {
			wrong = append(wrong, fmt.Sprintf(`case when strpos(%[1]s, '.') > 0 then not regexp_full_match(%[1]s, '[+-]?\d+\.0*') else false end`, x(c.Name)))
		}
		reason, shown := "is no "+typeWord(c.Type), x(c.Name)
		if c.said != "" {
			wrong = append(wrong, fmt.Sprintf("(%s is not null and %s is null)", s_(c.Name), x(c.Name)))
			reason, shown = "has a value that the map of the feed does not name", s_(c.Name)
			if c.Type != "varchar" {
				reason += " or is no " + typeWord(c.Type)
			}
		}
		if c.Required {
			wrong = append(wrong, x(c.Name)+" is null")
			reason += " or is empty"
			if c.Type == "varchar" && c.said == "" {
				reason = "is empty"
			}
		}
		if c.Type == "timestamptz" {
			if fl := f.dst(c); fl != "" {
				flags = append(flags, fl)
				if f.DST == "reject" {
					wrong = append(wrong, "("+fl+") is not null")
					reason += " or falls into a clock change of " + f.Zone
				}
			}
		}
		if len(wrong) == 0 {
			continue
		}
		p.Checks = append(p.Checks, Check{Column: c.Name, From: c.from, Type: c.Type, PII: c.PII, Reason: reason})
		n := len(p.Checks)
		fails = append(fails, fmt.Sprintf("when %s then %d", strings.Join(wrong, " or "), n))
		values = append(values, fmt.Sprintf("when %d then %s", n, shown))
	}
	for _, c := range t.Columns {
		if c.PII {
			continue
		}
		switch _, mapped := byName[c.Name]; {
		case mapped:
			final = append(final, t_(c.Name)+" as "+engine.Ident(c.Name))
		case c.RawOf != "" && has(byName, c.RawOf):
			final = append(final, x(c.RawOf)+" as "+engine.Ident(c.Name))
		default:
			final = append(final, fmt.Sprintf("cast(null as %s) as %s", c.Type, engine.Ident(c.Name)))
		}
	}
	if t.Kind == contract.Event {
		final = append(final, byName["event_at"].explicit()+" as _explicit")
	}
	exported := "cast(null as timestamptz)"
	if at := f.ExportedAt; at != nil && at.Column != "" {
		c := cell{Column: contract.Column{Name: "_exported", Type: "timestamptz"}, map_: Column{From: at.Column}}
		if at.Format != "" {
			c.map_.Formats = []string{at.Format}
		}
		if !in.JSON && !slices.Contains(in.Columns, at.Column) {
			return p, fmt.Errorf("exported_at.column %q is not in the file", at.Column)
		}
		texts = append(texts, "nullif("+rawText(Column{Parent: at.Column, From: at.Column}, in.JSON, o.Explode != "")+", '') as "+x(c.Name))
		typed = append(typed, f.typed(c)+" as "+t_(c.Name))
		exported = t_(c.Name)
	}
	final = append(final, exported+" as _exported")
	bad, value := "cast(null as integer)", "cast(null as varchar)"
	if len(fails) > 0 {
		bad = "case " + strings.Join(fails, " ") + " end"
		value = "case _bad " + strings.Join(values, " ") + " end"
	}
	where := ""
	if o.Where != "" {
		where = " where " + o.Where
	}
	flag := "cast(null as varchar)"
	if len(flags) > 0 {
		flag = "nullif(concat_ws(',', " + strings.Join(flags, ", ") + "), '')"
	}
	body := fmt.Sprintf("select *, %s as _bad, %s as _flags from (select *, %s from (select %s%s from %s%s))",
		bad, flag, orNothing(typed), rn, orNothing(texts), source, where)
	body = fmt.Sprintf("select %s%s, cast(%d as bigint) as _absent, _flags, _bad, %s as _value from (%s)",
		rn, strings.Join(final, ", "), absent, value, body)
	p.Select = derive(t, byName, body)
	p.Absences = f.absences(cells, source, where)
	sort.Strings(p.Absent)
	return p, nil
}

func ordinalColumn(t contract.Table) string {
	if t.Ordinal == nil {
		return ""
	}
	return t.Ordinal.Column
}

// derive fills columns that the contract derives and the feed does not map;
// a derived required column that stays empty rejects the record.
func derive(t contract.Table, mapped map[string]cell, body string) string {
	var repl []string
	for _, c := range t.Columns {
		if c.Derive != "" && !has(mapped, c.Name) {
			repl = append(repl, fmt.Sprintf("%s as %s", c.Derive, engine.Ident(c.Name)))
		}
	}
	if o := t.Ordinal; o != nil && !has(mapped, o.Column) {
		keys := engine.Idents(o.Within)
		repl = append(repl, fmt.Sprintf("coalesce(%s, '') || '#' || row_number() over (partition by %s order by _rn) as %s", engine.Ident(o.Within[len(o.Within)-1]), keys, engine.Ident(o.Column)))
	}
	if len(repl) == 0 {
		return body
	}
	body = fmt.Sprintf("select * replace (%s) from (%s)", strings.Join(repl, ", "), body)
	for _, c := range t.Columns {
		if c.Derive != "" && c.Required && !has(mapped, c.Name) {
			body = fmt.Sprintf("select * replace (case when _bad is null and %s is null then 0 else _bad end as _bad) from (%s)", engine.Ident(c.Name), body)
		}
	}
	return body
}

// rawText is the SQL of the cell as it stands in the file.
func rawText(m Column, json, exploded bool) string {
	switch {
	case m.Value != nil:
		return "cast(" + engine.Literal(*m.Value) + " as varchar)"
	case m.Expr != "":
		return "cast((" + m.Expr + ") as varchar)"
	case !json:
		return engine.Ident(m.From)
	case m.Parent != "" || !exploded:
		return "json_extract_string(record, " + engine.Literal(jsonPath(firstOf(m.Parent, m.From))) + ")"
	default:
		return "json_extract_string(item, " + engine.Literal(jsonPath(m.From)) + ")"
	}
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
		for k := range s {
			if p, ok := pattern(k); ok {
				patterns = append(patterns, fmt.Sprintf("regexp_matches(%s, %s)", raw, engine.Literal(p)))
			} else {
				exact = append(exact, engine.Literal(k))
			}
		}
		sort.Strings(exact)
		sort.Strings(patterns)
		if len(exact) > 0 {
			patterns = append([]string{raw + " in (" + strings.Join(exact, ", ") + ")"}, patterns...)
		}
		text = fmt.Sprintf("case when %s then null else %s end", strings.Join(patterns, " or "), text)
	}
	if len(m.Map) > 0 {
		keys := make([]string, 0, len(m.Map))
		for k := range m.Map {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		var whens []string
		for _, k := range keys {
			whens = append(whens, fmt.Sprintf("when %s then %s", engine.Literal(k), engine.Literal(m.Map[k])))
		}
		other := text
		if m.Else == "reject" || m.Else == "absent" {
			other = "null"
		}
		text = fmt.Sprintf("case %s %s else %s end", raw, strings.Join(whens, " "), other)
	}
	return text
}

func (f *Feed) sentinels(m Column) map[string]string {
	if m.Sentinels != nil {
		return m.Sentinels
	}
	return f.Sentinels
}

// absences counts what sentinels stood for.
func (f *Feed) absences(cells []cell, source, where string) string {
	var arms []string
	for _, c := range cells {
		s := f.sentinels(c.map_)
		if len(s) == 0 || c.map_.Value != nil {
			continue
		}
		var keys []string
		for k := range s {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		var whens []string
		for _, k := range keys {
			cond := c.raw + " = " + engine.Literal(k)
			if p, ok := pattern(k); ok {
				cond = fmt.Sprintf("regexp_matches(%s, %s)", c.raw, engine.Literal(p))
			}
			whens = append(whens, fmt.Sprintf("when %s then %s", cond, engine.Literal(s[k])))
		}
		arms = append(arms, fmt.Sprintf("select %s as column_name, case %s end as meaning from %s%s", engine.Literal(c.Name), strings.Join(whens, " "), source, where))
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

func jsonPath(p string) string {
	if strings.HasPrefix(p, "$") {
		return p
	}
	return "$." + p
}

func x(name string) string  { return engine.Ident("x_" + name) }
func t_(name string) string { return engine.Ident("t_" + name) }
func s_(name string) string { return engine.Ident("s_" + name) }

func has(m map[string]cell, k string) bool { _, ok := m[k]; return ok }

func firstOf(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "1 as _none"
	}
	return strings.Join(list, ", ")
}

func typeWord(t string) string {
	switch t {
	case "timestamptz":
		return "time"
	case "decimal(18,4)":
		return "amount with up to 4 decimals"
	case "integer", "bigint":
		return "whole number"
	case "double":
		return "number"
	}
	return t
}
