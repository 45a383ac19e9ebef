package store

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/lake"
)

// Write writes what the run changed and hands it to the transaction. fail is
// called at named steps.
func (s *Session) Write(ctx context.Context, tx *lake.Tx, fail func(step string)) error {
	var names []string
	for n, st := range s.state {
		if !st.settled {
			names = append(names, n)
		}
	}
	_, err := s.write(ctx, tx, names, fail)
	return err
}

// Settle writes new rows of append-only tables before Write does, and reads them
// from their files from then on: whoever holds them in memory can let them go.
// The run neither changes nor reads these tables any more: where a file takes others
// in, it holds stored rows as well.
func (s *Session) Settle(ctx context.Context, tx *lake.Tx, tables []string) error {
	var names []string
	for _, n := range tables {
		if s.HasDelta(n) {
			names = append(names, n)
		}
	}
	due, err := s.write(ctx, tx, names, func(string) {})
	if err != nil {
		return err
	}
	for _, n := range names {
		var paths []string
		for _, d := range due {
			if d.table == n {
				paths = append(paths, d.file.Path)
			}
		}
		if err := s.Engine.Relation(ctx, Delta(n), Columns(s.Tables[n]), paths); err != nil {
			return err
		}
		s.state[n].settled = true
	}
	return nil
}

func (s *Session) write(ctx context.Context, tx *lake.Tx, names []string, fail func(step string)) ([]dueFile, error) {
	sort.Strings(names)
	if s.ahead == nil {
		defer s.Ahead(ctx, nil)()
	}
	for _, n := range names {
		if st := s.state[n]; st.delta != "" && st.rows == nil {
			if err := s.begin(n); err != nil {
				return nil, err
			}
		}
	}
	var written, due []dueFile
	for _, n := range names {
		st := s.state[n]
		w := writer{s: s, tx: tx, t: s.Tables[n], st: st}
		var err error
		if w.learnt, err = st.rows.wait(); err == nil && st.rows != nil && st.rows.written {
			written = append(written, st.rows.files...)
			continue
		}
		if err == nil {
			w.ids, err = s.lake.FieldIDs(n)
		}
		var files []dueFile
		if err == nil {
			files, err = w.plan(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", n, err)
		}
		due = append(due, files...)
	}
	fail("write.planned")
	// the largest first, so that none is left over at the end
	sort.SliceStable(due, func(i, j int) bool { return due[i].want.rows > due[j].want.rows })
	if err := s.writeFiles(ctx, due); err != nil {
		return nil, err
	}
	fail("write.written")
	due = append(due, written...)
	for _, d := range due {
		if d.rows != d.want.rows {
			return nil, fmt.Errorf("write %s, partition %s: %d rows are in the file, %d were due; nothing is published", d.table, d.partition, d.rows, d.want.rows)
		}
		if err := tx.Add(d.table, d.partition, d.file.Path, d.rows, d.want.hex(), d.loads); err != nil {
			return nil, err
		}
	}
	return due, nil
}

// writeFiles writes the files and notes their rows.
func (s *Session) writeFiles(ctx context.Context, due []dueFile) error {
	files := make([]engine.ParquetFile, len(due))
	for i, d := range due {
		files[i] = d.file
	}
	rows, err := s.Engine.WriteParquet(ctx, files...)
	for i := range rows {
		due[i].rows = rows[i]
	}
	return err
}

// dueFile is a file that the version needs. The row count that the engine
// writes must be the one that was computed: a difference is a defect.
type dueFile struct {
	table, partition string
	file             engine.ParquetFile
	want             sum
	loads            []string
	rows             int64 // that the engine wrote
}

// writer plans the files of one table.
type writer struct {
	s   *Session
	tx  *lake.Tx
	t   contract.Table
	st  *state
	ids map[string]int
	due []dueFile

	learnt
}

// plan says which files the table needs, and takes those out whose place they take.
func (w *writer) plan(ctx context.Context) ([]dueFile, error) {
	var err error
	if appends(w.t) {
		err = w.appended(ctx)
	} else {
		err = w.replaced()
	}
	return w.due, err
}

// appends says that rows of a table are added and never change.
func appends(t contract.Table) bool {
	return t.Kind == contract.Observation || t.Kind == contract.Event || t.Kind == contract.RejectKind
}

// appended writes new rows, one file a partition, and files of dropped loads
// without them.
func (w *writer) appended(ctx context.Context) error {
	gone := map[string]bool{} // files that are rewritten or removed
	if len(w.st.dropLoads) > 0 || len(w.st.forget) > 0 {
		hold, err := w.s.holding(ctx, w.t.Name, w.st)
		if err != nil {
			return err
		}
		for _, f := range w.s.files[w.t.Name] {
			if !hold[f.Path] && !slices.ContainsFunc(f.Loads, func(l string) bool { return slices.Contains(w.st.dropLoads, l) }) {
				continue
			}
			gone[f.Path] = true
			keep := w.remembered(f)
			sums, err := w.s.sums(ctx, w.t, keep, RowHash(w.t))
			if err != nil {
				return err
			}
			left := slices.DeleteFunc(slices.Clone(f.Loads), func(l string) bool { return slices.Contains(w.st.dropLoads, l) })
			if sm, ok := sums[f.Partition]; ok && sm.rows > 0 {
				w.add(f.Partition, "select "+w.columns()+" from "+keep, w.t.Names(), sm, left)
			}
			if err := w.tx.Remove(f); err != nil {
				return err
			}
		}
	}
	if w.st.delta == "" {
		return nil
	}
	for _, p := range sortedKeys(w.added) {
		sm, ids := w.added[p], w.loads[p]
		var old []lake.File
		for _, f := range w.s.files[w.t.Name] {
			if f.Partition == p && !gone[f.Path] {
				old = append(old, f)
			}
		}
		compact := len(old) >= compactAt
		query := fmt.Sprintf("select %s from %s where p_month = date %s", w.worded(!compact), engine.Ident(w.st.delta), engine.Literal(p))
		if compact {
			query += " union all select " + w.columns() + " from " + w.relation(old)
			for _, f := range old {
				fs, err := contentOf(f)
				if err != nil {
					return err
				}
				sm = sm.plus(fs, 1)
				ids = append(ids, f.Loads...)
				if err := w.tx.Remove(f); err != nil {
					return err
				}
			}
		}
		slices.Sort(ids)
		w.add(p, query, w.stated(!compact), sm, slices.Compact(ids))
	}
	return nil
}

// replaced writes the partitions of a model whose rows differ from before:
// untouched rows are copied, the others come from memory.
func (w *writer) replaced() error {
	before := map[string]sum{}
	byPart := map[string][]lake.File{}
	for _, f := range w.s.files[w.t.Name] {
		fs, err := contentOf(f)
		if err != nil {
			return err
		}
		byPart[f.Partition] = append(byPart[f.Partition], f)
		if b, ok := before[f.Partition]; ok {
			fs = b.plus(fs, 1)
		}
		before[f.Partition] = fs
	}
	removed := w.removed
	if w.st.all {
		removed = before
	}
	parts := map[string]bool{}
	for p := range w.added {
		parts[p] = true
	}
	for p := range removed {
		parts[p] = true
	}
	for _, p := range sortedKeys(parts) {
		a, r := orZero(w.added, p), orZero(removed, p)
		if a.rows == r.rows && a.content.Cmp(r.content) == 0 {
			continue // the same rows as before
		}
		after := orZero(before, p).plus(r, -1).plus(a, 1)
		mixed := !w.st.all && len(byPart[p]) > 0
		query := fmt.Sprintf("select %s from %s where p_month = date %s", engine.Idents(w.stated(!mixed)), engine.Ident(w.st.delta), engine.Literal(p))
		if mixed {
			query += " union all select " + w.columns() + " from " + kept(w.st, w.relation(byPart[p]), "s")
		}
		for _, f := range byPart[p] {
			if err := w.tx.Remove(f); err != nil {
				return err
			}
		}
		if after.rows > 0 {
			w.add(p, query, w.stated(!mixed), after, nil)
		}
	}
	return nil
}

// add notes a file to be written and its columns.
func (w *writer) add(partition, query string, columns []string, want sum, loads []string) {
	ids := map[string]int{}
	for _, c := range columns {
		if id, ok := w.ids[c]; ok {
			ids[c] = id
		}
	}
	path := w.tx.TempPath(w.t.Name, partition)
	file := engine.ParquetFile{Query: query, Path: path, FieldIDs: ids, Written: func() { w.tx.Sync(path) }}
	w.due = append(w.due, dueFile{table: w.t.Name, partition: partition, file: file, want: want, loads: loads})
}

// stated are the columns of a file of new rows: all where others come in as well.
func (w writer) stated(alone bool) []string {
	if !alone {
		return w.t.Names()
	}
	return slices.DeleteFunc(slices.Clone(w.t.Names()), func(n string) bool { return w.void[n] })
}

func (w writer) columns() string { return engine.Idents(w.t.Names()) }

// Word is the name under which the relation of new rows has a column of few
// words once more, as an enumeration. The engine makes a dictionary of it as it
// stands: looking every text up costs a third of writing ten million scans.
func Word(column string) string { return "_word_" + column }

// worded is columns for new rows of a table that a load fills.
func (w writer) worded(alone bool) string {
	var out []string
	for _, c := range w.stated(alone) {
		name := engine.Ident(c)
		if said := word(w.t, c); said != name {
			name = said + " as " + name
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

// word is the SQL of a column of new rows, as an enumeration where a load gives one.
func word(t contract.Table, column string) string {
	if _, own := t.Column(column); !own && t.Kind != contract.RejectKind && slices.Contains(words, column) {
		return Word(column)
	}
	return engine.Ident(column)
}

// words are the columns that a load gives twice.
var words = []string{"feed", "load_id", "source_kind", "tz_source"}

// relation is the SQL of some files with the table's types.
func (w writer) relation(files []lake.File) string {
	var paths []string
	for _, f := range files {
		paths = append(paths, w.s.lake.AbsPath(f))
	}
	return "(" + w.s.Engine.Select(Columns(w.t), paths) + ")"
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
