package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/feed"
	"waybill/pipeline/load"
	"waybill/pipeline/metric"
	"waybill/pipeline/store"
)

// Tried is what a file would give, read by a feed and loaded nowhere.
type Tried struct {
	File     string            `json:"file"`
	Feed     string            `json:"feed"`
	Template string            `json:"template,omitempty"`
	Refused  string            `json:"refused,omitempty"` // why the file would not be loaded
	Outputs  []TriedOutput     `json:"outputs"`
	Tables   []TriedTable      `json:"tables"`
	Rejected int64             `json:"rejected"`
	Rejects  []TriedReject     `json:"rejects"` // the first ones
	Scans    int64             `json:"scans"`
	Unmapped []metric.Unmapped `json:"unmapped"` // codes and texts of scans without a milestone
	Notes    []string          `json:"notes"`
}

// TriedOutput counts the records of an output.
type TriedOutput struct {
	Output   string   `json:"output"`
	Table    string   `json:"table"`
	Records  int64    `json:"records"`
	Rejected int64    `json:"rejected"`
	Flagged  int64    `json:"flagged"` // with a local time that does not exist or exists twice
	Absent   []string `json:"absent"`  // contract columns that the file does not have
}

// TriedTable is the first rows of a table, with the columns that any of its
// rows fills. The engine's types are beside the names.
type TriedTable struct {
	Table   string   `json:"table"`
	N       int64    `json:"rows"`
	Columns []Column `json:"-"`
	Rows    [][]any  `json:"-"`
}

// TriedReject is a record that would not be loaded.
type TriedReject struct {
	Output string `json:"output"`
	Record int64  `json:"record"`
	Line   int64  `json:"line,omitempty"` // 0: the format has no lines
	Column string `json:"column"`
	Value  string `json:"value"` // masked where it may be personal data
	Reason string `json:"reason"`
	Hint   string `json:"hint,omitempty"`
}

// Try reads a file by a feed. rows is how many rows of each table and how many
// rejects it gives.
func (r *Runner) Try(ctx context.Context, f *feed.Feed, file string, rows int) (out Tried, err error) {
	out = Tried{File: file, Feed: f.Name, Template: f.Use, Outputs: []TriedOutput{}, Tables: []TriedTable{}, Rejects: []TriedReject{}, Unmapped: []metric.Unmapped{}, Notes: []string{}}
	l, closeIt, err := r.trialLoader(ctx)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, closeIt()) }()
	// too many rejects are what a trial is to show
	lenient := *f
	all := 1.0
	lenient.Threshold = &all
	t, err := l.Try(ctx, &lenient, file)
	if err != nil {
		return out, err
	}
	for _, n := range t.Notes {
		out.Notes = append(out.Notes, n.Text)
	}
	if t.Refused != nil {
		out.Refused = t.Refused.Error()
		return out, nil
	}
	x := trial{l, l.Store.Engine}
	seen := map[string]bool{}
	var records int64
	for _, e := range t.Entries {
		records += e.Records
		out.Outputs = append(out.Outputs, TriedOutput{e.Output, e.Table, e.Records, e.Rejected, e.Flagged, append([]string{}, e.Absent...)})
		out.Rejected += e.Rejected
		if seen[e.Table] {
			continue
		}
		seen[e.Table] = true
		table, err := x.table(ctx, r.Tables[e.Table], rows)
		if err != nil {
			return out, err
		}
		out.Tables = append(out.Tables, table)
		if e.Table == "tracking_events" {
			out.Scans = table.N
		}
	}
	if float64(out.Rejected) > f.MaxRejected()*float64(records) {
		out.Refused = fmt.Sprintf("%d of %d records are rejected, more than the threshold of %.4g %%", out.Rejected, records, f.MaxRejected()*100)
	}
	if out.Rejected > 0 {
		if out.Rejects, err = x.rejects(ctx, rows); err != nil {
			return out, err
		}
	}
	if out.Scans > 0 {
		if out.Unmapped, err = r.unmapped(ctx, x.e); err != nil {
			return out, err
		}
	}
	return out, nil
}

// trial is the session after a file was tried.
type trial struct {
	l *load.Loader
	e engine.Engine
}

// table reads the first rows in the order of the file.
func (x trial) table(ctx context.Context, t contract.Table, limit int) (TriedTable, error) {
	out := TriedTable{Table: t.Name}
	relation := engine.Ident(store.Delta(t.Name))
	var names, filled []string
	for _, c := range t.Columns {
		if !c.PII {
			names = append(names, c.Name)
			filled = append(filled, "count("+engine.Ident(c.Name)+")")
		}
	}
	counts := make([]int64, len(filled))
	into := []any{&out.N}
	for i := range counts {
		into = append(into, &counts[i])
	}
	if err := x.one(ctx, "select count(*), "+strings.Join(filled, ", ")+" from "+relation, into...); err != nil {
		return out, err
	}
	var kept []string
	for i, n := range names {
		if counts[i] > 0 {
			kept = append(kept, n)
		}
	}
	if len(kept) == 0 || limit == 0 {
		return out, nil
	}
	rows, err := x.e.Query(ctx, fmt.Sprintf("select %s from %s order by record_no, _rid limit %d", engine.Idents(kept), relation, limit))
	if err != nil {
		return out, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return out, err
	}
	for _, c := range types {
		out.Columns = append(out.Columns, Column{c.Name(), c.DatabaseTypeName()})
	}
	for rows.Next() {
		vals := make([]any, len(kept))
		ptrs := make([]any, len(kept))
		for i := range vals {
			ptrs[i] = &vals[i]
		}
		if err := rows.Scan(ptrs...); err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, vals)
	}
	return out, rows.Err()
}

// rejects reads the first rejected records.
func (x trial) rejects(ctx context.Context, limit int) ([]TriedReject, error) {
	rows, err := x.e.Query(ctx, fmt.Sprintf(`select coalesce(output, ''), coalesce(record_no, 0), coalesce(line_no, 0), coalesce(column_name, ''), coalesce(value, ''), coalesce(reason, ''), coalesce(hint, '')
from %s order by record_no, output limit %d`, engine.Ident(store.Delta("rejects")), limit))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []TriedReject{}
	for rows.Next() {
		var t TriedReject
		if err := rows.Scan(&t.Output, &t.Record, &t.Line, &t.Column, &t.Value, &t.Reason, &t.Hint); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

func (x trial) one(ctx context.Context, query string, into ...any) error {
	rows, err := x.e.Query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return errors.Join(errors.New("no row"), rows.Err())
	}
	return errors.Join(rows.Scan(into...), rows.Err())
}

// unmapped asks the maps about the scans of a trial, by the query that asks them
// about the lake.
func (r *Runner) unmapped(ctx context.Context, e engine.Engine) ([]metric.Unmapped, error) {
	end := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := r.Reference.Install(ctx, e, end); err != nil {
		return nil, err
	}
	scans := store.Delta("tracking_events")
	if err := r.Reference.Events(ctx, e, scans); err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(r.Queries, "cells/unmapped.sql")
	if err != nil {
		return nil, err
	}
	// the trial's scans take the place of the lake's
	if err := e.Exec(ctx, "create or replace view tracking_events as select * from "+engine.Ident(scans)); err != nil {
		return nil, err
	}
	query := strings.ReplaceAll(string(text), "{shown_from}", "timestamptz '0001-01-01 00:00:00+00'")
	rows, err := e.Query(ctx, `select coalesce(carrier, ''), coalesce(code, ''), coalesce("text", ''), n from (`+query+"\n) as u order by n desc, carrier, code, \"text\"")
	if err != nil {
		return nil, fmt.Errorf("queries/cells/unmapped.sql: %w", err)
	}
	defer rows.Close()
	out := []metric.Unmapped{}
	for rows.Next() {
		var u metric.Unmapped
		if err := rows.Scan(&u.Carrier, &u.Code, &u.Text, &u.N); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}
