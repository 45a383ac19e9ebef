package load

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/decode"
	"waybill/pipeline/engine"
	"waybill/pipeline/store"
)

// maxValue is how much of a failing cell is kept, in characters.
const maxValue = 500

// rejectRow is a record that was not loaded.
type rejectRow struct {
	output       string
	offset       int64 // of the record, where the reader could not split it
	record, line int64
	column       string
	value        string
	reason       string
	hint         string // what is probably wrong with the cell
	raw          string
}

// failed lists the records that an output could not type, by file; their numbers
// leave out what could not be split.
func (l *Loader) failed(ctx context.Context, b *batch, output int) ([][]rejectRow, error) {
	p, list := b.plans[output], make([][]rejectRow, len(b.files))
	if !slices.ContainsFunc(b.files, func(r *reading) bool { return r.entries[output].Rejected > 0 }) {
		return list, nil
	}
	first, last := b.files[0].segs[output], b.files[len(b.files)-1].segs[output]
	number := "rowid"
	if first.stage.numbered {
		number = "_rn"
	}
	rows, err := l.engine().Query(ctx, fmt.Sprintf("select _seg, %s as n, _note from %s where _seg between %d and %d and _note[1] = '!' order by _seg, n", number, engine.Ident(first.stage.name()), first.id, last.id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		var n int64
		var note string
		if err := rows.Scan(&id, &n, &note); err != nil {
			return nil, err
		}
		at := id - first.id
		x, seg := b.files[at].x, b.files[at].segs[output]
		if !seg.stage.numbered {
			n += 1 - seg.base
		}
		check, value, _ := strings.Cut(note[1:], ":")
		bad, err := strconv.Atoi(check)
		if err != nil {
			return nil, fmt.Errorf("reject note %q: %w", note, err)
		}
		r := rejectRow{output: p.Output.Name, record: n}
		if bad == 0 {
			r.value, r.raw = cut(value, maxValue), cut(value, maxValue)
			r.column, r.reason = strings.Join(p.Table.Key[:1], ","), "nothing identifies the record"
		} else {
			c := p.Checks[bad-1]
			r.column, r.reason = c.Column, c.Reason
			var from string
			if from, value = c.Cell(value); from != c.Column {
				r.column += " (" + from + ")"
			}
			r.value, r.raw = cut(value, maxValue), cut(value, maxValue)
			if !c.PII && !(c.Type == "timestamptz" && x.feed.DST == "reject") { // there the cell may be right and its hour missing
				r.hint = c.Why(value)
			}
			if c.PII && !c.Shown {
				r.value, r.raw = masked(value), masked(value)
			}
		}
		list[at] = append(list[at], r)
	}
	return list, rows.Err()
}

// place finds where the records of a file that were rejected lie in it: broken
// could not be split, failed could not be typed, by output.
func (r *reading) place(ctx context.Context, broken []rejectRow, failed [][]rejectRow) error {
	var err error
	if broken, err = r.placeBroken(ctx, broken); err != nil {
		return err
	}
	for _, b := range broken {
		r.broken = append(r.broken, b.record)
	}
	r.rejects = broken
	text := r.o.tab.Format == decode.CSV || r.o.tab.Format == decode.Fixed
	for _, list := range failed {
		if text { // others are numbered with what could not be read
			for i := range list {
				list[i].record = decode.RecordOfRow(list[i].record, r.broken)
			}
		}
		if err := r.o.locate(ctx, list); err != nil {
			return err
		}
		r.rejects = append(r.rejects, list...)
	}
	return nil
}

// locate fills physical line numbers.
func (o *opened) locate(ctx context.Context, list []rejectRow) error {
	if len(list) == 0 {
		return nil
	}
	tab := o.tab
	if o.row != nil {
		for i := range list {
			list[i].line = o.row(list[i].record)
		}
		return nil
	}
	if tab.Format != decode.CSV && tab.Format != decode.Fixed && tab.Format != decode.NDJSON {
		return nil // the records of a JSON or Parquet file have no line of their own
	}
	var ordinals []int64
	for _, r := range list {
		if len(ordinals) == 0 || ordinals[len(ordinals)-1] != r.record {
			ordinals = append(ordinals, r.record)
		}
	}
	at, err := decode.Locate(ctx, tab.EnginePath, tab.Dialect, ordinals)
	if err != nil {
		return err
	}
	lines := map[int64]int64{}
	for _, p := range at {
		lines[p.Record] = p.Line
	}
	for i := range list {
		list[i].line = lines[list[i].record]
	}
	return nil
}

// structural lists the lines that could not be split into cells, and JSON lines
// that are none, by file.
func (l *Loader) structural(ctx context.Context, b *batch) ([][]rejectRow, error) {
	tab := b.files[0].o.tab
	switch tab.Format {
	case decode.CSV, decode.Fixed:
		return l.brokenCSV(ctx, b)
	case decode.NDJSON, decode.JSON:
		return l.brokenJSON(ctx, b)
	}
	return make([][]rejectRow, len(b.files)), nil
}

// placeBroken finds the records that could not be split, each once.
func (r *reading) placeBroken(ctx context.Context, list []rejectRow) ([]rejectRow, error) {
	tab := r.o.tab
	if len(list) == 0 || tab.Format != decode.CSV && tab.Format != decode.Fixed {
		return list, nil
	}
	if slices.ContainsFunc(list, func(r rejectRow) bool { return r.reason == notClosed || r.reason == tooLong }) {
		// the engine may have dropped records behind such a one without a word
		if err := refusedBy(decode.Check(ctx, tab.EnginePath, r.x.name, tab.Dialect), r.x.name); err != nil {
			return nil, err
		}
	}
	var offsets []int64
	for _, b := range list {
		offsets = append(offsets, b.offset)
	}
	at, err := decode.LocateBytes(ctx, tab.EnginePath, tab.Dialect, offsets)
	if err != nil {
		return nil, err
	}
	seen := map[int64]bool{}
	var kept []rejectRow
	for i, p := range at {
		if !seen[p.Record] {
			seen[p.Record] = true
			list[i].record, list[i].line = p.Record, p.Line
			if r.o.row != nil {
				list[i].line = r.o.row(p.Record)
			}
			kept = append(kept, list[i])
		}
	}
	return kept, nil
}

// brokenCSV reads what the CSV reader noted of each file. Its line numbers count
// records; its byte positions are right.
func (l *Loader) brokenCSV(ctx context.Context, b *batch) ([][]rejectRow, error) {
	at := map[string]int{}
	for i, r := range b.files {
		at[r.o.tab.EnginePath] = i
	}
	rows, err := l.engine().Query(ctx, fmt.Sprintf("select s.file_path, cast(r.line_byte_position as bigint) - 1 as start_at, min(cast(r.error_type as varchar)), min(coalesce(r.csv_line, '')) from %s as r join %[1]s_scan as s on s.scan_id = r.scan_id and s.file_id = r.file_id group by s.file_path, start_at order by start_at", b.rejects))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make([][]rejectRow, len(b.files))
	for rows.Next() {
		var r rejectRow
		var path, kind, raw string
		if err := rows.Scan(&path, &r.offset, &kind, &raw); err != nil {
			return nil, err
		}
		i, ok := at[path]
		if !ok {
			return nil, fmt.Errorf("rejects of %s, which was not read", filepath.Base(path))
		}
		r.reason, r.raw = csvReason(kind), masked(raw)
		out[i] = append(out[i], r)
	}
	return out, rows.Err()
}

const (
	notClosed = "a quote is not closed, or text follows it"
	tooLong   = "the line is too long"
)

func csvReason(kind string) string {
	switch kind {
	case "MISSING COLUMNS":
		return "the line has too few cells"
	case "TOO MANY COLUMNS":
		return "the line has too many cells"
	case "UNQUOTED VALUE":
		return notClosed
	case "LINE SIZE OVER MAXIMUM":
		return tooLong
	case "INVALID ENCODING", "INVALID UNICODE":
		return "the line is not UTF-8"
	}
	return strings.ToLower(kind)
}

// brokenJSON lists lines that are no JSON. Record numbers count every line.
func (l *Loader) brokenJSON(ctx context.Context, b *batch) ([][]rejectRow, error) {
	from := b.lines + " where not is_json"
	if b.lines == "" {
		tab := b.files[0].o.tab
		from = "(select *, 0 as _file from " + lines(engine.Literal(tab.EnginePath), compression(tab)) + ") where not json_valid(line)"
	}
	rows, err := l.engine().Query(ctx, "select _file, _rn, line from "+from+" order by _file, _rn")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make([][]rejectRow, len(b.files))
	for rows.Next() {
		var r rejectRow
		var file int
		var raw string
		if err := rows.Scan(&file, &r.record, &raw); err != nil {
			return nil, err
		}
		r.line, r.reason, r.raw = r.record, "the line is no JSON", masked(raw)
		out[file] = append(out[file], r)
	}
	return out, rows.Err()
}

// openRejects makes the table of new rejects where it is missing.
func (l *Loader) openRejects(ctx context.Context, t contract.Table) error {
	if l.rejects {
		return nil
	}
	var cols []string
	for _, c := range t.Stored() {
		cols = append(cols, engine.Ident(c.Name)+" "+c.Type)
	}
	if err := l.engine().Exec(ctx, "create or replace table "+engine.Ident(store.Delta(t.Name))+" ("+strings.Join(cols, ", ")+")"); err != nil {
		return err
	}
	l.rejects = true
	return nil
}

// insertRejects books what was rejected of some files.
func (l *Loader) insertRejects(ctx context.Context, list []*reading) error {
	var args []any
	insert := func() error {
		if len(args) == 0 {
			return nil
		}
		const row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), cast(? as date))"
		marks := strings.TrimSuffix(strings.Repeat(row+", ", len(args)/strings.Count(row, "?")), ", ")
		err := l.engine().Exec(ctx, "insert into "+engine.Ident(store.Delta("rejects"))+" (feed, load_id, output, file, record_no, line_no, column_name, value, reason, raw, hint, p_month) values "+marks, args...)
		args = nil
		return err
	}
	for _, x := range list {
		if len(x.rejects) == 0 {
			continue
		}
		if err := l.openRejects(ctx, l.Store.Tables["rejects"]); err != nil {
			return err
		}
		month := contract.NoMonth
		if !x.x.exportedAt.IsZero() {
			month = x.x.exportedAt.UTC().Format("2006-01") + "-01"
		}
		for _, r := range x.rejects {
			args = append(args, x.x.feed.Name, x.x.loadID, r.output, x.x.name, r.record, r.line, r.column, r.value, r.reason, r.raw, r.hint, month)
			if len(args) >= 6000 {
				if err := insert(); err != nil {
					return err
				}
			}
		}
	}
	return insert()
}

// firstReject says what the first rejected record was and what to do about it,
// for the message that refuses a file.
func (l *Loader) firstReject(ctx context.Context, x *file) (what, try string) {
	var line, record int64
	var output, column, value, reason, hint string
	err := l.one(ctx, "select coalesce(line_no, 0), record_no, coalesce(output, ''), coalesce(column_name, ''), coalesce(value, ''), coalesce(reason, ''), coalesce(hint, '') from "+engine.Ident(store.Delta("rejects"))+" where load_id = ? order by record_no limit 1", argsOf([]any{x.loadID}), &line, &record, &output, &column, &value, &reason, &hint)
	if err != nil {
		return "no record is left", "mend the mapping"
	}
	if l.personal(x, output, column) && !strings.HasPrefix(value, "‹") {
		value = masked(value) // rejects may hold what is kept, a message may not
	}
	if column == "" {
		return fmt.Sprintf("the first is line %d: %s", line, reason), "look at the line, or export it again"
	}
	hint, try, _ = strings.Cut(hint, "; try: ")
	if hint != "" {
		hint = ": " + hint
	}
	place := fmt.Sprintf("line %d", line)
	if line == 0 { // a document has records and no lines
		place = fmt.Sprintf("record %d", record)
	}
	return fmt.Sprintf("the first is %s: %s %q %s%s", place, column, value, reason, hint), firstName(try, "mend the mapping")
}

func masked(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("‹%d characters, masked›", len([]rune(s)))
}

func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}

func matchName(pattern, name string) (string, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return "", fmt.Errorf("exported_at.filename: %w", err)
	}
	if re.NumSubexp() < 1 {
		return "", errors.New("exported_at.filename needs a group, such as (\\d{8})")
	}
	m := re.FindStringSubmatch(name)
	if m == nil {
		return "", nil
	}
	return m[1], nil
}
