package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/contract"
	"waybill/pipeline/decode"
	"waybill/pipeline/engine"
	"waybill/pipeline/feed"
	"waybill/pipeline/store"
	"waybill/pipeline/yamldoc"
)

// staged is a file whose rows are in memory.
type staged struct {
	entries []Entry
	notes   []Issue
}

// rejectsTable is where the CSV reader notes what it cannot split. Scans append
// to it, so that each file has its own.
func rejectsTable(x *file) string { return fmt.Sprintf("csv_rejects_%d", x.seq) }

// read decodes, maps and rejects one file. A *refusal leaves nothing behind.
func (l *Loader) read(ctx context.Context, x *file) (_ *staged, err error) {
	f := x.feed
	if !x.text.Binary && !x.text.Valid && f.Format != "parquet" {
		if x.text.Broken != nil {
			return nil, refuse(fmt.Errorf("%s: the gzip file is cut off or damaged: %w; try: export it again", x.name, x.text.Broken))
		}
		return nil, refuse(decode.NotUTF8(x.name, x.text.Offset, x.text.Line, nil))
	}
	if x.text.NUL >= 0 && !x.text.Binary {
		return nil, refuse(fmt.Errorf("%s: byte %d is NUL, which no text export holds; try: export it again", x.name, x.text.NUL))
	}
	_, required := f.Expected(l.Store.Tables)
	opt := decode.Options{Name: x.name, Format: decode.Format(f.Format), Delimiter: delimiter(f.CSV.Delimiter), Expect: required, Records: f.JSON.Records, TempDir: l.TempDir}
	if f.CSV.Quote != "" {
		opt.Quote = &f.CSV.Quote
	}
	if f.Format != "csv" {
		opt.Expect = nil
	}
	tab, err := decode.Inspect(ctx, x.path, opt)
	var no *decode.Refusal
	if errors.As(err, &no) {
		return nil, refuse(no)
	}
	if err != nil {
		return nil, err
	}
	if tab.EnginePath != x.path {
		defer func() { err = errors.Join(err, os.Remove(tab.EnginePath)) }()
	}
	if tab.Format == decode.CSV && x.text.MixedNewlines() {
		path, changed, err := decode.Straighten(ctx, tab.EnginePath, l.TempDir, tab.Dialect)
		var no *decode.Refusal
		if errors.As(err, &no) {
			no.File = x.name
			return nil, refuse(no)
		}
		if err != nil {
			return nil, err
		}
		if changed {
			tab.EnginePath, tab.Dialect.Gzip = path, false
			defer func() { err = errors.Join(err, os.Remove(path)) }()
		}
	}
	in, err := l.input(ctx, x, tab)
	if err != nil {
		return nil, err
	}
	s := &staged{}
	if f.Format == "csv" || f.Format == "parquet" {
		s.notes = missing(f, x, in.Columns, l)
	}
	if err := l.exportTime(ctx, x); err != nil {
		return nil, refuse(err)
	}
	// a refused file must leave no row in any table
	var tables []string
	defer func() {
		if err == nil {
			return
		}
		for _, t := range tables {
			err = errors.Join(err, l.engine().Exec(context.WithoutCancel(ctx), "delete from "+engine.Ident(store.Delta(t))+" where load_id = ?", x.loadID))
		}
	}()
	var total, bad int64
	var plans []feed.Plan
	for i, o := range f.Outputs {
		t := l.Store.Tables[o.Table]
		p, err := f.Compile(o, t, in)
		if err != nil {
			return nil, refuse(fmt.Errorf("%s: %w", x.name, err))
		}
		tables = append(tables, o.Table, "rejects")
		e, err := l.output(ctx, x, p, i)
		if err != nil {
			return nil, explainRead(x, err)
		}
		total += e.Records
		bad += e.Rejected
		s.entries = append(s.entries, e)
		plans = append(plans, p)
		if l.Progress != nil {
			l.Progress(f.Name, x.name, x.bytes*int64(i+1)/int64(len(f.Outputs)), x.bytes)
		}
	}
	broken, err := l.structural(ctx, x, tab)
	if err != nil {
		return nil, err
	}
	if n := int64(len(broken)); n > 0 {
		s.entries[0].Records += n
		s.entries[0].Rejected += n
		total, bad = total+n, bad+n
	}
	for i, p := range plans {
		if s.entries[i].Stored == s.entries[i].Records {
			continue
		}
		if err := l.reject(ctx, x, p, i, tab, broken); err != nil {
			return nil, err
		}
	}
	if total > 0 && float64(bad) > f.MaxRejected()*float64(total) {
		return nil, &refusal{err: fmt.Errorf("%s: %d of %d records are rejected, more than the threshold of %.4g %%; %s; try: mend the mapping in %s, or raise threshold there",
			x.name, bad, total, f.MaxRejected()*100, l.firstReject(ctx, x), f.File), records: total, rejected: bad}
	}
	if err := l.horizon(ctx, x, s); err != nil {
		return nil, err
	}
	return s, nil
}

// input makes the relation of raw text that mappings read.
func (l *Loader) input(ctx context.Context, x *file, t decode.Table) (feed.Input, error) {
	path := engine.Literal(t.EnginePath)
	compression := "none"
	if t.Dialect.Gzip && t.Format != decode.JSON {
		compression = "gzip"
	}
	switch t.Format {
	case decode.CSV:
		var cols []string
		for _, c := range t.Columns {
			cols = append(cols, engine.Literal(c)+": 'VARCHAR'")
		}
		// no new_line option: a wrong one reads nothing and says nothing
		return feed.Input{Columns: t.Columns, Relation: fmt.Sprintf(
			"(select row_number() over () as _rn, * from read_csv([%s], auto_detect = false, header = %t, skip = %d, delim = %s, quote = %s, escape = %s, compression = '%s', columns = {%s}, strict_mode = true, null_padding = false, store_rejects = true, rejects_limit = 0, rejects_table = '%s', rejects_scan = '%s_scan'))",
			path, t.Dialect.Header, t.Dialect.Skip, engine.Literal(t.Dialect.Delimiter), engine.Literal(t.Dialect.Quote), engine.Literal(t.Dialect.Escape), compression, strings.Join(cols, ", "), rejectsTable(x), rejectsTable(x))}, nil
	case decode.NDJSON, decode.JSON:
		// one text a line; the line is looked at as JSON only afterwards, so that a
		// broken one is a reject and not the end of the file
		return feed.Input{JSON: true, Relation: "(select _rn, cast(line as json) as record from " + lines(path, compression) + " where json_valid(line))"}, nil
	case decode.Parquet:
		rows, err := l.engine().Query(ctx, "select column_name from (describe select * from read_parquet("+path+"))")
		if err != nil {
			return feed.Input{}, refuse(err)
		}
		defer rows.Close()
		in := feed.Input{}
		var casts []string
		for rows.Next() {
			var c string
			if err := rows.Scan(&c); err != nil {
				return in, err
			}
			in.Columns = append(in.Columns, c)
			casts = append(casts, fmt.Sprintf("cast(%s as varchar) as %s", engine.Ident(c), engine.Ident(c)))
		}
		in.Relation = "(select row_number() over () as _rn, " + strings.Join(casts, ", ") + " from read_parquet(" + path + "))"
		return in, rows.Err()
	}
	return feed.Input{}, fmt.Errorf("format %q has no reader", t.Format)
}

// lines is a relation with one text a line; a blank line keeps its number.
func lines(path, compression string) string {
	return fmt.Sprintf("(select _rn, line from (select row_number() over () as _rn, line from read_csv([%s], auto_detect = false, header = false, delim = chr(1), quote = '', escape = '', compression = '%s', columns = {'line': 'VARCHAR'}, strict_mode = true, max_line_size = 67108864, buffer_size = 67108864)) where trim(line) <> '')", path, compression)
}

// output maps one output into its table in memory.
func (l *Loader) output(ctx context.Context, x *file, p feed.Plan, index int) (Entry, error) {
	t := p.Table
	if err := l.makeDelta(ctx, t); err != nil {
		return Entry{}, err
	}
	e := Entry{LoadID: x.loadID, Feed: x.feed.Name, File: x.name, Output: p.Output.Name, Table: t.Name, SHA256: x.sha, Bytes: x.bytes, Seq: x.seq,
		Status: Loaded, Absent: p.Absent, Mapping: MappingHash(x.feed), Archived: x.archived, LoadedAt: x.loadedAt}
	err := l.engine().InZone(ctx, x.feed.Zone, func() error {
		return l.engine().Exec(ctx, insert(x, t, p, index))
	})
	if err != nil {
		return e, err
	}
	mine := fmt.Sprintf("from %s where load_id = %s and _output = %d", engine.Ident(store.Delta(t.Name)), engine.Literal(x.loadID), index)
	if err := l.one(ctx, "select cast(count(*) as bigint), cast(count(_bad) as bigint), cast(count(flags) as bigint) "+mine, &e.Records, &e.Rejected, &e.Flagged); err != nil {
		return e, err
	}
	if p.Absences != "" {
		if e.Absences, err = l.absences(ctx, p.Absences); err != nil {
			return e, err
		}
	}
	e.Stored = e.Records - e.Rejected
	return e, nil
}

// makeDelta creates the table in memory that takes new rows.
func (l *Loader) makeDelta(ctx context.Context, t contract.Table) error {
	if l.work[t.Name] {
		return nil
	}
	var cols []string
	for _, c := range t.Stored() {
		cols = append(cols, engine.Ident(c.Name)+" "+c.Type)
	}
	if t.Kind != contract.RejectKind {
		cols = append(cols, "_rn bigint", "_exported timestamptz", "_output integer", "_bad integer", "_value varchar")
	}
	if err := l.engine().Exec(ctx, "create or replace table "+engine.Ident(store.Delta(t.Name))+" ("+strings.Join(cols, ", ")+")"); err != nil {
		return err
	}
	l.work[t.Name] = true
	return nil
}

// insert is the statement that reads, types and stores an output in one pass.
func insert(x *file, t contract.Table, p feed.Plan, index int) string {
	var anchors []string
	for _, a := range t.Anchor {
		anchors = append(anchors, engine.Ident(a))
	}
	month := "date " + engine.Literal(contract.NoMonth)
	if len(anchors) > 0 {
		// the month in UTC, whatever the session's zone
		month = fmt.Sprintf("coalesce(cast(date_trunc('month', make_timestamp(epoch_us(coalesce(%s)))) as date), date '%s')", strings.Join(anchors, ", "), contract.NoMonth)
	}
	exported := "cast(null as timestamptz)"
	if !x.exportedAt.IsZero() {
		exported = "cast(" + engine.Literal(x.exportedAt.UTC().Format("2006-01-02 15:04:05.999999+00")) + " as timestamptz)"
	}
	sel := []string{engine.Idents(p.Columns)}
	name, load := engine.Literal(x.feed.Name), engine.Literal(x.loadID)
	switch t.Kind {
	case contract.Observation:
		sel = append(sel, name, load, fmt.Sprint(x.seq), "_rn", "coalesce(_exported, "+exported+")", "_absent",
			"cast(hash("+engine.Idents(p.Columns)+", _absent) >> 1 as bigint)", "_flags", month)
	case contract.Event:
		sel = append(sel, name, nullable(x.feed.SourceKind), "_tz_source", load, "_rn",
			"cast(hash("+name+", "+engine.Idents(t.Key)+") >> 1 as bigint)", "_flags", month)
	}
	sel = append(sel, "_rn", "_exported", fmt.Sprint(index), "_bad", "_value")
	return fmt.Sprintf("insert into %s select %s from (%s)", engine.Ident(store.Delta(t.Name)), strings.Join(sel, ", "), p.Select)
}

// exportTime fills exportedAt where it is known before the rows are.
func (l *Loader) exportTime(ctx context.Context, x *file) error {
	at := x.feed.ExportedAt
	if at == nil || !x.exportedAt.IsZero() {
		return nil
	}
	text := at.Value
	if at.Filename != "" {
		m, err := matchName(at.Filename, x.name)
		if err != nil {
			return fmt.Errorf("%s: %w", x.feed.File, err)
		}
		if m == "" {
			return fmt.Errorf("%s: the name does not match exported_at.filename %q of %s; try: rename the file, or mend the pattern", x.name, at.Filename, x.feed.File)
		}
		text = m
	}
	if text == "" {
		return nil
	}
	return l.engine().InZone(ctx, x.feed.Zone, func() error {
		expr, args := "cast(? as timestamptz)", []any{text}
		if at.Format != "" {
			expr, args = "cast(strptime(?, ?) as timestamptz)", []any{text, at.Format}
			// a literal Z says UTC, which strptime does not know
			if strings.HasSuffix(at.Format, "Z") && strings.HasSuffix(text, "Z") {
				expr = "timezone('UTC', strptime(?, ?))"
			}
		}
		if err := l.one(ctx, "select "+expr, argsOf(args), &x.exportedAt); err != nil {
			return fmt.Errorf("%s: exported_at %q: %w", x.feed.File, text, err)
		}
		x.exportedAt = x.exportedAt.UTC()
		return nil
	})
}

// horizon fills exportedAt from the rows where the feed does not say it: the
// greatest time at which something happened, never the file's own time. A time
// after the load's clock is a mistake in a cell and no horizon.
func (l *Loader) horizon(ctx context.Context, x *file, s *staged) error {
	if x.exportedAt.IsZero() {
		var best time.Time
		for i, o := range x.feed.Outputs {
			t := l.Store.Tables[o.Table]
			past := []contract.Column{{Name: "_exported"}}
			if x.feed.ExportedAt == nil || x.feed.ExportedAt.Column == "" {
				past = pastColumns(t)
			}
			for _, c := range past {
				var v *time.Time
				if err := l.one(ctx, fmt.Sprintf("select max(%s) filter (where %s <= ?) from %s where load_id = ? and _output = %d", engine.Ident(c.Name), engine.Ident(c.Name), engine.Ident(store.Delta(t.Name)), i),
					argsOf([]any{x.loadedAt, x.loadID}), &v); err != nil {
					return err
				}
				if v != nil && v.After(best) {
					best = v.UTC()
				}
			}
		}
		x.exportedAt = best
		if !best.IsZero() {
			for _, o := range x.feed.Outputs {
				if l.Store.Tables[o.Table].Kind != contract.Observation {
					continue
				}
				if err := l.engine().Exec(ctx, "update "+engine.Ident(store.Delta(o.Table))+" set exported_at = ? where load_id = ? and exported_at is null", best, x.loadID); err != nil {
					return err
				}
			}
		}
	}
	for i := range s.entries {
		s.entries[i].ExportedAt = x.exportedAt
	}
	return nil
}

func pastColumns(t contract.Table) []contract.Column {
	var out []contract.Column
	for _, c := range t.Columns {
		if c.Past && c.Type == "timestamptz" {
			out = append(out, c)
		}
	}
	return out
}

type argsOf []any

// one scans a single row; a leading argsOf holds the parameters.
func (l *Loader) one(ctx context.Context, query string, dest ...any) error {
	var args []any
	if len(dest) > 0 {
		if a, ok := dest[0].(argsOf); ok {
			args, dest = a, dest[1:]
		}
	}
	rows, err := l.engine().Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return errors.Join(errors.New("no row"), rows.Err())
	}
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	return rows.Err()
}

func (l *Loader) absences(ctx context.Context, query string) ([]Absence, error) {
	rows, err := l.engine().Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Absence
	for rows.Next() {
		var a Absence
		if err := rows.Scan(&a.Column, &a.Meaning, &a.N); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// missing notes mapped columns that the file lacks, with the nearest name.
func missing(f *feed.Feed, x *file, have []string, l *Loader) []Issue {
	all, _ := f.Expected(l.Store.Tables)
	var out []Issue
	for _, want := range all {
		if slices.Contains(have, want) {
			continue
		}
		var free []string
		for _, h := range have {
			if !slices.Contains(all, h) {
				free = append(free, h)
			}
		}
		msg := fmt.Sprintf("column %q is not in the file: its values count as not stated", want)
		if near := yamldoc.Nearest(want, free); near != "" {
			msg += fmt.Sprintf("; the nearest is %q", near)
		}
		out = append(out, Issue{f.Name, x.name, msg})
	}
	return out
}

// explainRead turns what the engine says of a file into a refusal.
func explainRead(x *file, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || strings.HasPrefix(err.Error(), "out of memory") {
		return err
	}
	return refuse(fmt.Errorf("%s (%s): %w", x.name, x.feed.File, err))
}

func delimiter(s string) string {
	if s == `\t` || s == "tab" {
		return "\t"
	}
	return s
}

func nullable(s string) string {
	if s == "" {
		return "cast(null as varchar)"
	}
	return engine.Literal(s)
}
