package audit_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"

	"waybill/data"
	"waybill/pipeline/audit"
	"waybill/pipeline/charge"
	"waybill/pipeline/contract"
	"waybill/pipeline/engine/duckdb"
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
