package feed

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/yamldoc"
)

// Lines makes a row of each charge of a record: of its cells in some columns, then
// of pairs of columns that repeat. A cell without an amount, or with zero, makes
// none.
type Lines struct {
	Columns Names `yaml:"columns"` // names or ~patterns~ of the file's columns
	Except  Names `yaml:"except"`  // never these
	Pairs   *Pair `yaml:"pairs"`
}

// Pair names two columns that repeat: what a charge is called, and its amount.
type Pair struct {
	Name   string `yaml:"name"`
	Amount string `yaml:"amount"`
}

// lineWords are what a column of an output with lines may read of its line.
var lineWords = []string{"line:name", "line:amount", "line:no"}

// The columns of a line beside those of its record.
const (
	lineName   = "_line_name"
	lineAmount = "_line_amount"
	lineNo     = "_line_no"
	lineColumn = "_line_column" // the file's column that has the amount
)

// lineOf is the column of a line that a mapping reads, "" where it reads none.
func lineOf(from Names) string {
	if len(from) != 1 || !slices.Contains(lineWords, from[0]) {
		return ""
	}
	return "_line_" + strings.TrimPrefix(from[0], "line:")
}

// lineCell is one cell of a record that may be a line of its own.
type lineCell struct{ name, column, text string } // name is SQL; text is the header of column, as the file first writes it

// lined is the relation with a row a line. Zeros that do not look like one are
// left to hasAmount.
func (o Output) lined(from string, h header) (string, error) {
	list, err := o.lineCells(h)
	if err != nil {
		return "", err
	}
	var items []string
	for i, c := range list {
		items = append(items, fmt.Sprintf("{'n': %d, 'name': %s, 'amount': %s, 'at': %s}", i+1, c.name, engine.Ident(c.column), engine.Literal(c.text)))
	}
	return fmt.Sprintf(`(select *, _line.n as %s, _line.name as %s, _line.amount as %s, _line."at" as %s from (select *, unnest([%s]) as _line from %s) where coalesce(_line.amount, '') not in ('', '0', '0.0', '0.00', '0.0000'))`,
		engine.Ident(lineNo), engine.Ident(lineName), engine.Ident(lineAmount), engine.Ident(lineColumn), strings.Join(items, ", "), from), nil
}

// lineCells lists the cells of a record that may be lines, in the order of the
// file.
func (o Output) lineCells(h header) ([]lineCell, error) {
	mapped := map[string]bool{}
	for _, m := range o.Columns {
		if c, ok := h.find(m.From); ok {
			mapped[c] = true
		}
	}
	if p := o.Lines.Pairs; p != nil {
		for _, c := range append(h.repeats(p.Name), h.repeats(p.Amount)...) {
			mapped[c] = true
		}
	}
	var list []lineCell
	for _, c := range h.columns {
		base := h.base(c)
		if o.Lines.takes(c, base, mapped[c]) {
			list = append(list, lineCell{engine.Literal(base), c, base})
		}
	}
	if p := o.Lines.Pairs; p != nil {
		names, amounts := h.repeats(p.Name), h.repeats(p.Amount)
		switch {
		case len(names) == 0 || len(amounts) == 0:
			return nil, fmt.Errorf("lines.pairs of output %s: the file has %d columns %q and %d columns %q", o.Name, len(names), p.Name, len(amounts), p.Amount)
		case len(names) != len(amounts):
			return nil, fmt.Errorf("lines.pairs of output %s: %d columns %q do not pair with %d columns %q; try: export the file again, all columns of it", o.Name, len(names), p.Name, len(amounts), p.Amount)
		}
		for i, c := range names {
			list = append(list, lineCell{engine.Ident(c), amounts[i], amounts[i]})
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("lines.columns of output %s: the file has none of %s", o.Name, quotedList(o.Lines.Columns))
	}
	return list, nil
}

// named are the headers that lines name: patterns are none.
func (l *Lines) named() []string {
	if l == nil {
		return nil
	}
	out := slices.DeleteFunc(slices.Clone(l.Columns), func(n string) bool { _, is := pattern(n); return is })
	if l.Pairs != nil {
		out = append(out, l.Pairs.Name, l.Pairs.Amount)
	}
	return out
}

// takes says that a column's cells are lines; base is its header without the
// count that tells it from others of the same name.
func (l Lines) takes(column, base string, mapped bool) bool {
	for _, e := range l.Except {
		if named, matched := isColumn(e, column, base); named || matched {
			return false
		}
	}
	for _, e := range l.Columns {
		if named, matched := isColumn(e, column, base); named || (matched && !mapped) {
			return true
		}
	}
	return false
}

// isColumn says that an entry names a column, or that its pattern matches it.
func isColumn(entry, column, base string) (named, matched bool) {
	p, ok := pattern(entry)
	if !ok {
		fold := foldName(entry)
		return fold == foldName(column) || fold == foldName(base), false
	}
	re, err := regexp.Compile(p)
	return false, err == nil && (re.MatchString(base) || re.MatchString(foldName(base)))
}

// countRE finds what tells columns of one name apart: " (2)" as the reader of
// files writes it, ".1" as files have that were saved again by a program.
var countRE = regexp.MustCompile(`^(.+?)(?: \(\d+\)|\.\d+)$`)

// base is the header that a column had in the file: without a count where the
// file has a column of the name without it.
func (h header) base(column string) string {
	if m := countRE.FindStringSubmatch(column); m != nil {
		if c := h.folded[foldName(m[1])]; c != "" {
			return c
		}
	}
	return column
}

// repeats lists the columns of one name, in the order of the file.
func (h header) repeats(name string) []string {
	fold := foldName(name)
	var out []string
	for _, c := range h.columns {
		if foldName(c) == fold || foldName(h.base(c)) == fold {
			out = append(out, c)
		}
	}
	return out
}

// hasAmount is the condition that a row is a line: an amount that is not zero,
// or a cell that is none.
func (o Output) hasAmount(cells []mapped) string {
	for _, c := range cells {
		if lineOf(c.by.From) != lineAmount {
			continue
		}
		cond := fmt.Sprintf("%s is not null and coalesce(%s <> 0, true)", textName(c.Name), typedName(c.Name))
		if c.blank != "" && c.blank != "false" {
			cond += fmt.Sprintf(" and not coalesce(%s and %s is null, false)", c.blank, typedName(c.Name))
		}
		return cond
	}
	return "true"
}

// wholeRecords takes the lines of records out of which one fails, and leaves of
// these records the first failing line: a bill must not lose a part of a parcel.
func wholeRecords(sql string) string {
	line := engine.Ident(lineNo)
	return fmt.Sprintf(`with _lines as materialized (%s)
select * exclude (%[2]s) from _lines where _rn not in (select _rn from _lines where _bad is not null)
union all select * exclude (%[2]s) from (select * from _lines where _bad is not null qualify row_number() over (partition by _rn order by %[2]s) = 1)`, sql, line)
}

// lines checks the lines of an output.
func (c *checker) lines(at string, o *Output, t contract.Table) {
	used := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(o.Columns)) {
		for _, n := range o.Columns[name].From {
			where := at + ".columns." + pathKey(name)
			switch word := strings.HasPrefix(n, "line:") && !c.feed.isJSON(); {
			case !word:
			case o.Lines == nil:
				c.bad(where, "column %s: %q reads a line, and the output has no lines; try: lines: {columns: [\"~费$~\"]}", name, n)
			case !slices.Contains(lineWords, n):
				try := orList(lineWords)
				if near := yamldoc.Nearest(n, lineWords); near != "" {
					try = near
				}
				c.bad(where, "column %s: a line has no %q; try: %s", name, n, try)
			case len(o.Columns[name].From) > 1:
				c.bad(where, "column %s: %q stands alone in from", name, n)
			default:
				used[n] = name
			}
		}
	}
	l := o.Lines
	if l == nil {
		return
	}
	at += ".lines"
	if c.feed.isJSON() {
		c.bad(at, "lines are for tables; try: explode, which makes a row of each element")
	}
	if o.Once {
		c.bad(at, "lines and once: the lines of a record are rows of their own; try: a second output with once for what stands in every record")
	}
	if len(l.Columns) == 0 && l.Pairs == nil {
		c.bad(at, "lines: columns, pairs or both")
	}
	if l.Pairs != nil {
		if l.Pairs.Name == "" || l.Pairs.Amount == "" {
			c.bad(at+".pairs", "pairs needs name and amount, the headers of two columns that repeat")
		} else if foldName(l.Pairs.Name) == foldName(l.Pairs.Amount) {
			c.bad(at+".pairs", "pairs: name and amount are the same column")
		}
		if len(l.Except) > 0 && len(l.Columns) == 0 {
			c.bad(at+".except", "except is for columns")
		}
	}
	for _, list := range []struct {
		key   string
		names Names
	}{{".columns", l.Columns}, {".except", l.Except}} {
		for i, n := range list.names {
			place := fmt.Sprintf("%s%s[%d]", at, list.key, i)
			if strings.TrimSpace(n) == "" {
				c.bad(place, "a name is empty")
			}
			if p, ok := pattern(n); ok {
				if _, err := regexp.Compile(p); err != nil {
					c.bad(place, "pattern %q: %v", n, err)
				}
			}
		}
	}
	amount, _ := t.Column(used["line:amount"])
	switch {
	case used["line:amount"] == "":
		c.bad(at, "no column takes the amount of a line; try: amount: {from: \"line:amount\", as: money}")
	case amount.Type == "varchar" || amount.Type == "boolean" || amount.Type == "date" || amount.Type == "timestamptz":
		c.bad(at, "column %s is %s: the amount of a line is a number", amount.Name, amount.Type)
	}
	if _, ok := t.Column("line_no"); ok && used["line:no"] == "" {
		c.bad(at, "no column takes the place of a line, which tells the lines of a record apart; try: line_no: {from: \"line:no\"}")
	}
}
