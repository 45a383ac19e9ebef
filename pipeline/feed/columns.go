package feed

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/engine"
)

// header finds the columns of a file by the names that a mapping uses.
type header struct {
	json    bool
	file    string   // see Input
	columns []string // in the order of the file
	exact   map[string]bool
	folded  map[string]string // fold → the first column that has it
	around  time.Time         // see Input
	paths   *paths            // what JSON cells read
}

func newHeader(in Input) header {
	h := header{json: in.JSON, file: in.File, columns: in.Columns, around: in.Around, paths: &paths{}, exact: map[string]bool{}, folded: map[string]string{}}
	for _, c := range in.Columns {
		h.exact[c] = true
		if fold := foldName(c); h.folded[fold] == "" {
			h.folded[fold] = c
		}
	}
	return h
}

// find gives the column of the file that the first of these names means: the
// exact one, else the first that is equal when folded.
func (h header) find(names Names) (string, bool) {
	for _, n := range names {
		if h.exact[n] {
			return n, true
		}
		if c := h.folded[foldName(n)]; c != "" {
			return c, true
		}
	}
	return "", false
}

// quotedRE finds what is quoted in SQL: texts and comments, which stay, and
// names.
var quotedRE = regexp.MustCompile(`'(?:[^']|'')*'|--[^\n]*|/\*(?s:.*?)\*/|"(?:[^"]|"")+"`)

// resolve writes the file's own names for the quoted names of a piece of SQL. A
// name that the file lacks stands for its synonyms in the output's mapping.
// missing are names that the file has in no form.
func (h header) resolve(sql string, o Output) (out string, missing []string) {
	if h.json || !strings.Contains(sql, `"`) {
		return sql, nil
	}
	out = quotedRE.ReplaceAllStringFunc(sql, func(q string) string {
		if q[0] != '"' {
			return q
		}
		name := strings.ReplaceAll(q[1:len(q)-1], `""`, `"`)
		if name == "_rn" {
			return q
		}
		c, ok := h.find(Names{name})
		if !ok {
			c, ok = h.find(o.synonyms(name))
		}
		if !ok {
			missing = append(missing, name)
			return q
		}
		return engine.Ident(c)
	})
	return out, missing
}

// synonyms are the names that an output's mapping lists together with a name.
func (o Output) synonyms(name string) Names {
	fold := foldName(name)
	var best Names
	for _, c := range o.Columns {
		for _, list := range []Names{c.From, c.ZoneFrom} {
			if len(list) > 1 && slices.ContainsFunc(list, func(n string) bool { return foldName(n) == fold }) && (best == nil || slices.Compare(list, best) < 0) {
				best = list
			}
		}
	}
	return best
}

// rows is the relation that an output's cells are read from.
type rows struct {
	from     string // SQL after FROM
	where    string // " where …" or empty
	numbered bool   // it has _rn
}

// trimSet is what an outer blank is, in a cell and in SQL.
const trimSet = " \t\r\n\u00a0\u3000\ufeff"

// rows builds the relation of an output: numbered, trimmed, filled, exploded,
// filtered, made into lines, in this order.
func (f *Feed) rows(o Output, in Input, h header, numbered bool) (rows, error) {
	r := rows{from: in.Relation, numbered: numbered}
	if in.JSON {
		r.from = exploded(r.from, o.Explode)
	} else {
		if numbered {
			r.from = "(select row_number() over () as _rn, * from " + r.from + ")"
		}
		if f.trims() {
			r.from = "(select * replace (" + trims(in.Columns) + ") from " + r.from + ")"
		}
		if o.Fill != nil {
			var err error
			if r.from, err = filled(r.from, o, h); err != nil {
				return r, err
			}
		}
	}
	if o.Where != "" {
		where, missing := h.resolve(o.Where, o)
		if len(missing) > 0 {
			return r, fmt.Errorf("where of output %s names %s, which the file does not have", o.Name, quotedList(missing))
		}
		r.where = " where (" + where + "\n)"
	}
	if o.Lines != nil && !in.JSON {
		from := r.from
		if r.where != "" {
			from = "(select * from " + from + r.where + ")"
		}
		var err error
		if r.from, err = o.lined(from, h); err != nil {
			return r, err
		}
		r.where = ""
	}
	return r, nil
}

// trims takes the outer blanks off every column. Most cells have none: looking
// at their ends costs less than a new text.
func trims(columns []string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		id := engine.Ident(c)
		tests := []string{id + " < '!'"} // starts with a blank or a control character, or is empty
		for _, r := range " \t\u00a0\u3000" {
			tests = append(tests, fmt.Sprintf("ends_with(%s, chr(%d))", id, r))
			if r > '~' {
				tests = append(tests, fmt.Sprintf("starts_with(%s, chr(%d))", id, r))
			}
		}
		list[i] = fmt.Sprintf("case when %s then trim(%[2]s, %s) else %[2]s end as %[2]s", strings.Join(tests, " or "), id, sqlText(trimSet))
	}
	return strings.Join(list, ", ")
}

// sqlText is a text in SQL whose control characters are readable.
func sqlText(s string) string {
	var parts []string
	for _, r := range s {
		parts = append(parts, fmt.Sprintf("chr(%d)", r))
	}
	return strings.Join(parts, " || ")
}

// filled gives empty cells the first value of their group. A record without a
// group keeps its empty cells.
func filled(from string, o Output, h header) (string, error) {
	var by, grouped []string
	for _, n := range o.Fill.By {
		c, ok := h.find(Names{n})
		if !ok {
			c, ok = h.find(o.synonyms(n))
		}
		if !ok {
			return "", fmt.Errorf("fill.by of output %s names %q, which the file does not have", o.Name, n)
		}
		by = append(by, c)
		grouped = append(grouped, "nullif("+engine.Ident(c)+", '') is not null")
	}
	var list []string
	seen := map[string]bool{}
	for _, c := range by {
		seen[c] = true
	}
	add := func(names Names) {
		c, ok := h.find(names)
		if !ok {
			c, ok = h.find(o.synonyms(names.first()))
		}
		if ok && !seen[c] {
			seen[c] = true
			list = append(list, c)
		}
	}
	for _, n := range o.Fill.Columns {
		add(Names{n})
	}
	if len(o.Fill.Columns) == 0 {
		for _, name := range sortedKeys(o.Columns) {
			add(o.Columns[name].From)
			add(o.Columns[name].ZoneFrom)
		}
	}
	if len(list) == 0 {
		return from, nil
	}
	repl := make([]string, len(list))
	for i, c := range list {
		id := engine.Ident(c)
		repl[i] = fmt.Sprintf("case when nullif(%[1]s, '') is null and %[2]s then first_value(nullif(%[1]s, '') ignore nulls) over _group else %[1]s end as %[1]s", id, strings.Join(grouped, " and "))
	}
	return fmt.Sprintf("(select * replace (%s) from %s window _group as (partition by %s order by _rn rows between unbounded preceding and unbounded following))",
		strings.Join(repl, ", "), from, engine.Idents(by)), nil
}

func quotedList(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(q, ", ")
}
