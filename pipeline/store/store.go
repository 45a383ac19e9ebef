package store

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/lake"
)

// compactAt is the number of files of one partition from which an append
// writes them anew as one.
const compactAt = 16

// Session is the tables of one version as a run changes them.
type Session struct {
	Engine engine.Engine
	Tables contract.Set
	lake   *lake.Lake
	files  map[string][]lake.File
	state  map[string]*state
	ahead  func(do func(ctx context.Context)) // does it beside the owner's statements; nil: see Ahead
	tx     *lake.Tx                           // takes files that are written ahead; may be nil
}

// state is what a run does to one table.
type state struct {
	delta     string   // table in memory whose rows are added
	dropLoads []string // append only: rows of these loads go
	forget    []string // append only: stored rows lose their values of these columns
	only      string   // SQL: in rows for which it is true; empty: in all
	touched   string   // model: table in memory with the keys whose rows go
	by        []string // columns of touched
	all       bool     // model: every stored row goes
	settled   bool     // append only: written already

	rows *newRows // what begin began; nil: nothing yet
}

// Open registers every table of v under its name; v with Seq 0 is a lake
// without a version: typed empty relations.
func Open(ctx context.Context, e engine.Engine, l *lake.Lake, v lake.Version, tables contract.Set) (*Session, error) {
	s := &Session{Engine: e, Tables: tables, lake: l, state: map[string]*state{}, files: map[string][]lake.File{}}
	if v.Seq > 0 {
		var err error
		if s.files, err = l.Files(ctx, v); err != nil {
			return nil, err
		}
	}
	for _, t := range tables.Sorted() {
		if err := e.Relation(ctx, Stored(t.Name), Columns(t), s.paths(t.Name, nil)); err != nil {
			return nil, fmt.Errorf("table %s: %w", t.Name, err)
		}
		if err := s.bind(ctx, t.Name); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Stored is the relation of a table as the version holds it, whatever this
// run has done.
func Stored(table string) string { return "stored_" + table }

// Delta is the name of the table in memory that holds a table's new rows.
func Delta(table string) string { return "delta_" + table }

// Columns of a table for the engine.
func Columns(t contract.Table) []engine.Column {
	var out []engine.Column
	for _, c := range t.Stored() {
		out = append(out, engine.Column{Name: c.Name, Type: c.Type})
	}
	return out
}

// Schema of all stored tables for the lake.
func Schema(tables contract.Set) []lake.Table {
	var out []lake.Table
	for _, t := range tables.Sorted() {
		lt := lake.Table{Name: t.Name, Doc: t.Doc, Partition: contract.PMonth}
		for _, c := range t.Stored() {
			lt.Columns = append(lt.Columns, lake.Column{Name: c.Name, Type: c.Type, Doc: c.Doc})
		}
		for _, c := range t.Columns {
			if c.PII { // kept or hashed before, perhaps
				lt.Retired = append(lt.Retired, c.Name)
			}
		}
		out = append(out, lt)
	}
	return out
}

// Files lists the version's files of a table.
func (s *Session) Files(table string) []lake.File { return s.files[table] }

func (s *Session) paths(table string, keep func(lake.File) bool) []string {
	var out []string
	for _, f := range s.files[table] {
		if keep == nil || keep(f) {
			out = append(out, s.lake.AbsPath(f))
		}
	}
	sort.Strings(out)
	return out
}

// Append adds the rows of the memory table Delta(table) to an append-only table.
func (s *Session) Append(ctx context.Context, table string) error {
	s.of(table).delta = Delta(table)
	if err := s.bind(ctx, table); err != nil {
		return err
	}
	return s.begin(table)
}

// DropLoads takes the rows of loads out of an append-only table.
func (s *Session) DropLoads(ctx context.Context, table string, loads []string) error {
	if len(loads) == 0 {
		return nil
	}
	st := s.of(table)
	st.dropLoads = append(st.dropLoads, loads...)
	return s.bind(ctx, table)
}

// Replace puts the rows of Delta(table), made by WithHash, in the place of the
// stored rows whose columns by are in the memory table touched; an empty touched
// replaces all rows.
func (s *Session) Replace(ctx context.Context, table, touched string, by []string) error {
	st := s.of(table)
	st.delta, st.touched, st.by, st.all = Delta(table), touched, by, touched == ""
	if err := s.bind(ctx, table); err != nil {
		return err
	}
	return s.begin(table)
}

// Changed says whether this run changes a table.
func (s *Session) Changed(table string) bool {
	st, ok := s.state[table]
	return ok && (st.delta != "" || len(st.dropLoads) > 0 || len(st.forget) > 0 || st.all)
}

// HasDelta says whether the run adds rows to a table.
func (s *Session) HasDelta(table string) bool {
	st, ok := s.state[table]
	return ok && st.delta != ""
}

// Dropped lists the loads whose rows this run takes out of a table.
func (s *Session) Dropped(table string) []string {
	if st, ok := s.state[table]; ok {
		return st.dropLoads
	}
	return nil
}

func (s *Session) of(table string) *state {
	if s.state[table] == nil {
		s.state[table] = &state{}
	}
	return s.state[table]
}

// bind makes the view that bears the table's name.
func (s *Session) bind(ctx context.Context, table string) error {
	t := s.Tables[table]
	st := s.state[table]
	cols := engine.Idents(t.Names())
	q := "select " + forgetful(t, st) + " from " + kept(st, engine.Ident(Stored(table)), "s")
	if st != nil && st.delta != "" {
		q += " union all select " + cols + " from " + engine.Ident(st.delta)
		if st.all {
			q = "select " + cols + " from " + engine.Ident(st.delta)
		}
	}
	return s.Engine.Exec(ctx, "create or replace view "+engine.Ident(table)+" as "+q)
}

// Rows is the SQL of columns of those rows of a table, in its FROM called o, that the SQL
// behind it there leaves; months, SQL of dates, are where to look, all where there is none.
// Of a table whose rows the run replaces, rows are chosen before the replaced ones are told
// from them: the view would compare every stored row with those.
func (s *Session) Rows(table, columns string, months []string, only string) string {
	in := func(relation string) string {
		if len(months) > 0 {
			relation = "(select * from " + relation + " where p_month in (" + strings.Join(months, ", ") + "))"
		}
		return relation + " as o" + only
	}
	st := s.state[table]
	if st == nil || st.touched == "" || st.delta == "" {
		return "select " + columns + " from " + in("memory.main."+engine.Ident(table))
	}
	return "select " + columns + " from (select o.* from " + kept(st, "(select o.* from "+in(engine.Ident(Stored(table)))+")", "o") + ") as o" +
		" union all select " + columns + " from " + in(engine.Ident(st.delta))
}

// kept is the relation, under a name, of stored rows that stay.
func kept(st *state, stored, as string) string {
	from := stored + " as " + as
	switch {
	case st == nil:
	case st.touched != "":
		// an anti join: "not exists" over columns that may be NULL keeps every row of
		// the table in memory first, and takes twice the time
		from += " anti join " + engine.Ident(st.touched) + " as k on " + sameKey(st.by, "k", as)
	case len(st.dropLoads) > 0:
		from += " where load_id not in (" + literals(st.dropLoads) + ")"
	}
	return from
}

func sameKey(key []string, a, b string) string {
	var eq []string
	for _, k := range key {
		eq = append(eq, fmt.Sprintf("%s.%s is not distinct from %s.%s", a, engine.Ident(k), b, engine.Ident(k)))
	}
	return strings.Join(eq, " and ")
}

func literals(list []string) string {
	q := make([]string, len(list))
	for i, v := range list {
		q[i] = engine.Literal(v)
	}
	return strings.Join(q, ", ")
}

// rowColumn holds RowHash in the rows of a model or current table in memory: made
// with them it costs half of what reading all columns again does.
const rowColumn = "_row"

// WithHash is the query that makes Delta of a current table or a model out of one
// that gives its columns.
func WithHash(t contract.Table, query string) string {
	return "select *, " + RowHash(t) + " as " + rowColumn + " from (\n" + query + "\n)"
}

// RowHash is the SQL of a row's content hash. Rows that carry a hash of their
// key use it: hashing the text again costs a second over ten million scans.
func RowHash(t contract.Table) string {
	cols := t.Names()
	if t.Kind == contract.Event {
		return "hash(" + t.KeyHash() + ", event_at, country, code_system, load_id, record_no)"
	}
	if t.Kind == contract.Observation {
		cols = []string{"row_hash", "absent", "feed", "load_id", "load_seq", "record_no", "exported_at", "flags"}
	}
	return "hash(" + engine.Idents(cols) + ")"
}
