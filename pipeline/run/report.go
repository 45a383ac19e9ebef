package run

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"sort"
	"time"

	"waybill/pipeline/engine"
	"waybill/pipeline/lake"
	"waybill/pipeline/metric"
	"waybill/pipeline/policy"
	"waybill/reports"
)

// Rendered is a report on disk.
type Rendered struct {
	Path  string `json:"path"` // of the page; the workbook beside it ends in .xlsx
	ID    string `json:"report_id"`
	Fresh bool   `json:"fresh"` // it was made now; false: the same report was there
}

// ReportRequest says of what a report is.
type ReportRequest struct {
	View
	Week   string // of a report of one week: 2026-W46 or its Monday; empty: the last closed one
	Period string // of a report of several ship weeks: 2026-W40..2026-W46 or 2026-10; of bills also days; empty: the report's own choice
	Bill   string // of a report of one bill: its number, or PROVIDER/NUMBER

	// Cut takes the as-of back to where the feeds end for a report that has no
	// numbers after that; without it such a report fails.
	Cut bool
}

// Report renders a report of a version and brings the list of reports up to
// date. The newest report of a kind is out/<name>.html; one of a shop, a week or
// a period bears that in its name, one of a past view its id.
func (r *Runner) Report(ctx context.Context, name string, q ReportRequest) (_ Rendered, err error) {
	if name == indexName {
		return r.index()
	}
	kind, err := findReport(name)
	if err != nil {
		return Rendered{}, err
	}
	span, err := kind.check(&q)
	if err != nil {
		return Rendered{}, err
	}
	rd, err := r.Read(ctx, q.View)
	if errors.Is(err, lake.ErrEmpty) {
		return Rendered{}, fmt.Errorf("%w; try: waybill ingest", err)
	}
	if err != nil {
		return Rendered{}, err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	kind.cut(rd, q)
	if err := kind.billed(rd, q); err != nil {
		return Rendered{}, err
	}
	out := Rendered{}
	if out.ID, err = r.reportID(name, rd, q); err != nil {
		return out, err
	}
	base := name
	for _, part := range []string{fileName(q.Shop), span} {
		if part != "" {
			base += "-" + part
		}
	}
	if q.KnownAt != "" || !q.AsOf.IsZero() {
		base += "-" + out.ID
	}
	out.Path = filepath.Join(r.WS.OutDir(), base+".html")
	if same(out.Path, out.ID) {
		return out, r.refreshIndex()
	}
	r.step("rendering " + name)
	made, err := r.numbers(ctx, kind, rd, q, out.ID)
	if err != nil {
		return out, err
	}
	rd.done()
	page, err := made.page(r.reportFiles())
	if err != nil {
		return out, err
	}
	// before the files: a report that was cut off here is rendered, and noted, again
	if err := r.notePoints(ctx, q.View, rd, out.ID, made.data); err != nil {
		return out, err
	}
	if err := publish(out.Path, out.ID, page); err != nil {
		return out, err
	}
	out.Fresh = true
	return out, r.refreshIndex()
}

// ReportData is a report's numbers, for --json.
func (r *Runner) ReportData(ctx context.Context, name string, q ReportRequest) (_ any, err error) {
	if name == indexName {
		return r.listed()
	}
	kind, err := findReport(name)
	if err != nil {
		return nil, err
	}
	if _, err := kind.check(&q); err != nil {
		return nil, err
	}
	rd, err := r.Read(ctx, q.View)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	kind.cut(rd, q)
	if err := kind.billed(rd, q); err != nil {
		return nil, err
	}
	id, err := r.reportID(name, rd, q)
	if err != nil {
		return nil, err
	}
	made, err := r.numbers(ctx, kind, rd, q, id)
	if err != nil {
		return nil, err
	}
	return made.data, nil
}

func (r *Runner) numbers(ctx context.Context, kind reportKind, rd *Reader, q ReportRequest, id string) (numbers, error) {
	if err := r.openEngine(ctx, rd); err != nil {
		return numbers{}, err
	}
	in, err := r.input(ctx, rd, id)
	if err != nil {
		return numbers{}, err
	}
	in.Week, in.Period = q.Week, q.Period
	in.Compare = metric.Compare{Strata: r.WS.Config.Compare.Strata, MinN: r.WS.Config.Compare.MinN}
	return kind.read(ctx, r, rd, in, q)
}

func (r *Runner) reportFiles() reports.Files {
	return reports.Files{Pages: r.WS.Overlay("reports", reports.FS), Queries: r.Queries}
}

// input gathers what the page's numbers stand on beside the tables.
func (r *Runner) input(ctx context.Context, rd *Reader, id string) (metric.Input, error) {
	c := r.WS.Config
	in := metric.Input{Workspace: c.Workspace, Zone: c.Zone, Currency: c.Currency, Languages: c.Languages, AsOf: rd.AsOf, CoveredTo: defaultAsOf(rd.Feeds),
		Queries: r.Queries, LakeVersion: rd.Version.ID, ReportID: id, Waybill: r.Env.Version}
	in.MapScans = func(ctx context.Context, since time.Time) error {
		return r.Reference.Events(ctx, rd.Engine, "(select * from tracking_events where event_at >= cast("+engine.Literal(since.UTC().Format(time.RFC3339))+" as timestamptz))")
	}
	if in.AsOf.IsZero() {
		return in, errors.New("no export says when anything happened, so that there is no as-of; try: --as-of, or exported_at in a feed")
	}
	if rd.Shop != nil {
		in.Shop = cmp.Or(rd.Shop.Name, rd.Shop.ID)
	}
	for _, s := range c.Shops {
		if rd.Shop != nil && (s.Platform != rd.Shop.Platform || s.Shop != rd.Shop.ID) {
			continue
		}
		in.Shops = append(in.Shops, metric.ShopName{Platform: s.Platform, ID: s.Shop, Name: s.Name})
	}
	packs := map[string]*policy.Pack{}
	for _, p := range r.Reference.Packs {
		packs[p.ID] = p
	}
	for _, j := range rd.judges {
		in.Policies = append(in.Policies, metric.PlatformPolicy{Platform: j.Platform, Pack: packs[j.Pack]})
	}
	for _, f := range rd.Feeds {
		m := metric.Feed{Name: f.Feed, LastLoad: f.LastLoad, Files: f.Files, Records: f.Records, Rejected: f.Rejected, Never: f.Never}
		if !f.Horizon.IsZero() {
			h := f.Horizon.UTC()
			m.Horizon = &h
		}
		in.Feeds = append(in.Feeds, m)
	}
	for _, p := range rd.Published() {
		in.Published = append(in.Published, metric.Publication{ReportID: p.ReportID, AsOf: p.AsOf, Platform: p.Platform, Shop: p.Shop, Metric: p.Metric, Week: p.Week, Num: p.Num, Den: p.Den})
	}
	rows, err := rd.Query(ctx, `select feed, coalesce(output, ''), coalesce(column_name, ''), coalesce(reason, ''), min(file), min_by(coalesce(line_no, record_no), file), count(*)
from rejects group by 1, 2, 3, 4 order by 7 desc, 1, 2, 3, 4 limit 100`)
	if err != nil {
		return in, err
	}
	defer rows.Close()
	for rows.Next() {
		var x metric.Reject
		if err := rows.Scan(&x.Feed, &x.Output, &x.Column, &x.Reason, &x.File, &x.Line, &x.N); err != nil {
			return in, err
		}
		in.Rejects = append(in.Rejects, x)
	}
	return in, rows.Err()
}

// reportID is a hash over everything that the bytes depend on, and nothing
// else: neither folder nor zone, locale or number of workers.
func (r *Runner) reportID(name string, rd *Reader, q ReportRequest) (string, error) {
	h := sha256.New()
	hashes, err := r.hashes()
	if err != nil {
		return "", err
	}
	fmt.Fprintf(h, "%s\n%q\n%q\n%q\n%s\n%s\n%s\n", name, q.Shop, q.Week, q.Period, rd.Version.ID, rd.AsOf.UTC().Format(time.RFC3339Nano), r.Env.Version)
	fmt.Fprintf(h, "ledger %d\n", rd.decided.seq)
	h.Write(r.WS.Text())
	var keys []string
	for k := range hashes {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintf(h, "%s=%s\n", k, hashes[k])
	}
	for _, l := range rd.Loads {
		fmt.Fprintf(h, "%s %s %s %d %d %d %s\n", l.LoadID, l.Output, l.Status, l.Records, l.Stored, l.Rejected, l.ExportedAt.UTC().Format(time.RFC3339Nano))
	}
	for _, f := range r.Feeds {
		h.Write(f.Text())
	}
	for dir, patterns := range map[string][]string{"queries": {"views/*.sql", "cells/*.sql"}} {
		for _, p := range patterns {
			if err := hashFiles(h, r.Queries, dir, p); err != nil {
				return "", err
			}
		}
	}
	if err := r.hashPageFiles(h); err != nil {
		return "", err
	}
	if k, err := findReport(name); err == nil && k.money {
		fmt.Fprintf(h, "%q claims %d\n", q.Bill, claimsSeq(rd))
		if err := r.hashMoney(h); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// Status is what `waybill status` shows.
type Status struct {
	Workspace   string      `json:"workspace"`
	AsOf        *time.Time  `json:"as_of"`
	LakeVersion string      `json:"lake_version"`
	VersionSeq  int64       `json:"version"`
	PublishedAt *time.Time  `json:"published_at"`
	Feeds       []FeedState `json:"feeds"`
	Holder      string      `json:"holder,omitempty"`
}

// Status reads the newest version's state without starting an engine.
func (r *Runner) Status(ctx context.Context) (Status, error) {
	s := Status{Workspace: r.WS.Config.Workspace}
	rd, err := r.Read(ctx, View{})
	if errors.Is(err, lake.ErrEmpty) {
		s.Feeds = r.feedStates(nil)
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.LakeVersion, s.VersionSeq, s.Feeds = rd.Version.ID, rd.Version.Seq, rd.Feeds
	at := rd.Version.At.UTC()
	s.PublishedAt = &at
	if !rd.AsOf.IsZero() {
		asOf := rd.AsOf.UTC()
		s.AsOf = &asOf
	}
	return s, rd.Close()
}
