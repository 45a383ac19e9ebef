package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"waybill/pipeline/contract"
	"waybill/pipeline/decode"
	"waybill/pipeline/engine"
	"waybill/pipeline/feed"
	"waybill/pipeline/store"
	"waybill/pipeline/yamldoc"
)

// input makes the relation of raw text that mappings read. Several tables are CSV
// files that are alike.
func (l *Loader) input(ctx context.Context, tabs []decode.Table) (input, error) {
	t := tabs[0]
	path := engine.Literal(t.EnginePath)
	switch t.Format {
	case decode.CSV, decode.Fixed:
		var cols []string
		for _, c := range t.Columns {
			cols = append(cols, engine.Literal(c)+": 'VARCHAR'")
		}
		var paths []string
		for _, t := range tabs {
			paths = append(paths, engine.Literal(t.EnginePath))
		}
		// scans append to the table of rejects, so that each relation has its own
		l.relations++
		rejects := fmt.Sprintf("csv_rejects_%d", l.relations)
		// no new_line option: a wrong one reads nothing and says nothing
		relation := fmt.Sprintf(
			"read_csv([%s], auto_detect = false, header = %t, skip = %d, delim = %s, quote = %s, escape = %s, compression = '%s', columns = {%s}, strict_mode = true, null_padding = %t, parallel = %t, buffer_size = 4194304, store_rejects = true, rejects_limit = 0, rejects_table = '%s', rejects_scan = '%s_scan')",
			strings.Join(paths, ", "), t.Dialect.Header, t.Dialect.Skip, engine.Literal(t.Dialect.Delimiter), engine.Literal(t.Dialect.Quote), engine.Literal(t.Dialect.Escape), compression(t), strings.Join(cols, ", "), t.Dialect.Pad, !t.Dialect.Pad, rejects, rejects)
		if len(tabs) > 1 {
			// the sum keeps the engine from typing the virtual column anew, which it cannot
			relation = "(select *, cast(file_index + 0 as integer) as _file from " + relation + ")"
		}
		return input{feed.Input{Columns: t.Columns, Several: len(tabs) > 1, Relation: relation}, rejects}, nil
	case decode.NDJSON, decode.JSON:
		// one text a line; the line is looked at as JSON only afterwards, so that a
		// broken one is a reject and not the end of the file
		return input{Input: feed.Input{JSON: true, Relation: "(select _rn, line as record from " + lines(path, compression(t)) + " where json_valid(line))"}}, nil
	case decode.Parquet:
		rows, err := l.engine().Query(ctx, "select column_name from (describe select * from read_parquet("+path+"))")
		if err != nil {
			return input{}, refuse(err)
		}
		defer rows.Close()
		in := input{}
		var casts []string
		for rows.Next() {
			var c string
			if err := rows.Scan(&c); err != nil {
				return in, err
			}
			in.Columns = append(in.Columns, c)
			casts = append(casts, fmt.Sprintf("cast(%s as varchar) as %s", engine.Ident(c), engine.Ident(c)))
		}
		in.Relation = "(select " + strings.Join(casts, ", ") + " from read_parquet(" + path + "))"
		return in, rows.Err()
	}
	return input{}, fmt.Errorf("format %q has no reader", t.Format)
}

// lines is a relation with one text a line; a blank line keeps its number.
func lines(path, compression string) string {
	return "(select _rn, line from (select row_number() over () as _rn, line from " + lineReader(path, compression) + ") where trim(line) <> '')"
}

// lineReader is the relation of the lines of some files.
func lineReader(paths, compression string) string {
	return fmt.Sprintf("read_csv([%s], auto_detect = false, header = false, delim = chr(1), quote = '', escape = '', compression = '%s', columns = {'line': 'VARCHAR'}, strict_mode = true, max_line_size = 67108864, buffer_size = 67108864)", paths, compression)
}

// compression is how the engine has to read a file.
func compression(t decode.Table) string {
	if t.Dialect.Gzip && t.Format != decode.JSON {
		return "gzip"
	}
	return "none"
}

// jsonLines is the table in memory of the lines of JSON files that are read at
// once: line, is_json (NULL: a blank line, which keeps its number) and _file.
const jsonLines = "json_lines"

// readLines reads the lines of a batch's files into memory, on all cores. A line's
// place there gives its number; counting rows as they are read would take one core.
func (l *Loader) readLines(ctx context.Context, b *batch) (in input, err error) {
	paths := make([]string, len(b.files))
	for i, r := range b.files {
		paths[i] = engine.Literal(r.o.tab.EnginePath)
	}
	if err := l.engine().Exec(ctx, "create or replace table "+jsonLines+" as select line, case when trim(line) <> '' then json_valid(line) end as is_json, cast(file_index + 0 as integer) as _file from "+
		lineReader(strings.Join(paths, ", "), "none")); err != nil {
		return in, err
	}
	rows, err := l.engine().Query(ctx, "select _file, min(rowid) from "+jsonLines+" group by _file")
	if err != nil {
		return in, err
	}
	defer rows.Close()
	number := "case _file when -1 then 0" // files may be without a line
	for rows.Next() {
		var file, first int64
		if err := rows.Scan(&file, &first); err != nil {
			return in, err
		}
		number += fmt.Sprintf(" when %d then rowid - %d", file, first-1)
	}
	b.lines = "(select " + number + " end as _rn, line, is_json, _file from " + jsonLines + ")"
	records := "(select _rn, _file, line as record from " + b.lines + " where is_json)"
	for i, r := range b.files {
		r.in.Relation = fmt.Sprintf("(select _rn, record from %s where _file = %d)", records, i)
	}
	return input{Input: feed.Input{JSON: true, Several: true, Relation: records}}, rows.Err()
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
func (l *Loader) horizon(ctx context.Context, r *reading) error {
	x, segs := r.x, r.segs
	if x.exportedAt.IsZero() {
		var best time.Time
		later := func(query string) error {
			var v *time.Time
			if err := l.one(ctx, query, argsOf([]any{x.loadedAt}), &v); err != nil {
				return err
			}
			if v != nil && v.After(best) {
				best = v.UTC()
			}
			return nil
		}
		for i, o := range x.feed.Outputs {
			t := l.Store.Tables[o.Table]
			if x.feed.ExportedAt != nil && x.feed.ExportedAt.Column != "" {
				if t.Kind == contract.Observation {
					if err := later("select max(_exported) filter (where _exported <= ?) " + segs[i].rows()); err != nil {
						return err
					}
				}
				continue
			}
			for _, c := range pastColumns(t) {
				n := engine.Ident(c.Name)
				if err := later("select max(" + n + ") filter (where " + n + " <= ?) " + segs[i].rows()); err != nil {
					return err
				}
			}
		}
		x.exportedAt = best
		// the rejects were written before the time was known
		if l.rejects && !best.IsZero() {
			if err := l.engine().Exec(ctx, "update "+engine.Ident(store.Delta("rejects"))+" set p_month = cast(? as date) where load_id = ?", best.Format("2006-01")+"-01", x.loadID); err != nil {
				return err
			}
		}
	}
	for i := range r.entries {
		r.entries[i].ExportedAt = x.exportedAt
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
	return one(ctx, l.engine(), query, dest...)
}

func one(ctx context.Context, e engine.Statements, query string, dest ...any) error {
	var args []any
	if len(dest) > 0 {
		if a, ok := dest[0].(argsOf); ok {
			args, dest = a, dest[1:]
		}
	}
	rows, err := e.Query(ctx, query, args...)
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
	all, _ := f.Names(l.Store.Tables)
	known := map[string]bool{}
	for _, names := range all {
		for _, n := range names {
			known[decode.Fold(n)] = true
		}
	}
	var free []string
	for _, h := range have {
		if !known[decode.Fold(h)] {
			free = append(free, h)
		}
	}
	var out []Issue
	for _, want := range f.Missing(l.Store.Tables, have) {
		msg := fmt.Sprintf("column %q is not in the file: its values count as not stated", want[0])
		if near := yamldoc.Nearest(want[0], free); near != "" {
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
	// what follows its first line are cells of the file and paths
	what, _, _ := strings.Cut(err.Error(), "\n")
	return refuse(fmt.Errorf("%s (%s): %s", x.name, x.feed.File, what))
}

func delimiter(s string) string {
	if s == `\t` || s == "tab" {
		return "\t"
	}
	return s
}
