package audit_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"waybill/data"
	"waybill/pipeline/audit"
	"waybill/pipeline/charge"
	"waybill/pipeline/contract"
	"waybill/pipeline/engine/duckdb"
	"waybill/pipeline/model"
	"waybill/pipeline/policy"
	"waybill/pipeline/rate"
	"waybill/queries"
)

// auditor opens an engine with the cards of the cases and the rules.
func auditor(t *testing.T, queryFiles fs.FS) (*audit.Auditor, contract.Set) {
	t.Helper()
	ctx := context.Background()
	var prelude []string
	for _, n := range []string{"prelude/functions.sql", "prelude/rating.sql"} {
		b, err := fs.ReadFile(queryFiles, n)
		if err != nil {
			t.Fatal(err)
		}
		prelude = append(prelude, string(b))
	}
	e, err := duckdb.Open(ctx, duckdb.Options{Memory: 1 << 30, Threads: 2, TempDir: t.TempDir(), Prelude: prelude})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	a := &audit.Auditor{Engine: e, Queries: queryFiles, Rater: &rate.Rater{Engine: e, Queries: queryFiles}}
	if a.Rules, err = audit.ReadRules(queryFiles); err != nil {
		t.Fatal(err)
	}
	cards, rows, err := audit.CaseCards(queryFiles)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Exec(ctx, "create table zone_days (tz varchar, day date, shift bigint, change_at timestamptz, shift_after bigint)"); err != nil {
		t.Fatal(err)
	}
	calendars := map[string]*policy.Calendar{}
	for _, id := range []string{"every_day", "us_federal"} {
		b, err := fs.ReadFile(data.FS, "calendars/"+id+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if calendars[id], err = policy.ParseCalendar(id, b); err != nil {
			t.Fatal(err)
		}
	}
	if err := model.InstallCalendars(ctx, e, calendars); err != nil {
		t.Fatal(err)
	}
	if err := a.Rater.Install(ctx, cards, rows); err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(data.FS, charge.Path)
	if err != nil {
		t.Fatal(err)
	}
	set, err := charge.Parse(charge.Path, text)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range set.Words() {
		a.Words = append(a.Words, audit.ChargeWord{Charge: w.Charge, Class: w.Class})
	}
	schema, err := fs.Sub(data.FS, "schema")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := contract.Load(schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a, tables
}

// TestCases runs the cases of every rule.
func TestCases(t *testing.T) {
	all, err := audit.ReadCases(queries.FS)
	if err != nil || len(all) == 0 {
		t.Fatal(len(all), err)
	}
	for _, files := range audit.Together(all) {
		t.Run(files[0].Rule, func(t *testing.T) {
			a, tables := auditor(t, queries.FS)
			checks, err := a.Hold(context.Background(), files, tables)
			var identity *audit.IdentityError
			if errors.As(err, &identity) {
				t.Fatalf("%+v", identity)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range checks {
				if !k.OK {
					t.Errorf("%s: %s\nwant\n%s\ngot\n%s", k.File, k.Case, k.Want, k.Got)
				}
			}
		})
	}
}

// TestEveryRuleHasCases: each rule has a case in which it speaks, one that it
// must not take for it, one of an edge and one with another rule.
func TestEveryRuleHasCases(t *testing.T) {
	rules, err := audit.ReadRules(queries.FS)
	if err != nil {
		t.Fatal(err)
	}
	all, err := audit.ReadCases(queries.FS)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]audit.Cases{}
	for _, c := range all {
		of[c.Rule] = c
		if !slices.ContainsFunc(rules, func(r audit.Rule) bool { return r.ID == c.Rule }) {
			t.Errorf("%s is of a rule that is not there", c.File)
		}
	}
	for _, r := range rules {
		has := map[string]bool{}
		for _, k := range of[r.ID].List {
			speaks := slices.ContainsFunc(k.Findings, func(f string) bool { return strings.HasPrefix(f, r.ID+" ") })
			kind, _, _ := strings.Cut(k.Name, ":")
			switch {
			case kind == "near miss" && speaks:
				t.Errorf("%s: %s: %s fires", of[r.ID].File, k.Name, r.ID)
			case kind == "overlap" && !speaks:
				t.Errorf("%s: %s: %s does not fire", of[r.ID].File, k.Name, r.ID)
			}
			has[kind] = true
			has["fires"] = has["fires"] || speaks
		}
		for _, kind := range []string{"fires", "near miss", "edge", "overlap"} {
			if !has[kind] {
				t.Errorf("%s has no case: %s", r.ID, kind)
			}
		}
	}
}
