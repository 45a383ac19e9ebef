package rate_test

import (
	"context"
	"errors"
	"fmt"
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

// TestShipmentsUnderSeveralCards: each card takes the day by its own rule and
// zone, also where some share one.
func TestShipmentsUnderSeveralCards(t *testing.T) {
	files := map[string]string{}
	for id, rule := range map[string]string{"a": "tz: UTC, dated_by: label", "b": "tz: UTC, dated_by: label", "c": "tz: Asia/Shanghai, dated_by: label", "d": "tz: UTC, dated_by: handed_over"} {
		files[id+"/card.yaml"] = fmt.Sprintf("{card: %[1]s, title: a, provider: p, channels: [C%[1]s], currency: CNY, %s, versions: [{from: 2026-01-01, to: 2026-03-03, weight: {unit: kg, step: 1}, prices: old.csv}, {from: 2026-03-03, weight: {unit: kg, step: 1}, prices: new.csv}]}", id, rule)
		files[id+"/old.csv"], files[id+"/new.csv"] = "unit_price\n1\n", "unit_price\n2\n"
	}
	s := open(t, files)
	s.exec(`create table shipments_as_of as select 'S1' as shipment_id, 'p' as provider, 'Cb' as channel, timestamptz '2026-03-02 20:00:00+00' as label_at, timestamptz '2026-03-05 01:00:00+00' as handed_over_at,
 cast(null as timestamptz) as first_scan_at, cast(null as timestamptz) as delivered_at, cast(null as timestamptz) as returning_at, 'delivered' as terminal, cast(null as timestamptz) as attempt_failed_at`)
	s.exec(`create table shipments as select 'S1' as shipment_id, 'US' as country, 'CA' as state, '90210' as postal_code, cast(1.5 as decimal(18,4)) as weight, 'kg' as weight_unit, cast(null as decimal(18,4)) as length,
 cast(null as decimal(18,4)) as width, cast(null as decimal(18,4)) as height, 'cm' as length_unit, cast(null as varchar) as features, cast(null as decimal(18,4)) as declared_value, cast(null as varchar) as declared_currency`)
	for _, c := range []struct {
		cards []string
		want  string
	}{
		{nil, "b 2026-03-02 200000000; "},
		{[]string{"a", "b", "c", "d"}, "a 2026-03-02 200000000; b 2026-03-02 200000000; c 2026-03-03 400000000; d 2026-03-05 400000000; "},
		{[]string{"d"}, "d 2026-03-05 400000000; "},
	} {
		ctx := context.Background()
		if err := s.r.Shipments(ctx, "", c.cards...); err != nil {
			t.Fatal(err)
		}
		if err := s.r.Total(ctx); err != nil {
			t.Fatal(err)
		}
		rows, err := s.r.Engine.Query(ctx, "select t.card || ' ' || cast(t.rated_on as varchar) || ' ' || cast(t.total_e8 as varchar) || '; ' from rated_totals as t join rated_names as n on n.parcel = t.parcel where n.name = 'S1' order by 1")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			got += line
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("under %v: %s, want %s", c.cards, got, c.want)
		}
	}
}
