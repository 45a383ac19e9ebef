package load

import (
	"context"
	"fmt"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/store"
)

// dropRepeats takes rows out of a table's new rows that say nothing new, and
// writes the counts to the journal rows.
//
// Events: the same scan again, anywhere in the same feed. Observations: a
// record that equals its predecessor of the same key and feed, in export order.
// Tables that keep repeats lose none. A hash finds the few candidates; they alone
// are compared column by column.
func (l *Loader) dropRepeats(ctx context.Context, t contract.Table, r *Result) error {
	if t.KeepsRepeats() {
		return nil
	}
	e := l.engine()
	delta := engine.Ident(store.Delta(t.Name))
	stored := engine.Ident(t.Name) // not yet bound to the new rows: stored rows less dropped loads
	hasStored := len(l.Store.Files(t.Name)) > 0
	// candidates by a hash of the key; for scans it is stored, and the stage holds
	// it without its constants
	hash, staged, filter := t.KeyHash(), "_hash", ""
	if t.Kind == contract.Observation {
		hash = "hash(" + engine.Idents(t.Key) + ")"
		staged = hash
	} else {
		filter = " and p_month in (select distinct p_month from " + delta + ")"
	}
	var arms []string
	for _, s := range []stage{{t.Name, false}, {t.Name, true}} {
		if l.stages[s] {
			arms = append(arms, "select "+staged+" as h from "+engine.Ident(s.name()))
		}
	}
	fresh := strings.Join(arms, " union all ")
	key := "feed, " + engine.Idents(t.Key)
	cols := key + ", load_id, record_no"
	if t.Kind == contract.Observation {
		cols += ", row_hash, exported_at"
	}
	if err := l.repeatCandidates(ctx, fresh); err != nil {
		return err
	}
	if hasStored {
		// read once: what is compared below is taken along
		if err := e.Exec(ctx, fmt.Sprintf("create or replace table repeat_stored as select * from (select %s as h, %s from %s where true%s) where h in (%s)", hash, cols, stored, filter, fresh)); err != nil {
			return err
		}
		if err := e.Exec(ctx, "insert into repeat_candidates select distinct h from repeat_stored where h not in (select h from repeat_candidates)"); err != nil {
			return err
		}
	}
	var n int64
	if err := l.one(ctx, "select count(*) from repeat_candidates", &n); err != nil || n == 0 {
		return err
	}
	var found []string
	for _, s := range []stage{{t.Name, false}, {t.Name, true}} {
		if !l.stages[s] {
			continue
		}
		// chosen before anything is joined to ten million rows
		from := fmt.Sprintf("(select *, rowid as _row from %s where %s in (select h from repeat_candidates))", engine.Ident(s.name()), staged)
		found = append(found, "select _seg, _rid, "+cols+" from ("+l.relation(s, from, "_row")+")")
	}
	rows := "(" + strings.Join(found, " union all ")
	if hasStored {
		rows += " union all select -1 as _seg, -1 as _rid, " + cols + " from repeat_stored"
	}
	rows += ")"
	var losers string
	if t.Kind == contract.Event {
		// stored rows come first: their load was credited
		losers = fmt.Sprintf("select _seg, _rid from (select _seg, _rid, row_number() over (partition by %s order by case when _rid < 0 then 0 else 1 end, ord, record_no, _rid) as n from %s as c join load_order using (load_id)) where n > 1 and _rid >= 0",
			key, rows)
	} else {
		// where each row has its own export time, an equal row of another time may
		// stand between two others: only the same statement again is a repeat
		var timed []string
		for _, f := range l.feeds {
			if f.ExportedAt != nil && f.ExportedAt.Column != "" {
				timed = append(timed, engine.Literal(f.Name))
			}
		}
		sameTime := ""
		if len(timed) > 0 {
			sameTime = " and (feed not in (" + strings.Join(timed, ", ") + ") or exported_at is not distinct from previous_at)"
		}
		losers = fmt.Sprintf(`select _seg, _rid from (
 select _seg, _rid, feed, row_hash, exported_at, lag(row_hash) over (partition by %[1]s order by ord, record_no, _rid) as previous, lag(exported_at) over (partition by %[1]s order by ord, record_no, _rid) as previous_at
 from %[2]s as c join load_order using (load_id)) where row_hash = previous and _rid >= 0%[3]s`,
			key, rows, sameTime)
	}
	if err := e.Exec(ctx, "create or replace table repeat_losers as "+losers); err != nil {
		return err
	}
	counts, err := e.Query(ctx, "select _seg, count(*) from repeat_losers group by _seg")
	if err != nil {
		return err
	}
	defer counts.Close()
	for counts.Next() {
		var seg int
		var n int64
		if err := counts.Scan(&seg, &n); err != nil {
			return err
		}
		l.credit(r, l.segments[seg], n)
	}
	if err := counts.Err(); err != nil {
		return err
	}
	for _, s := range []stage{{t.Name, false}, {t.Name, true}} {
		if !l.stages[s] {
			continue
		}
		var segs []string
		for _, g := range l.segments {
			if g.stage == s {
				segs = append(segs, fmt.Sprint(g.id))
			}
		}
		if err := e.Exec(ctx, fmt.Sprintf("delete from %s where rowid in (select _rid from repeat_losers where _seg in (%s))", engine.Ident(s.name()), strings.Join(segs, ", "))); err != nil {
			return err
		}
	}
	return nil
}

// repeatPart is how many hashes are grouped at a time: the engine's table of more
// of them is out of the processor's caches, and its memory is touched for the
// first time.
const repeatPart = 1 << 20

// repeatCandidates fills repeat_candidates with the hashes h that a relation has
// more than once.
func (l *Loader) repeatCandidates(ctx context.Context, fresh string) error {
	e := l.engine()
	var rows int64
	if err := l.one(ctx, "select count(*) from ("+fresh+")", &rows); err != nil {
		return err
	}
	parts := int64(1)
	for parts*repeatPart < rows {
		parts *= 2
	}
	if err := e.Exec(ctx, "create or replace table repeat_candidates as select h from ("+fresh+") where false"); err != nil {
		return err
	}
	for p := range parts {
		q := "insert into repeat_candidates select h from (" + fresh + ")"
		if parts > 1 {
			q += fmt.Sprintf(" where h & %d = %d", parts-1, p)
		}
		if err := e.Exec(ctx, q+" group by h having count(*) > 1"); err != nil {
			return err
		}
	}
	return nil
}

// credit books n repeats to the journal row of a segment. The outputs of a load
// follow each other in the order of the feed.
func (l *Loader) credit(r *Result, seg *segment, n int64) {
	at := -1
	for i := range r.Entries {
		en := &r.Entries[i]
		if en.LoadID != seg.file.loadID || en.Status != Loaded {
			continue
		}
		if at++; at == seg.output {
			en.Repeats, en.Stored = n, en.Stored-n
			return
		}
	}
}
