package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"waybill/pipeline/engine"
	"waybill/pipeline/lake"
	"waybill/pipeline/metric"
	"waybill/pipeline/policy"
	"waybill/reports"
)

// Rendered is a report on disk.
type Rendered struct {
	Path  string         `json:"path"`
	ID    string         `json:"report_id"`
	Fresh bool           `json:"fresh"` // it was made now; false: the same report was there
	Data  *metric.Weekly `json:"-"`
}

// ErrNoReport says that there is no such report.
var ErrNoReport = errors.New("no such report")

// KnownReport fails with ErrNoReport where there is no report of that name.
func KnownReport(name string) error {
	if name != "weekly" {
		return fmt.Errorf("%w: %q; try: weekly", ErrNoReport, name)
	}
	return nil
}

// Report renders a report of a version. The file's name holds no time: the
// newest report of a kind is out/<name>.html; one of a past view bears its id.
func (r *Runner) Report(ctx context.Context, name string, v View) (_ Rendered, err error) {
	if err := KnownReport(name); err != nil {
		return Rendered{}, err
	}
	rd, err := r.Read(ctx, v)
	if errors.Is(err, lake.ErrEmpty) {
		return Rendered{}, fmt.Errorf("%w; try: waybill ingest", err)
	}
	if err != nil {
		return Rendered{}, err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	out := Rendered{}
	if out.ID, err = r.reportID(name, rd); err != nil {
		return out, err
	}
	out.Path = filepath.Join(r.WS.OutDir(), name+".html")
	if v.KnownAt != "" || !v.AsOf.IsZero() {
		out.Path = filepath.Join(r.WS.OutDir(), name+"-"+out.ID+".html")
	}
	if same(out.Path, out.ID) {
		return out, nil
	}
	r.step("rendering " + name)
	w, err := r.weekly(ctx, rd, out.ID)
	if err != nil {
		return out, err
	}
	page, err := reports.Weekly(w, reports.Files{Pages: r.WS.Overlay("reports", reports.FS), Queries: r.Queries})
	if err != nil {
		return out, err
	}
	if err := writeFile(strings.TrimSuffix(out.Path, ".html")+".xlsx", page.XLSX); err != nil {
		return out, err
	}
	if err := writeFile(out.Path, page.HTML); err != nil {
		return out, err
	}
	if err := writeFile(out.Path+".id", []byte(out.ID+" "+hashOf(page.HTML)+"\n")); err != nil {
		return out, err
	}
	out.Fresh, out.Data = true, &w
	return out, nil
}

// WeeklyData is the report's numbers, for --json.
func (r *Runner) WeeklyData(ctx context.Context, v View) (_ metric.Weekly, err error) {
	rd, err := r.Read(ctx, v)
	if err != nil {
		return metric.Weekly{}, err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	id, err := r.reportID("weekly", rd)
	if err != nil {
		return metric.Weekly{}, err
	}
	return r.weekly(ctx, rd, id)
}

func (r *Runner) weekly(ctx context.Context, rd *Reader, id string) (metric.Weekly, error) {
	if err := r.openEngine(ctx, rd); err != nil {
		return metric.Weekly{}, err
	}
	in, err := r.input(ctx, rd, id)
	if err != nil {
		return metric.Weekly{}, err
	}
	return metric.BuildWeekly(ctx, rd, in)
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
	for _, s := range c.Shops {
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
		m := metric.Feed{Name: f.Feed, LastLoad: f.LastLoad, Files: f.Files, Records: f.Records, Rejected: f.Rejected}
		if !f.Horizon.IsZero() {
			h := f.Horizon.UTC()
			m.Horizon = &h
		}
		in.Feeds = append(in.Feeds, m)
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
func (r *Runner) reportID(name string, rd *Reader) (string, error) {
	h := sha256.New()
	hashes, err := r.hashes()
	if err != nil {
		return "", err
	}
	fmt.Fprintf(h, "%s\n%s\n%s\n%s\n", name, rd.Version.ID, rd.AsOf.UTC().Format(time.RFC3339Nano), r.Env.Version)
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
	ov := r.WS.Overlay("reports", reports.FS)
	for _, p := range []string{"*.tmpl", "*.css", "*.js", "words/*.yaml", "assets/*"} {
		if err := hashFiles(h, ov, "reports", p); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

type writable interface{ Write([]byte) (int, error) }

func hashFiles(h writable, fsys fs.FS, dir, pattern string) error {
	files, err := fs.Glob(fsys, pattern)
	if err != nil {
		return err
	}
	sort.Strings(files)
	for _, f := range files {
		if strings.HasSuffix(f, policy.CasesSuffix) {
			continue // they test packs, and make nothing
		}
		b, err := fs.ReadFile(fsys, f)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s/%s\x00%d\x00", dir, f, len(b))
		if _, err := h.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// same says that the file at path is the report with that id, untouched.
func same(path, id string) bool {
	note, err := os.ReadFile(path + ".id")
	if err != nil {
		return false
	}
	page, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	return strings.TrimSpace(string(note)) == id+" "+hashOf(page)
}

func hashOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// writeFile replaces a file whole or not at all.
func writeFile(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(b); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
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
