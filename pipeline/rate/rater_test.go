package rate_test

import (
	"context"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"waybill/pipeline/engine/duckdb"
	"waybill/pipeline/rate"
	"waybill/queries"
)

// session is a rater over cards given as files.
type session struct {
	t *testing.T
	r *rate.Rater
}

func open(t *testing.T, files map[string]string) *session {
	t.Helper()
	fsys := fstest.MapFS{}
	dirs := map[string]bool{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		dirs[strings.Split(name, "/")[0]] = true
	}
	var cards []*rate.Card
	var rows []*rate.Rows
	for d := range dirs {
		c, r, err := rate.Parse(fsys, d)
		if err != nil {
			t.Fatal(err)
		}
		cards, rows = append(cards, c), append(rows, r)
	}
	var prelude []string
	for _, n := range []string{"prelude/functions.sql", "prelude/rating.sql"} {
		b, err := queries.FS.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		prelude = append(prelude, string(b))
	}
	ctx := context.Background()
	e, err := duckdb.Open(ctx, duckdb.Options{Memory: 1 << 30, Threads: 2, TempDir: t.TempDir(), Prelude: prelude})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	s := &session{t, &rate.Rater{Engine: e, Queries: queries.FS}}
	s.exec("create table zone_days (tz varchar, day date, shift bigint, change_at timestamptz, shift_after bigint)")
	s.exec("create table rating_parcels (" + rate.ParcelsColumns + ")")
	if err := s.r.Install(ctx, cards, rows); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *session) exec(q string) {
	s.t.Helper()
	if err := s.r.Engine.Exec(context.Background(), q); err != nil {
		s.t.Fatal(err)
	}
}

// TestExamples holds the cards of testdata/examples against parcels whose price
// was worked out by hand.
func TestExamples(t *testing.T) {
	root := os.DirFS("testdata/examples")
	names, err := fs.Glob(root, "*/"+rate.CasesFile)
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, n := range names {
		dir := path.Dir(n)
		t.Run(dir, func(t *testing.T) {
			b, err := fs.ReadFile(root, n)
			if err != nil {
				t.Fatal(err)
			}
			cases, err := rate.ReadCases(n, b, dir)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			all, err := fs.Glob(root, dir+"/*")
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range all {
				text, err := fs.ReadFile(root, f)
				if err != nil {
					t.Fatal(err)
				}
				files[f] = string(text)
			}
			s := open(t, files)
			asks := make([]rate.Ask, len(cases))
			for i, k := range cases {
				asks[i] = k.Ask
			}
			ctx := context.Background()
			if err := s.r.Ask(ctx, asks); err != nil {
				t.Fatal(err)
			}
			if err := s.r.Explain(ctx); err != nil {
				t.Fatal(err)
			}
			prices, err := s.r.Prices(ctx, len(asks))
			if err != nil {
				t.Fatal(err)
			}
			by := map[string]rate.Price{}
			for _, p := range prices {
				by[p.Parcel] = p
			}
			for _, k := range cases {
				if len(k.Expect) == 0 {
					t.Errorf("%s:%d expects nothing", k.File, k.Line)
				}
				for _, c := range k.Hold(by[k.Ask.Parcel]) {
					if !c.OK {
						t.Errorf("%s:%d: %s, %s: want %s, got %s", c.File, c.Line, c.Case, c.What, c.Want, c.Got)
					}
				}
			}
		})
	}
}
