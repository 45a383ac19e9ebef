package rate_test

import (
	"context"
	"fmt"
	"os"
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

// parcel adds one; its fields are columns with SQL values.
func (s *session) parcel(name string, fields map[string]string) {
	s.t.Helper()
	cols, vals := []string{"parcel"}, []string{"'" + name + "'"}
	for k, v := range fields {
		cols, vals = append(cols, k), append(vals, v)
	}
	s.exec("insert into rating_parcels (" + strings.Join(cols, ", ") + ") values (" + strings.Join(vals, ", ") + ")")
}

// rate prices and gives each parcel as "total: charge amount, …", or what is
// missing.
func (s *session) rate() map[string]string {
	s.t.Helper()
	ctx := context.Background()
	if err := s.r.Rate(ctx); err != nil {
		s.t.Fatal(err)
	}
	rows, err := s.r.Engine.Query(ctx, `select t.parcel, coalesce(t.problem, cast(t.total_e8 as varchar)), c.charge, coalesce(cast(c.amount_e8 as varchar), c.problem)
from rated_totals as t left join rated_charges as c on c.parcel = t.parcel and c.card = t.card and c.charged order by t.parcel, c.n`)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var p, total string
		var charge, amount *string
		if err := rows.Scan(&p, &total, &charge, &amount); err != nil {
			s.t.Fatal(err)
		}
		if out[p] == "" {
			out[p] = e8(total) + ":"
		}
		if charge != nil {
			out[p] += fmt.Sprintf(" %s %s", *charge, e8(*amount))
		}
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// e8 prints whole 0.00000001 as a decimal; other words stay.
func e8(s string) string {
	var n int64
	if _, err := fmt.Sscan(s, &n); err != nil {
		return s
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return sign + strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%08d", n/1e8, n%1e8), "0"), ".")
}

func TestOne(t *testing.T) {
	s := open(t, map[string]string{
		"yun/card.yaml": `
card: yun
title: YunExpress US
provider: yunexpress
channels: [YUN-US]
currency: CNY
tz: Asia/Shanghai
versions:
  - from: 2026-01-01
    recorded_at: 2025-12-20
    weight: {unit: kg, step: 0.001, min: 0.05, max: 30}
    volumetric: {unit: cm, divisor: 8000, rule: ratio, at: 2}
    prices: prices.csv
    surcharges:
      - {charge: registration, name: 挂号费, fixed: 18}
      - {charge: fuel, percent: 15.25, of: [freight]}
`,
		"yun/prices.csv": "over,up_to,unit_price\n0,0.5,95\n0.5,30,92.5\n",
	})
	base := map[string]string{"channel": "'YUN-US'", "day": "date '2026-03-02'", "weight": "0.3", "weight_unit": "'kg'"}
	s.parcel("a", base)
	got := s.rate()
	if got["a"] != "50.85: freight 28.5 registration 18 fuel 4.35" {
		t.Fatal(got)
	}
	_ = os.Stdout
}
