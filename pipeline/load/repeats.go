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
// counts them by segment. It may run beside that of other tables.
//
// Events: the same scan again, anywhere in the same feed. Observations: a
// record that equals its predecessor of the same key and feed, in export order.
// Tables that keep repeats lose none. A hash finds the few candidates; they alone
// are compared column by column.
func (l *Loader) dropRepeats(ctx context.Context, t contract.Table) (map[int]int64, error) {
	if t.KeepsRepeats() {
		return nil, nil
	}
	e := l.engine().Beside()
	delta := engine.Ident(store.Delta(t.Name))
	candidates, known, losers := engine.Ident("repeat_candidates_"+t.Name), engine.Ident("repeat_stored_"+t.Name), engine.Ident("repeat_losers_"+t.Name)
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
	if err := repeatCandidates(ctx, e, candidates, fresh); err != nil {
		return nil, err
	}
	if hasStored {
		// read once: what is compared below is taken along
		if err := e.Exec(ctx, fmt.Sprintf("create or replace table %s as select * from (select %s as h, %s from %s where true%s) where h in (%s)", known, hash, cols, stored, filter, fresh)); err != nil {
			return nil, err
		}
		if err := e.Exec(ctx, fmt.Sprintf("insert into %[1]s select distinct h from %[2]s where h not in (select h from %[1]s)", candidates, known)); err != nil {
			return nil, err
		}
	}
	var n int64
	if err := one(ctx, e, "select count(*) from "+candidates, &n); err != nil || n == 0 {
		return nil, err
	}
	var found []string
	for _, s := range []stage{{t.Name, false}, {t.Name, true}} {
		if !l.stages[s] {
			continue
		}
		// chosen before anything is joined to ten million rows
		from := fmt.Sprintf("(select *, rowid as _row from %s where %s in (select h from %s))", engine.Ident(s.name()), staged, candidates)
		found = append(found, "select _seg, _rid, "+cols+" from ("+l.relation(s, from, "_row")+")")
	}
	rows := "(" + strings.Join(found, " union all ")
	if hasStored {
		rows += " union all select -1 as _seg, -1 as _rid, " + cols + " from " + known
	}
	rows += ")"
	var lost string
	if t.Kind == contract.Event {
		// stored rows come first: their load was credited
		lost = fmt.Sprintf("select _seg, _rid from (select _seg, _rid, row_number() over (partition by %s order by case when _rid < 0 then 0 else 1 end, ord, record_no, _rid) as n from %s as c join load_order using (load_id)) where n > 1 and _rid >= 0",
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
		lost = fmt.Sprintf(`select _seg, _rid from (
 select _seg, _rid, feed, row_hash, exported_at, lag(row_hash) over (partition by %[1]s order by ord, record_no, _rid) as previous, lag(exported_at) over (partition by %[1]s order by ord, record_no, _rid) as previous_at
 from %[2]s as c join load_order using (load_id)) where row_hash = previous and _rid >= 0%[3]s`,
			key, rows, sameTime)
	}
	if err := e.Exec(ctx, "create or replace table "+losers+" as "+lost); err != nil {
		return nil, err
	}
	counts, err := e.Query(ctx, "select _seg, count(*) from "+losers+" group by _seg")
	if err != nil {
		return nil, err
	}
	defer counts.Close()
	repeats := map[int]int64{}
	for counts.Next() {
		var seg int
		var n int64
		if err := counts.Scan(&seg, &n); err != nil {
			return nil, err
		}
		repeats[seg] = n
	}
	if err := counts.Err(); err != nil {
		return nil, err
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
		if err := e.Exec(ctx, fmt.Sprintf("delete from %s where rowid in (select _rid from %s where _seg in (%s))", engine.Ident(s.name()), losers, strings.Join(segs, ", "))); err != nil {
			return nil, err
		}
	}
	return repeats, nil
}

// repeatPart is how many hashes are grouped at a time: the engine's table of more
// of them is out of the processor's caches, and its memory is touched for the
// first time.
const repeatPart = 1 << 20

// repeatCandidates fills a table with the hashes h that a relation has more than
// once.
func repeatCandidates(ctx context.Context, e engine.Statements, into, fresh string) error {
	var rows int64
	if err := one(ctx, e, "select count(*) from ("+fresh+")", &rows); err != nil {
		return err
	}
	parts := int64(1)
	for parts*repeatPart < rows {
		parts *= 2
	}
	if err := e.Exec(ctx, "create or replace table "+into+" as select h from ("+fresh+") where false"); err != nil {
		return err
	}
	for p := range parts {
		q := "insert into " + into + " select h from (" + fresh + ")"
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
