package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/demo"
)

// The script is the second opinion on the demo's truth, by other means: SQL
// over the written files against what the simulation knows.
func TestBareAgreesWithTruth(t *testing.T) {
	for _, extra := range []int{0, 1} {
		t.Run(fmt.Sprintf("extra_days_%d", extra), func(t *testing.T) { compare(t, extra) })
	}
}

func compare(t *testing.T, extra int) {
	script, err := filepath.Abs("../bare.sql")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	truth, err := demo.Generate(context.Background(), dir, demo.Options{Seed: 11, Shipments: 20000, ExtraDays: extra, Plain: true, NoBills: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir) // restores the folder that bare leaves
	var stderr bytes.Buffer
	if code := run(context.Background(), []string{"-sql", script, "-memory", "1GB", dir}, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()

	var weeks []demo.DueWeek
	rows := query(t, db, `select shop_id, strftime(due_week, '%Y-%m-%d'), due, on_time, due - on_time - open, open, excluded
		from 'bare/otdr.parquet' where grain = 'shop' order by 1, 2`)
	for rows.Next() {
		var w demo.DueWeek
		scan(t, rows, &w.Shop, &w.Week, &w.Due, &w.OnTime, &w.Late, &w.Open, &w.Excluded)
		weeks = append(weeks, w)
	}
	if diff := cmp.Diff(truth.DueWeeks, weeks); diff != "" {
		t.Errorf("due weeks (-truth +bare):\n%s", diff)
	}

	var orders, shipments, events, orphans int64
	one := query(t, db, `select (select count(*) from 'bare/order_facts.parquet'), (select count(*) from 'bare/shipment_facts.parquet'),
		(select count(*) from 'bare/tracking_events.parquet'),
		(select count(*) from 'bare/tracking_events.parquet') - (select sum(events)::bigint from 'bare/shipment_facts.parquet')`)
	one.Next()
	scan(t, one, &orders, &shipments, &events, &orphans)
	one.Close()
	if orders != truth.Orders || shipments != truth.Shipments || events != truth.Events || orphans != truth.Orphans {
		t.Errorf("orders %d, shipments %d, scans %d, orphans %d; truth has %d, %d, %d, %d",
			orders, shipments, events, orphans, truth.Orders, truth.Shipments, truth.Events, truth.Orphans)
	}

	type key struct{ channel, week string }
	type cohort struct {
		n, open int64
		hours   []float64
	}
	got := map[key]*cohort{}
	rows = query(t, db, `select channel, strftime(ship_week, '%Y-%m-%d'), terminal is null, transit_hours from 'bare/shipment_facts.parquet'
		where picked_up_at is not null and direction = 'outbound' order by transit_hours`)
	for rows.Next() {
		var k key
		var open bool
		var hours sql.NullFloat64
		scan(t, rows, &k.channel, &k.week, &open, &hours)
		c := got[k]
		if c == nil {
			c = &cohort{}
			got[k] = c
		}
		c.n++
		if open {
			c.open++
		}
		if hours.Valid {
			c.hours = append(c.hours, hours.Float64)
		}
	}
	resolved := 0
	for _, want := range truth.Transit {
		c := got[key{want.Channel, want.Week}]
		if c == nil {
			c = &cohort{}
		}
		if c.n != want.N || c.open != want.Open {
			t.Errorf("%s %s: n %d, open %d, want %d, %d", want.Channel, want.Week, c.n, c.open, want.N, want.Open)
			continue
		}
		if want.DeliveredMedian != nil {
			resolved++
			rank := (len(c.hours) + 1) / 2
			if math.Abs(c.hours[rank-1]-*want.DeliveredMedian) > 3 { // an echo of the line may stand for a late scan
				t.Errorf("%s %s: median %.3f h, want %.3f h", want.Channel, want.Week, c.hours[rank-1], *want.DeliveredMedian)
			}
		}
	}
	if len(got) != len(truth.Transit) || resolved < 50 {
		t.Errorf("%d cohorts, truth has %d; %d without open parcels", len(got), len(truth.Transit), resolved)
	}

	for _, u := range truth.Unmapped {
		r := query(t, db, fmt.Sprintf("select count(*) from 'bare/tracking_events.parquet' where carrier = '%s' and code = '%s'", u.Carrier, u.Code))
		var n int64
		r.Next()
		scan(t, r, &n)
		r.Close()
		if n != u.N {
			t.Errorf("%s %s: %d scans, truth has %d", u.Carrier, u.Code, n, u.N)
		}
	}
	var asOf time.Time
	r := query(t, db, "select max(exported_at) from 'bare/orders_in.parquet'")
	r.Next()
	scan(t, r, &asOf)
	r.Close()
	if !asOf.Equal(truth.AsOf) {
		t.Errorf("as of %s, truth has %s", asOf, truth.AsOf)
	}
}

func query(t *testing.T, db *sql.DB, text string) *sql.Rows {
	t.Helper()
	rows, err := db.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func scan(t *testing.T, rows *sql.Rows, to ...any) {
	t.Helper()
	if err := rows.Scan(to...); err != nil {
		t.Fatal(err)
	}
}

func TestSplit(t *testing.T) {
	got := split("select ';'; -- a; b\nselect \"a;b\", 'it''s; fine' /* c; d */;\n-- only a comment\n")
	want := []string{"select ';'", "-- a; b\nselect \"a;b\", 'it''s; fine' /* c; d */"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
