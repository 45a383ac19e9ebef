package feed

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"waybill/pipeline/cell"
	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
)

// Input is what a file gives: a relation with _rn and the raw columns as text
// (CSV, Parquet) or with _rn and one JSON value named record.
type Input struct {
	Relation string   // SQL after FROM; for JSON it has _rn, else rows lie in file order
	Columns  []string // raw column names; nil for JSON
	JSON     bool
	File     string    // name of the file, for columns that are taken from it
	Several  bool      // it gives the rows of several files, one after the other; _file is the file's place among them
	Around   time.Time // when most of its times are likely to be; a matter of speed only
}

// Check is one mapped column that can fail.
type Check struct {
	Column string // contract column
	From   string // where the cell came from
	Type   string
	PII    bool // the cell is personal data
	Shown  bool // and the workspace keeps it: rejects may hold it, messages may not
	Reason string
	Line   bool // its cells are in several columns: the failing cell comes with its own, see Cell
	spec   cell.Spec
}

// Cell is the file's column and the text of a failing cell, out of _value.
func (c Check) Cell(value string) (from, text string) {
	if c.Line {
		if from, text, ok := strings.Cut(value, cellMark); ok {
			return from, text
		}
	}
	return c.From, value
}

// cellMark divides a column from its cell.
const cellMark = "\x1f"

// Why says what is wrong with a failing cell and what to do about it, "" where
// nothing special is known.
func (c Check) Why(value string) string { return cell.Why(c.spec, value) }

// Plan is a compiled output.
type Plan struct {
	Output   Output
	Table    contract.Table
	Select   string   // the query, see the package comment
	Columns  []string // contract columns of the query, in order
	Numbered bool     // the query has _rn; else its rows lie in file order, none left out; with Several it must not be
	Mask     int64    // bits of the contract columns that this file does not have
	Checks   []Check
	Absent   []string // contract columns that this file does not have
	Absences string   // query: column, cell, meaning, n; empty where no sentinel is declared
}

// Compile makes the query of an output for a file that has these columns.
// Personal data is never selected.
func (f *Feed) Compile(o Output, t contract.Table, in Input) (Plan, error) {
	p := Plan{Output: o, Table: t}
	in = f.withSheet(in)
	h := newHeader(in)
	cells, absent, err := f.cells(o, t, h)
	if err != nil {
		return p, err
	}
	for i, c := range t.Columns {
		if _, is := unitOf(c.Name, cells); is {
			absent &^= 1 << i
		}
		if c.PII {
			continue
		}
		p.Columns = append(p.Columns, c.Name)
		if absent&(1<<i) != 0 {
			p.Absent = append(p.Absent, c.Name)
		}
	}
	sort.Strings(p.Absent)
	p.Mask = absent
	p.Numbered = o.Numbers(t, in.JSON)
	r, err := f.rows(o, in, h, p.Numbered)
	if err != nil {
		return p, err
	}
	b := body{feed: f, output: o, table: t, header: h, cells: cells}
	if err := b.columns(&p); err != nil {
		return p, err
	}
	r.from = h.paths.read(r.from)
	rn := ""
	if p.Numbered {
		rn = "_rn, "
	}
	if in.Several {
		rn += "_file, "
	}
	keep := ""
	if o.Lines != nil {
		if in.JSON {
			return p, fmt.Errorf("output %s has lines, which are for tables; try: explode", o.Name)
		}
		keep = " where " + o.hasAmount(cells)
		rn += engine.Ident(lineNo) + ", "
		b.texts = append(b.texts, engine.Ident(lineColumn))
	}
	// one row a cell: the text first, then its type, then what is wrong with it
	sql := fmt.Sprintf("select %s%s from %s%s", rn, orNothing(b.texts), r.from, r.where)
	for _, level := range [][]string{b.own, b.local} {
		if len(level) > 0 {
			sql = fmt.Sprintf("select *, %s from (%s)", strings.Join(level, ", "), sql)
		}
	}
	sql = fmt.Sprintf("select *, %s as _bad, %s as _flags from (select *, %s from (%s))%s", b.bad(), b.flag(), orNothing(b.typed), sql, keep)
	sql = fmt.Sprintf("select %s%s, cast(%d as bigint) as _absent, _flags, _bad, %s as _value from (%s)",
		rn, strings.Join(b.final, ", "), absent, b.value(), sql)
	p.Select = derive(t, b.byName, sql)
	if o.Lines != nil {
		p.Select = wholeRecords(p.Select)
	}
	only := ""
	if o.Once {
		p.Select = once(t, p.Select)
		only = "_rn in (select _rn from (" + p.Select + "))"
	}
	p.Absences = f.absences(cells, r, only)
	return p, nil
}

// Numbers says that not every record gives one row, in the order of the file, so
// that rows carry their records' numbers.
func (o Output) Numbers(t contract.Table, json bool) bool {
	_, ordinal := o.Columns[ordinalColumn(t)]
	return json || o.Where != "" || o.Lines != nil || o.Once || o.Fill != nil || (t.Ordinal != nil && !ordinal)
}

// body collects the parts of an output's query.
type body struct {
	feed   *Feed
	output Output
	table  contract.Table
	header header
	cells  []mapped
	byName map[string]mapped

	texts, own, local, typed, final, flags []string
	fails, values                          []string // arms of CASE, by check
}

// columns makes the parts of all columns and the checks of the plan.
func (b *body) columns(p *Plan) error {
	f := b.feed
	b.byName = map[string]mapped{}
	for _, c := range b.cells {
		b.byName[c.Name] = c
		b.texts = append(b.texts, c.text+" as "+textName(c.Name))
		if c.said != "" {
			b.texts = append(b.texts, c.said+" as "+saidName(c.Name))
		}
		if len(c.by.ZoneFrom) > 0 {
			zone, _, _ := f.raw(Column{From: c.by.ZoneFrom}, b.output, b.header)
			b.texts = append(b.texts, "nullif(trim("+zone+"), '') as "+zoneName(c.Name))
		}
		b.times(c)
		b.typed = append(b.typed, c.typed+" as "+typedName(c.Name))
		if c.unit != "" {
			b.typed = append(b.typed, c.unit+" as "+unitName(c.Name))
		}
	}
	for _, c := range b.cells {
		wrong, reason, shown := f.wrong(c, b.table)
		if c.Type == "timestamptz" {
			if fl := f.dst(c, b.header.around); fl != "" {
				b.flags = append(b.flags, fl)
				if f.DST == "reject" {
					wrong = append(wrong, "("+fl+") is not null")
					reason += " or falls into a clock change of " + firstOf(c.by.Zone, f.Zone)
				}
			}
		}
		if c.Required && c.kind == "id" {
			empty := fmt.Sprintf("case when %[2]s is null then %[1]s is null or %[3]s else false end", textName(c.Name), typedName(c.Name), c.blank)
			b.check(p, c, []string{empty}, "is empty", textName(c.Name))
		}
		b.check(p, c, wrong, reason, shown)
	}
	for i, c := range b.cells {
		if condition, reason := conflict(i, b.cells); condition != "" {
			b.check(p, c, []string{condition}, reason, textName(c.Name))
		}
	}
	for _, c := range b.table.Columns {
		if c.PII {
			continue
		}
		as := " as " + engine.Ident(c.Name)
		unit, isUnit := unitOf(c.Name, b.cells)
		switch {
		case has(b.byName, c.Name):
			b.final = append(b.final, typedName(c.Name)+as)
		case c.RawOf != "" && has(b.byName, c.RawOf) && b.byName[c.RawOf].Treated != contract.Hash:
			b.final = append(b.final, textName(c.RawOf)+as)
		case isUnit:
			b.final = append(b.final, unit+as)
		default:
			b.final = append(b.final, fmt.Sprintf("cast(null as %s)%s", c.Type, as))
		}
	}
	if b.table.Kind == contract.Event {
		b.final = append(b.final, b.byName["event_at"].explicit()+" as _explicit")
	}
	return b.exported()
}

// times adds what a time needs before it becomes an instant.
func (b *body) times(c mapped) {
	if c.own != "" {
		b.own = append(b.own, c.own+" as "+ownName(c.Name))
	}
	if c.local != "" {
		b.local = append(b.local, c.local+" as "+localName(c.Name))
	}
}

// check notes a way in which a record can fail.
func (b *body) check(p *Plan, c mapped, wrong []string, reason, shown string) {
	if len(wrong) == 0 {
		return
	}
	p.Checks = append(p.Checks, Check{Column: c.Name, From: c.from, Type: c.Type, PII: c.Personal(), Shown: c.Treated == contract.Keep, Reason: reason, Line: lineOf(c.by.From) != "", spec: c.spec})
	n := len(p.Checks)
	if p.Checks[n-1].Line {
		shown = fmt.Sprintf("concat(%s, chr(31), %s)", engine.Ident(lineColumn), shown)
	}
	b.fails = append(b.fails, fmt.Sprintf("when %s then %d", strings.Join(wrong, " or "), n))
	b.values = append(b.values, fmt.Sprintf("when %d then %s", n, shown))
}

// exported adds the record's own export time.
func (b *body) exported() error {
	sql := "cast(null as timestamptz)"
	if at := b.feed.ExportedAt; at != nil && at.Column != "" {
		from := Column{From: Names{at.Column}}
		if b.header.json {
			from = Column{Parent: at.Column}
		}
		raw, _, ok := b.feed.raw(from, b.output, b.header)
		if !ok {
			return fmt.Errorf("exported_at.column %q is not in the file", at.Column)
		}
		c := mapped{Column: contract.Column{Name: "_exported", Type: "timestamptz"}, by: from}
		if at.Format != "" {
			c.by.Formats = []string{at.Format}
		}
		if err := b.feed.value(&c, b.output, b.header); err != nil {
			return fmt.Errorf("exported_at: %w", err)
		}
		b.texts = append(b.texts, "nullif("+raw+", '') as "+textName(c.Name))
		b.times(c)
		b.typed = append(b.typed, c.typed+" as "+typedName(c.Name))
		sql = typedName(c.Name)
	}
	b.final = append(b.final, sql+" as _exported")
	return nil
}

func (b *body) bad() string {
	if len(b.fails) == 0 {
		return "cast(null as integer)"
	}
	return "case " + strings.Join(b.fails, " ") + " end"
}

func (b *body) value() string {
	if len(b.fails) == 0 {
		return "cast(null as varchar)"
	}
	return "case _bad " + strings.Join(b.values, " ") + " end"
}

func (b *body) flag() string {
	if len(b.flags) == 0 {
		return "cast(null as varchar)"
	}
	return "nullif(concat_ws(',', " + strings.Join(b.flags, ", ") + "), '')"
}

// once keeps the first record of each key. Records without a whole key stay:
// they are rejects.
func once(t contract.Table, sql string) string {
	var open []string
	for _, k := range t.Key {
		open = append(open, engine.Ident(k)+" is null")
	}
	return fmt.Sprintf("select * from (%s) qualify row_number() over (partition by %s order by _rn) = 1 or (_bad is not null and (%s))",
		sql, engine.Idents(t.Key), strings.Join(open, " or "))
}

func ordinalColumn(t contract.Table) string {
	if t.Ordinal == nil {
		return ""
	}
	return t.Ordinal.Column
}

// derive fills columns that the contract derives and the feed does not map;
// a derived required column that stays empty rejects the record.
func derive(t contract.Table, given map[string]mapped, body string) string {
	var repl []string
	for _, c := range t.Columns {
		if c.Derive != "" && !has(given, c.Name) {
			repl = append(repl, fmt.Sprintf("%s as %s", c.Derive, engine.Ident(c.Name)))
		}
	}
	if o := t.Ordinal; o != nil && !has(given, o.Column) {
		keys := engine.Idents(o.Within)
		repl = append(repl, fmt.Sprintf("coalesce(%s, '') || '#' || row_number() over (partition by %s order by _rn) as %s", engine.Ident(o.Within[len(o.Within)-1]), keys, engine.Ident(o.Column)))
	}
	if len(repl) == 0 {
		return body
	}
	body = fmt.Sprintf("select * replace (%s) from (%s)", strings.Join(repl, ", "), body)
	for _, c := range t.Columns {
		if c.Derive != "" && c.Required && !has(given, c.Name) {
			body = fmt.Sprintf("select * replace (case when _bad is null and %s is null then 0 else _bad end as _bad) from (%s)", engine.Ident(c.Name), body)
		}
	}
	return body
}

func has(m map[string]mapped, k string) bool { _, ok := m[k]; return ok }

func orNothing(list []string) string {
	if len(list) == 0 {
		return "1 as _none"
	}
	return strings.Join(list, ", ")
}
