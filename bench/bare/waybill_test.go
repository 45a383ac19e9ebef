package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/cli"
	"waybill/pipeline/demo"
	"waybill/pipeline/metric"
)

// The script is written by hand from what the tables mean, so that each of the
// two is the other's oracle: every row and column of what is loaded and of the
// facts, and the counts of the weekly page.
func TestBareAgreesWithWaybill(t *testing.T) {
	p := newPair(t)
	t.Run("intake", func(t *testing.T) { p.with(t).intake() })
	t.Run("facts", func(t *testing.T) { p.with(t).facts() })
	t.Run("weekly", func(t *testing.T) { p.with(t).weekly() })
}

// pair is a workspace over which both ran: bare's tables lie in bare/.
type pair struct {
	*testing.T
	dir string
	db  *sql.DB
}

func newPair(t *testing.T) pair {
	t.Helper()
	script, err := filepath.Abs("../bare.sql")
	if err != nil {
		t.Fatal(err)
	}
	p := pair{T: t, dir: t.TempDir()}
	if _, err := demo.Generate(context.Background(), p.dir, demo.Options{Seed: 11, Shipments: 20000, ExtraDays: 1, Plain: true, NoBills: true}); err != nil {
		t.Fatal(err)
	}
	p.waybill("run", "weekly")
	t.Chdir(p.dir) // restores the folder that bare leaves
	var stderr bytes.Buffer
	if code := run(context.Background(), []string{"-sql", script, "-memory", "1GB", p.dir}, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	if p.db, err = sql.Open("duckdb", ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.db.Close() })
	p.db.SetMaxOpenConns(1) // the zone is a setting of the session
	if _, err := p.db.Exec("set TimeZone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p pair) with(t *testing.T) pair { return pair{t, p.dir, p.db} }

// waybill runs a command of the program in the workspace and gives what it printed.
func (p pair) waybill(args ...string) string {
	p.Helper()
	var out, errs bytes.Buffer
	code := cli.Main(cli.Env{Args: append([]string{"-C", p.dir}, args...), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Getenv: func(string) string { return "" }, Now: func() time.Time { return time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC) },
		Pid: os.Getpid(), Host: "here", Kill: func() {}})
	if code != 0 {
		p.Fatalf("waybill %s: exit %d\n%s%s", strings.Join(args, " "), code, out.String(), errs.String())
	}
	return out.String()
}

// bookkeeping says where a row came from and what an increment reads again; a
// script that does everything at once has none of it.
var bookkeeping = []string{"feed", "load_id", "load_seq", "record_no", "exported_at", "absent", "row_hash", "flags", "source_kind", "source_rank", "tz_source",
	"p_month", "first_event_month", "last_event_month", "shipment_key"}

// tables brings a table of waybill's lake and one of bare's into the session, as
// w and b, without their bookkeeping, and gives the columns of each with their
// types. Columns that hold nothing in waybill's stand apart.
func (p pair) tables(waybill, bare string) (w, b map[string]string, empty []string) {
	p.Helper()
	path := filepath.Join(p.dir, "waybill_"+waybill+".parquet")
	p.waybill("sql", "from "+waybill, "--output", "parquet", "--to", path)
	for name, file := range map[string]string{"w": path, "b": filepath.Join("bare", bare+".parquet")} {
		if _, err := p.db.Exec(fmt.Sprintf("create or replace temp table %s as from '%s'", name, file)); err != nil {
			p.Fatal(err)
		}
	}
	columns := func(table string) map[string]string {
		out := map[string]string{}
		for _, r := range p.rows("select column_name, column_type from (describe " + table + ")") {
			if !slices.Contains(bookkeeping, r[0]) {
				out[r[0]] = r[1]
			}
		}
		return out
	}
	w, b = columns("w"), columns("b")
	for c := range w {
		if p.count("select count("+c+") from w") == 0 {
			empty = append(empty, c)
		}
	}
	slices.Sort(empty)
	return w, b, empty
}

// intake compares what both loaded: the columns that a feed fills, and their rows.
func (p pair) intake() {
	for waybill, bare := range map[string]string{"orders_in": "orders_in", "shipments_in": "shipments_in", "shipment_links_in": "links_in", "tracking_events": "tracking_events"} {
		w, b, empty := p.tables(waybill, bare)
		for _, c := range empty {
			delete(w, c) // no feed of the demo has it
		}
		if diff := cmp.Diff(w, b); diff != "" {
			p.Errorf("%s: columns (-waybill +bare):\n%s", bare, diff)
			continue
		}
		list := strings.Join(sorted(w), ", ")
		for _, side := range [][2]string{{"w", "b"}, {"b", "w"}} {
			rows := p.rows(fmt.Sprintf("select count(*), arg_min(x, cast(x as varchar), 3) from (select distinct %s from %s except select %s from %s) as x", list, side[0], list, side[1]))
			if rows[0][0] != "0" {
				p.Errorf("%s: %s rows are in %s alone, such as %s", bare, rows[0][0], map[string]string{"w": "waybill", "b": "bare"}[side[0]], rows[0][1])
			}
		}
		if n := p.count("select count(*) from b"); n < 5_000 {
			p.Errorf("%s: %d rows prove little", bare, n)
		}
	}
}

// facts compares the tables that have one row per key, column by column.
func (p pair) facts() {
	for _, tc := range []struct {
		table string
		key   []string
		least int      // rows below which the comparison proves little
		empty []string // columns of which the demo's files say nothing
	}{
		{"shipment_facts", []string{"shipment_id"}, 19_000, []string{"address_problem_at", "cost_amount", "cost_currency"}},
		{"order_facts", []string{"platform", "shop_id", "order_id"}, 19_000, nil},
		{"shipment_numbers", []string{"carrier", "number", "role", "shipment_id"}, 30_000, nil},
		{"order_shipments", []string{"platform", "shop_id", "order_id", "shipment_id", "role"}, 19_000, nil},
	} {
		w, b, empty := p.tables(tc.table, tc.table)
		if diff := cmp.Diff(w, b); diff != "" {
			p.Errorf("%s: columns (-waybill +bare):\n%s", tc.table, diff)
			continue
		}
		if diff := cmp.Diff(tc.empty, empty); diff != "" {
			p.Errorf("%s: columns without a value (-want +waybill):\n%s", tc.table, diff)
		}
		if n := p.count("select count(*) from w"); n < tc.least {
			p.Errorf("%s: %d rows prove little", tc.table, n)
		}
		using := strings.Join(tc.key, ", ")
		name := "concat_ws(' ', " + using + ")"
		lone := p.rows(fmt.Sprintf(`select count(*), array_to_string(list(%s || case when w.%s is null then ' in bare alone' else ' in waybill alone' end order by %s)[1:3], '; ')
from w full join b using (%s) where w.%s is null or b.%s is null`, name, tc.key[0], using, using, tc.key[0], tc.key[0]))
		if lone[0][0] != "0" {
			p.Errorf("%s: %s rows have no partner: %s", tc.table, lone[0][0], lone[0][1])
		}
		for _, c := range sorted(w) {
			if slices.Contains(tc.key, c) {
				continue
			}
			differs := fmt.Sprintf("w.%[1]s is distinct from b.%[1]s", c)
			if w[c] == "DOUBLE" {
				differs += fmt.Sprintf(" and not coalesce(abs(w.%[1]s - b.%[1]s) <= 1e-9 * greatest(abs(w.%[1]s), abs(b.%[1]s)), false)", c)
			}
			r := p.rows(fmt.Sprintf(`select count(*), array_to_string(list(%s || ': ' || coalesce(cast(w.%[2]s as varchar), 'nothing') || ', ' || coalesce(cast(b.%[2]s as varchar), 'nothing') order by %[3]s)[1:3], '; ')
from w join b using (%[3]s) where %[4]s`, name, c, using, differs))
			if r[0][0] != "0" {
				p.Errorf("%s.%s differs in %s rows; waybill, bare of %s", tc.table, c, r[0][0], r[0][1])
			}
		}
	}
}

// weekly compares the counts of the weekly page.
func (p pair) weekly() {
	var page metric.Weekly
	if err := json.Unmarshal([]byte(p.waybill("report", "weekly", "--json")), &page); err != nil {
		p.Fatal(err)
	}
	p.series(page)
	to, err := time.Parse(time.DateOnly, page.Week.Start)
	if err != nil {
		p.Fatal(err)
	}
	weeks := fmt.Sprintf("between date '%s' and date '%s'", to.AddDate(0, 0, -12*7).Format(time.DateOnly), to.Format(time.DateOnly))

	want := map[string][]int64{}
	for _, g := range page.Channels {
		if g.Key != "" {
			want["channel "+g.Key] = []int64{g.Due, g.OnTime, g.Transit.N, g.Transit.Open, g.Transit.Negative}
		}
	}
	p.same("channels", want, `select 'channel ' || channel, due, on_time, n, open, negative
from (select channel, sum(due) as due, sum(on_time) as on_time from 'bare/otdr.parquet' where grain = 'channel' and due_week `+weeks+` group by channel)
join (select channel, sum(events + censored) as n, sum(open) as open, sum(negative) as negative from 'bare/transit_bins.parquet' where ship_week `+weeks+` group by channel) using (channel)`, 6)

	p.bins(page.AsOf, weeks)

	want = map[string][]int64{}
	for _, g := range page.States {
		want[g.Key] = []int64{g.Due, g.OnTime}
	}
	p.same("states", want, `select state, sum(due), sum(on_time) from 'bare/otdr.parquet' where grain = 'state' and due_week `+weeks+` group by state`, 10)

	want = map[string][]int64{}
	means := map[string]float64{}
	for _, l := range page.Legs {
		want[l.ID], means[l.ID] = []int64{l.N, l.Missing, l.Negative}, l.Mean
	}
	p.same("legs", want, `select leg, sum(n), sum(missing), sum(negative) from 'bare/legs.parquet' where week `+weeks+` group by leg`, 9)
	for _, r := range p.rows(`select leg, sum(sum_days) / sum(n) from 'bare/legs.parquet' where week ` + weeks + ` group by leg`) {
		if got, err := strconv.ParseFloat(r[1], 64); err != nil || math.Abs(got-means[r[0]]) > 1e-9*means[r[0]] {
			p.Errorf("leg %s: %s days, the page has %v", r[0], r[1], means[r[0]])
		}
	}

	ids := map[string]string{}
	for _, s := range page.Shops {
		ids[s.Name] = s.ID
	}
	want = map[string][]int64{}
	for _, e := range page.Exceptions {
		want[ids[e.Shop]+" "+e.Channel+" "+e.Kind] = []int64{e.N, e.Delivered, e.Open, e.Ended}
	}
	p.same("exceptions", want, `select shop_id || ' ' || channel || ' ' || kind, sum(met), coalesce(sum(met) filter (where outcome = 'delivered'), 0),
  coalesce(sum(met) filter (where outcome = 'open'), 0), coalesce(sum(met) filter (where outcome = 'ended'), 0)
from (unpivot (select * exclude (n) from 'bare/exceptions.parquet') on no_trace, customs_held, bad_address, attempt_failed, long_undelivered, "returning", lost into name kind value met) group by 1`, 42)

	want = map[string][]int64{}
	for _, u := range page.Unmapped {
		want[u.Carrier+" "+u.Code+" "+u.Text] = []int64{u.N}
	}
	p.same("unmapped codes", want, `select concat_ws(' ', carrier, coalesce(code, ''), text), n from 'bare/unmapped.parquet'`, 2)

	v := page.Trust
	p.same("volumes", map[string][]int64{"all": {v.Orders, v.Shipments, v.Events, v.Orphans}}, `select 'all', orders, shipments, events, orphans from 'bare/volumes.parquet'`, 1)
}

// bins compares the input of Kaplan-Meier by bin; the page has its curves alone.
func (p pair) bins(asOf time.Time, weeks string) {
	path := filepath.Join(p.dir, "as_of.parquet")
	p.waybill("sql", "from shipments_as_of", "--output", "parquet", "--to", path)
	waybill := fmt.Sprintf(`select channel, ship_week, (epoch_us(to_at) - epoch_us(from_at)) // 600000000 as bin, count(delivered_at) as events, count(*) - count(delivered_at) as censored
from (select *, coalesce(picked_up_at, first_scan_at) as from_at, coalesce(terminal_at, timestamptz '%s') as to_at from '%[2]s')
where direction = 'outbound' and from_at is not null and ship_week %[3]s group by 1, 2, 3`, asOf.UTC().Format("2006-01-02 15:04:05+00"), path, weeks)
	bare := "select channel, ship_week, bin, events, censored from 'bare/transit_bins.parquet' where ship_week " + weeks
	for _, side := range [][2]string{{waybill, bare}, {bare, waybill}} {
		if r := p.rows("select count(*), arg_min(x, cast(x as varchar), 3) from (" + side[0] + " except " + side[1] + ") as x"); r[0][0] != "0" {
			p.Errorf("%s bins of transit are in one alone, such as %s", r[0][0], r[0][1])
		}
	}
	if n := p.count("select count(*) from (" + bare + ")"); n < 1000 {
		p.Errorf("%d bins of transit prove little", n)
	}
}

// series compares every point of every metric of the page. Its key is the first
// day of the window: a Monday, and of trace completeness that of a month.
func (p pair) series(page metric.Weekly) {
	queries := map[string]string{
		"otdr":               "select shop_id, due_week, on_time, due, open, excluded from 'bare/otdr.parquet' where grain = 'shop'",
		"first_scan":         "select shop_id, week, scanned_in_time, labelled, open, excluded from 'bare/first_scan.parquet'",
		"ldr":                "select shop_id, week, late, dispatched, 0, 0 from 'bare/dispatch.parquet'",
		"unshipped":          "select shop_id, week, unshipped, due, open, excluded from 'bare/unshipped.parquet'",
		"vtr":                "select shop_id, week, valid, shipped, open, 0 from 'bare/valid_tracking.parquet'",
		"sfcr":               "select shop_id, week, seller_fault, confirmed, open, 0 from 'bare/cancellation.parquet'",
		"trace_completeness": "select shop_id, month, sum(complete), sum(traced), sum(open), 0 from 'bare/traces.parquet' group by shop_id, month",
	}
	type counts struct{ Num, Den, Open, Excluded int64 }
	want, got := map[string]counts{}, map[string]counts{}
	points := map[string]int{}
	for _, shop := range page.Shops {
		for _, s := range shop.Series {
			if queries[s.Metric] == "" {
				p.Errorf("bare.sql does not count %s", s.Metric)
			}
			for _, pt := range s.Points {
				excluded := pt.Excluded
				if s.Metric == "trace_completeness" {
					excluded = 0 // the script does not look at the channel that is left out
				}
				want[fmt.Sprintf("%s %s %s", s.Metric, shop.ID, pt.From)] = counts{pt.Num, pt.Den, pt.Open, excluded}
				points[s.Metric]++
			}
		}
	}
	for id, text := range queries {
		if points[id] < 2*12 {
			p.Errorf("%s: the page has %d points", id, points[id])
		}
		for _, r := range p.rows(text) {
			// bare counts older and later windows too
			if key := fmt.Sprintf("%s %s %s", id, r[0], r[1][:len(time.DateOnly)]); want[key] != (counts{}) {
				got[key] = counts{p.number(r[2]), p.number(r[3]), p.number(r[4]), p.number(r[5])}
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("weeks (-waybill +bare):\n%s", diff)
	}
}

// same compares counts by key with the rows of a query, which begin with the key.
func (p pair) same(what string, want map[string][]int64, text string, least int) {
	p.Helper()
	got := map[string][]int64{}
	for _, r := range p.rows(text) {
		for _, n := range r[1:] {
			got[r[0]] = append(got[r[0]], p.number(n))
		}
	}
	if len(want) < least {
		p.Errorf("%s: the page has %d", what, len(want))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("%s (-waybill +bare):\n%s", what, diff)
	}
}

// rows are the rows of a query as texts, empty where null.
func (p pair) rows(text string) [][]string {
	p.Helper()
	rows := query(p.T, p.db, "select cast(columns(*) as varchar) from ("+text+")")
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		p.Fatal(err)
	}
	var out [][]string
	for rows.Next() {
		cells, to := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range cells {
			to[i] = &cells[i]
		}
		scan(p.T, rows, to...)
		row := make([]string, len(names))
		for i, c := range cells {
			row[i] = c.String
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		p.Fatal(err)
	}
	return out
}

func (p pair) count(text string) int {
	p.Helper()
	return int(p.number(p.rows(text)[0][0]))
}

func (p pair) number(text string) int64 {
	p.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		p.Fatal(err)
	}
	return n
}

// sorted are the names of columns in order.
func sorted(columns map[string]string) []string {
	var out []string
	for c := range columns {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}
