package load

import (
	"context"
	"fmt"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/feed"
	"waybill/pipeline/store"
)

// segment is the rows of one output of one file in a stage. What is the same
// for all of them stands here once and not in ten million rows.
type segment struct {
	id       int
	stage    stage
	base     int64 // rowid of its first row
	file     *file
	output   int
	absent   int64
	broken   []int64 // records of the file that could not be read, sorted: rows are numbered without them
	rejected bool    // the file was refused: the segment has no rows
}

// stage is a table in memory that takes the typed rows of a contract table.
// Rows lie in file order, so that a row's place gives its record number without
// a window function, which would run on one thread; where a mapping filters or
// explodes, the rows carry their number instead.
type stage struct {
	table    string
	numbered bool
}

func (s stage) name() string {
	if s.numbered {
		return "stage_" + s.table + "_numbered"
	}
	return "stage_" + s.table
}

// Columns of a stage beside the contract's own ones: _note is "!check:value" in
// a record that fails, "~flags" in one with a doubtful local time.
func stageColumns(s stage, t contract.Table) []string {
	var cols []string
	for _, c := range t.Columns {
		if !c.PII {
			cols = append(cols, engine.Ident(c.Name)+" "+c.Type)
		}
	}
	cols = append(cols, "_hash bigint", "_month date", "_note varchar", "_seg integer")
	if t.Kind == contract.Observation {
		cols = append(cols, "_exported timestamptz")
	} else {
		cols = append(cols, "_explicit boolean")
	}
	if s.numbered {
		cols = append(cols, "_rn bigint")
	}
	return cols
}

// open makes the stage where it is missing and says where its next row comes.
func (l *Loader) open(ctx context.Context, s stage) (end int64, err error) {
	if !l.stages[s] {
		t := l.Store.Tables[s.table]
		if err := l.engine().Exec(ctx, "create or replace table "+engine.Ident(s.name())+" ("+strings.Join(stageColumns(s, t), ", ")+")"); err != nil {
			return 0, err
		}
		l.stages[s] = true
	}
	return end, l.one(ctx, "select coalesce(max(rowid) + 1, 0) from "+engine.Ident(s.name()), &end)
}

// fill reads, types and stores an output of some files in one pass. Their
// segments follow each other, the first is seg.
func (l *Loader) fill(ctx context.Context, seg *segment, p feed.Plan, several bool) error {
	t := p.Table
	var anchors []string
	for _, a := range t.Anchor {
		anchors = append(anchors, engine.Ident(a))
	}
	month := "date " + engine.Literal(contract.NoMonth)
	if len(anchors) > 0 {
		// the month in UTC, whatever the session's zone
		month = fmt.Sprintf("coalesce(cast(date_trunc('month', make_timestamp(epoch_us(coalesce(%s)))) as date), date '%s')", strings.Join(anchors, ", "), contract.NoMonth)
	}
	sel := []string{engine.Idents(p.Columns)}
	if t.Kind == contract.Event {
		sel = append(sel, strings.Replace(t.KeyHash(), "hash(feed, ", "hash("+engine.Literal(seg.file.feed.Name)+", ", 1))
	} else {
		sel = append(sel, "cast(hash("+engine.Idents(p.Columns)+", _absent) >> 1 as bigint)")
	}
	number := fmt.Sprint(seg.id)
	if several {
		number = fmt.Sprintf("_file + %d", seg.id)
	}
	sel = append(sel, month, "case when _bad is not null then '!' || _bad || ':' || coalesce(_value, '') when _flags is not null then '~' || _flags end", number)
	if t.Kind == contract.Observation {
		sel = append(sel, "_exported")
	} else {
		sel = append(sel, "_explicit")
	}
	if seg.stage.numbered {
		sel = append(sel, "_rn")
	}
	return l.engine().InZone(ctx, seg.file.feed.Zone, func() error {
		return l.engine().Exec(ctx, "insert into "+engine.Ident(seg.stage.name())+" select "+strings.Join(sel, ", ")+" from ("+p.Select+")")
	})
}

// filled is what lies in a stage of one segment.
type filled struct {
	first, last                int64 // row ids
	records, rejected, flagged int64
}

// counts looks at the segments whose rows begin at a row id or after it.
func (l *Loader) counts(ctx context.Context, s stage, from int64) (map[int]filled, error) {
	rows, err := l.engine().Query(ctx, fmt.Sprintf("select _seg, min(rowid), max(rowid), count(*), count(*) filter (where _note[1] = '!'), count(*) filter (where _note[1] = '~') from %s where rowid >= %d group by _seg", engine.Ident(s.name()), from))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int]filled{}
	for rows.Next() {
		var id int
		var f filled
		if err := rows.Scan(&id, &f.first, &f.last, &f.records, &f.rejected, &f.flagged); err != nil {
			return nil, err
		}
		out[id] = f
	}
	return out, rows.Err()
}

// rows is the SQL that selects a segment.
func (s *segment) rows() string {
	return fmt.Sprintf("from %s where _seg = %d and rowid >= %d", engine.Ident(s.stage.name()), s.id, s.base)
}

// discard takes the rows of a refused file out.
func (l *Loader) discard(ctx context.Context, x *file) error {
	for _, s := range l.segments {
		if s.file != x || s.rejected {
			continue
		}
		s.rejected = true
		if err := l.engine().Exec(ctx, "delete "+s.rows()); err != nil {
			return err
		}
	}
	if l.rejects {
		return l.engine().Exec(ctx, "delete from "+engine.Ident(store.Delta("rejects"))+" where load_id = ?", x.loadID)
	}
	return nil
}

// publishSegments makes the table of segments and, per contract table, the
// relation of its new rows with every stored column.
func (l *Loader) publishSegments(ctx context.Context) error {
	e := l.engine()
	if err := e.Exec(ctx, `create or replace table segments (seg integer, base bigint, feed varchar, source_kind varchar, epoch boolean, load_id varchar, load_seq bigint, file_at timestamptz, absent bigint, ord bigint, output integer)`); err != nil {
		return err
	}
	names := []string{"feed", "load_id", "source_kind"}
	words := make([]map[string]bool, len(names))
	for i := range words {
		words[i] = map[string]bool{}
	}
	var rows [][]any
	for _, s := range l.segments {
		if s.rejected {
			continue
		}
		for i, w := range []string{s.file.feed.Name, s.file.loadID, s.file.feed.SourceKind} {
			words[i][w] = true
		}
		var at any
		if !s.file.exportedAt.IsZero() {
			at = s.file.exportedAt
		}
		var kind any
		if s.file.feed.SourceKind != "" {
			kind = s.file.feed.SourceKind
		}
		rows = append(rows, []any{int32(s.id), s.base, s.file.feed.Name, kind, s.file.feed.Epoch(s.output), s.file.loadID, s.file.seq, at, s.absent, s.file.ord, int32(s.output)})
	}
	if err := e.Insert(ctx, "segments", rows); err != nil {
		return err
	}
	var coded []string
	for i, n := range names {
		typ := "varchar"
		if list := sorted(words[i]); len(list) > 0 && len(list) <= maxWords {
			typ = enum(list)
		}
		coded = append(coded, fmt.Sprintf("cast(%s as %s) as %s", n, typ, store.Word(n)))
	}
	if err := e.Exec(ctx, "create or replace table segments as select *, "+strings.Join(coded, ", ")+" from segments"); err != nil {
		return err
	}
	tables := map[string]bool{}
	for s := range l.stages {
		tables[s.table] = true
	}
	for _, name := range sorted(tables) {
		var arms []string
		for _, s := range []stage{{name, false}, {name, true}} {
			if l.stages[s] {
				arms = append(arms, l.relation(s, engine.Ident(s.name()), "rowid"))
			}
		}
		if err := e.Exec(ctx, "create or replace view "+engine.Ident(store.Delta(name))+" as "+strings.Join(arms, " union all ")); err != nil {
			return err
		}
	}
	return nil
}

// Release lets the new rows of tables go from memory. Nothing reads the stages of
// these tables any more.
func (l *Loader) Release(ctx context.Context, tables []string) error {
	for _, t := range tables {
		for _, s := range []stage{{t, false}, {t, true}} {
			if !l.stages[s] {
				continue
			}
			if err := l.engine().Exec(ctx, "drop table "+engine.Ident(s.name())); err != nil {
				return err
			}
			delete(l.stages, s)
		}
	}
	return nil
}

// relation gives a stage's rows, which the relation from has with their place in
// the column row, with the stored columns of the stage's contract.
func (l *Loader) relation(s stage, from, row string) string {
	t := l.Store.Tables[s.table]
	sel := make([]string, 0, len(t.Stored()))
	meta := map[string]string{
		"feed": "g.feed", "load_id": "g.load_id", "load_seq": "g.load_seq", "source_kind": "g.source_kind", "absent": "g.absent",
		"record_no":     l.recordNumber(s, row),
		"exported_at":   "coalesce(d._exported, g.file_at)",
		"row_hash":      "d._hash",
		"flags":         "substr(d._note, 2)",
		contract.PMonth: "d._month",
		"tz_source":     "case when g.epoch then 'epoch' when d._explicit then 'explicit_offset' else 'feed_default' end",
	}
	zones := " as " + enum([]string{"epoch", "explicit_offset", "feed_default"}) + ")"
	words := map[string]string{
		"feed": "g." + store.Word("feed"), "load_id": "g." + store.Word("load_id"), "source_kind": "g." + store.Word("source_kind"),
		"tz_source": "case when g.epoch then cast('epoch'" + zones + " when d._explicit then cast('explicit_offset'" + zones + " else cast('feed_default'" + zones + " end",
	}
	own := map[string]bool{}
	for _, c := range t.Columns {
		own[c.Name] = true
	}
	for _, c := range t.Stored() {
		expr := "d." + engine.Ident(c.Name)
		if m, ok := meta[c.Name]; ok && !own[c.Name] {
			expr = m
		}
		sel = append(sel, expr+" as "+engine.Ident(c.Name))
		if w, ok := words[c.Name]; ok && !own[c.Name] {
			sel = append(sel, w+" as "+store.Word(c.Name))
		}
	}
	return fmt.Sprintf("select %s, d._hash, d.%s as _rid, d._seg from %s as d join segments as g on g.seg = d._seg", strings.Join(sel, ", "), row, from)
}

// maxWords is the length of a list that may become an enumeration: each file gets
// all of its words.
const maxWords = 200

// enum is the SQL of a type of few words.
func enum(words []string) string {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = engine.Literal(w)
	}
	return "enum(" + strings.Join(q, ", ") + ")"
}

// recordNumber is the SQL of a row's record number in the file: its place, and
// the records before it that could not be read.
func (l *Loader) recordNumber(s stage, row string) string {
	place := "d." + row + " - g.base + 1"
	if s.numbered {
		place = "d._rn"
	}
	var whens []string
	for _, g := range l.segments {
		if g.stage != s || g.rejected || len(g.broken) == 0 {
			continue
		}
		var steps []string
		for i := len(g.broken) - 1; i >= 0; i-- {
			steps = append(steps, fmt.Sprintf("when %s >= %d then %d", place, g.broken[i]-int64(i), i+1))
		}
		whens = append(whens, fmt.Sprintf("when %d then case %s else 0 end", g.id, strings.Join(steps, " ")))
	}
	if len(whens) == 0 {
		return place
	}
	return place + " + case d._seg " + strings.Join(whens, " ") + " else 0 end"
}
