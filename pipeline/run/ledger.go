package run

import (
	"context"
	"errors"
	"time"

	"waybill/pipeline/claims"
	"waybill/pipeline/engine"
	"waybill/pipeline/ledger"
	"waybill/pipeline/metric"
)

// decided is what the ledger held when a view was opened.
type decided struct {
	entries   []ledger.Entry
	published []ledger.Publication // what other views showed: a view does not see itself
	claims    []ledger.Entry       // decisions about claims and bills; what depends on them says so itself
	seq       int64                // the newest entry that this view depends on
}

// readLedger reads what people had decided, and what reports had shown, while the
// view's version was the newest: a past view is the same whatever came later. What
// this very view has shown is left out, so that it renders to the same bytes after
// it did.
func (r *Runner) readLedger(ctx context.Context, rd *Reader) (err error) {
	l, err := ledger.OpenRead(ctx, r.WS.StateDir())
	if errors.Is(err, ledger.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	versions, err := rd.lake.Versions(ctx)
	if err != nil {
		return err
	}
	places := map[string]int64{} // where a content came last
	var until time.Time          // when the view's version was followed by another
	for _, v := range versions {
		places[v.ID] = max(places[v.ID], v.Seq)
		if v.Seq > rd.Version.Seq && (until.IsZero() || v.At.Before(until)) {
			until = v.At
		}
	}
	entries, err := l.Entries(ctx, ledger.Filter{Kinds: []string{ledger.KindDone, ledger.KindSnooze, ledger.KindNote, ledger.KindUndo}})
	if err != nil {
		return err
	}
	for _, e := range entries {
		if until.IsZero() || e.At.Before(until) {
			rd.decided.entries = append(rd.decided.entries, e)
			rd.decided.seq = max(rd.decided.seq, e.Seq)
		}
	}
	if entries, err = l.Entries(ctx, ledger.Filter{Kinds: claims.Kinds}); err != nil {
		return err
	}
	for _, e := range entries {
		if until.IsZero() || e.At.Before(until) {
			rd.decided.claims = append(rd.decided.claims, e)
		}
	}
	shown, err := l.Published(ctx)
	if err != nil {
		return err
	}
	for _, p := range shown {
		place, held := places[p.LakeVersion]
		if p.LakeVersion != rd.Version.ID && p.AsOf.Compare(rd.AsOf) <= 0 && (held && place < rd.Version.Seq || !held && p.AsOf.Before(rd.AsOf)) {
			rd.decided.published = append(rd.decided.published, p)
			rd.decided.seq = max(rd.decided.seq, p.Seq)
		}
	}
	return nil
}

// Published lists the points of closed weeks as reports of earlier versions
// showed them, oldest first.
func (rd *Reader) Published() []ledger.Publication { return rd.decided.published }

// notePoints notes the points of closed weeks that the newest view's page shows.
func (r *Runner) notePoints(ctx context.Context, v View, rd *Reader, reportID string, data any) (err error) {
	w, ok := data.(metric.Weekly)
	if !ok || v.KnownAt != "" || !v.AsOf.IsZero() {
		return nil
	}
	var points []ledger.Publication
	for _, s := range w.Shops {
		for _, one := range s.Series {
			for _, p := range one.Points {
				if p.Week.State == metric.Closed && p.Den > 0 {
					points = append(points, ledger.Publication{ReportID: reportID, LakeVersion: rd.Version.ID, AsOf: rd.AsOf, Platform: s.Platform, Shop: s.ID,
						Metric: one.Metric, Week: p.Week.Start, Num: p.Num, Den: p.Den})
				}
			}
		}
	}
	if len(points) == 0 {
		return nil
	}
	l, err := ledger.Open(ctx, r.WS.StateDir())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	_, err = l.Publish(ctx, r.Env.Now(), "report weekly", points)
	return err
}

// installDecisions shows what was done, put off or noted, and not taken back,
// as the table decisions.
func installDecisions(ctx context.Context, e engine.Engine, entries []ledger.Entry, asOf time.Time) error {
	if err := e.Exec(ctx, `create or replace table decisions (seq bigint, platform varchar, shop_id varchar, order_id varchar, shipment_id varchar, reason varchar,
 done_at timestamptz, until_at timestamptz, note varchar)`); err != nil {
		return err
	}
	list, err := ledger.Decisions(entries, asOf)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, d := range list {
		if d.Undone != 0 {
			continue
		}
		a := d.About
		row := []any{d.Seq, textOrNil(a.Platform), textOrNil(a.Shop), textOrNil(a.Order), textOrNil(a.Shipment), textOrNil(a.Reason), nil, nil, nil}
		switch d.Kind {
		case ledger.KindDone:
			row[6] = a.AsOf
		case ledger.KindSnooze:
			row[7] = d.Until
		case ledger.KindNote:
			row[8] = d.Text
		}
		rows = append(rows, row)
	}
	return insertRows(ctx, e, "decisions", rows)
}

func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
