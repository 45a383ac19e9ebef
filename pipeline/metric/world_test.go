package metric

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine/duckdb"
	"waybill/pipeline/policy"
)

// world is a session with hand-made facts, real views, real packs.
type world struct {
	t    *testing.T
	e    *duckdb.Engine
	set  contract.Set
	next int
	in   Input
}

// row is column to value; times as text with an offset.
type row map[string]any

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func readPack(t *testing.T, id string) *policy.Pack {
	t.Helper()
	name := "../../data/policies/" + id + ".yaml"
	p, err := policy.ParsePack(name, []byte(readFile(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// newWorld opens a session at an as-of such as "2026-11-16 16:00:00+00".
func newWorld(t *testing.T, asOf string) *world {
	t.Helper()
	return newWorldThreads(t, asOf, 1)
}

func newWorldThreads(t *testing.T, asOf string, threads int) *world {
	t.Helper()
	ctx := context.Background()
	e, err := duckdb.Open(ctx, duckdb.Options{Memory: 512 << 20, Threads: threads, TempDir: t.TempDir(),
		Prelude: []string{readFile(t, "../../queries/prelude/functions.sql")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	w := &world{t: t, e: e}
	if w.set, err = contract.Load(os.DirFS("../../data/schema"), nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"order_facts", "shipment_facts", "order_shipments", "tracking_events", "shipment_numbers"} {
		var cols []string
		for _, c := range w.set[name].Stored() {
			cols = append(cols, c.Name+" "+c.Type)
		}
		w.exec("create table " + name + " (" + strings.Join(cols, ", ") + ")")
	}
	w.exec("create table session (as_of timestamptz)")
	w.exec("create table platform_zones (platform varchar, tz varchar)")
	w.exec("create table zone_days (tz varchar, day date, shift bigint, change_at timestamptz, shift_after bigint)") // empty: the engine converts each row
	w.exec("create table event_codes (system varchar, code varchar, origin integer, abroad integer, elsewhere integer, asks_text boolean)")
	w.exec("create table event_words (word bigint, origin integer, abroad integer, elsewhere integer)")
	w.exec(`create table policy_metrics (platform varchar, pack varchar, revision varchar, metric varchar, grain varchar, cohort varchar, clock varchar,
		numerator varchar, denominator varchar, formula varchar, better varchar, tz varchar, min_n bigint,
		excludes_platform varchar, excludes_express varchar, excludes_sample varchar, excludes_cancelled_in_time varchar, excludes_untracked varchar, excludes_domestic varchar)`)
	w.exec("create table loads (load_id varchar, exported_at timestamptz)")
	w.exec(`create table clocks (pack varchar, clock varchar, order_type varchar, from_at timestamptz, to_at timestamptz, start varchar, n integer,
		add_handling boolean, unit varchar, stop varchar, tz varchar, calendar varchar)`)
	w.exec(`create table decisions (seq bigint, platform varchar, shop_id varchar, order_id varchar, shipment_id varchar, reason varchar, done_at timestamptz, until_at timestamptz, note varchar)`)
	w.in = Input{Workspace: "test", Zone: "America/Los_Angeles", Currency: "USD", Queries: os.DirFS("../../queries"),
		LakeVersion: "v-1", ReportID: "r-1", Waybill: "test"}
	w.asOf(asOf)
	return w
}

func (w *world) exec(q string, args ...any) {
	w.t.Helper()
	if err := w.e.Exec(context.Background(), q, args...); err != nil {
		w.t.Fatalf("%v\n%s", err, q)
	}
}

func (w *world) asOf(s string) {
	w.t.Helper()
	at, err := time.Parse("2006-01-02 15:04:05-07", s)
	if err != nil {
		w.t.Fatal(err)
	}
	w.in.AsOf = at.UTC()
	w.exec("delete from session")
	w.exec("insert into session values (?)", at.UTC())
	for _, v := range []string{"orders_as_of", "shipments_as_of"} {
		text := strings.ReplaceAll(readFile(w.t, "../../queries/views/"+v+".sql"), "{as_of}", "cast('"+s+"' as timestamp with time zone)")
		w.exec("create or replace view " + v + " as " + text)
	}
}

// policy makes a pack apply to a platform.
func (w *world) policy(platform, id string) {
	w.t.Helper()
	p := readPack(w.t, id)
	w.in.Policies = append(w.in.Policies, PlatformPolicy{platform, p})
	w.exec("insert into platform_zones values (?, ?)", platform, p.Zone)
	for _, m := range p.MetricRows() {
		w.exec("insert into policy_metrics values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", platform, m.Pack, m.Revision, m.Metric, m.Grain, m.Cohort, m.Clock,
			m.Numerator, m.Denominator, m.Formula, m.Better, m.TZ, m.MinN, m.ExcludesPlatform, m.ExcludesExpress, m.ExcludesSample, m.ExcludesCancelledInTime, m.ExcludesUntracked, m.ExcludesDomestic)
	}
	for _, c := range p.ClockRows() {
		var from, to any
		if c.FromAt != nil {
			from = *c.FromAt
		}
		if c.ToAt != nil {
			to = *c.ToAt
		}
		w.exec("insert into clocks values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", c.Pack, c.Clock, c.OrderType, from, to, c.Start, c.N, c.AddHandling, c.Unit, c.Stop, c.TZ, c.Calendar)
	}
}

// insert adds n equal rows to a table, with their own keys.
func (w *world) insert(table, key, prefix string, n int, r row) {
	w.t.Helper()
	var names []string
	for c := range r {
		names = append(names, c)
	}
	sort.Strings(names)
	var cols, values []string
	var args []any
	for _, c := range names {
		col := ""
		for _, s := range w.set[table].Stored() {
			if s.Name == c {
				col = s.Type
			}
		}
		if col == "" {
			w.t.Fatalf("%s has no column %s", table, c)
		}
		cols = append(cols, c)
		values = append(values, fmt.Sprintf("cast(? as %s)", col))
		args = append(args, r[c])
	}
	if key != "" {
		cols, values = append(cols, key), append(values, fmt.Sprintf("'%s' || cast(range + %d as varchar)", prefix, w.next))
		w.next += n
	}
	w.exec(fmt.Sprintf("insert into %s (%s) select %s from range(%d)", table, strings.Join(cols, ", "), strings.Join(values, ", "), n), args...)
}

// orders adds n orders of shop-1 on tiktok unless r says otherwise.
func (w *world) orders(n int, r row) {
	w.t.Helper()
	full := row{"platform": "tiktok", "shop_id": "shop-1", "fulfilment": "seller", "order_type": "regular", "state": "CA", "channel": "std", "parcels_all": 1,
		"amount": "10.00", "currency": "USD", "created_at": "2026-11-01 12:00:00+00"}
	for c, v := range r {
		full[c] = v
	}
	w.insert("order_facts", "order_id", "o", n, full)
}

// seen gives a shop an order that was delivered long ago and is in no rate: its
// exports hold deliveries.
func (w *world) seen(shop string) {
	w.t.Helper()
	w.orders(1, row{"shop_id": shop, "fulfilment": "platform", "created_at": "2026-06-01 12:00:00+00", "delivered_at": "2026-06-09 12:00:00+00"})
}

// parcels adds n outbound parcels without orders.
func (w *world) parcels(n int, r row) {
	w.t.Helper()
	full := row{"platform": "tiktok", "shop_id": "shop-1", "direction": "outbound", "role": "outbound", "state": "CA", "channel": "std", "carrier": "LINE",
		"tracking_number": "T1", "scans": 0, "events": 0, "unmapped": 0}
	for c, v := range r {
		full[c] = v
	}
	w.insert("shipment_facts", "shipment_id", "p", n, full)
}

// weeks fills the weeks of all facts from their times, as the models do.
func (w *world) weeks() {
	w.t.Helper()
	w.exec(`update order_facts as o set
		promise_date = local_date(deliver_before_at - interval 1 second, z.tz),
		due_week = week_start(local_date(deliver_before_at - interval 1 second, z.tz)),
		created_week = week_start(local_date(created_at, z.tz)), dispatched_week = week_start(local_date(dispatched_at, z.tz))
		from platform_zones as z where z.platform = o.platform`)
	w.exec(`update shipment_facts as p set ship_week = week_start(local_date(coalesce(picked_up_at, first_scan_at, handed_over_at, label_at), z.tz))
		from platform_zones as z where z.platform = p.platform`)
}

func (w *world) weekly() Weekly {
	w.t.Helper()
	w.weeks()
	got, err := BuildWeekly(context.Background(), w.e, w.in)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// all gives the rows of a query as text, columns joined by a blank.
func (w *world) all(q string) string {
	w.t.Helper()
	w.weeks()
	rows, err := w.e.Query(context.Background(), q)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, q)
	}
	defer rows.Close()
	names, _ := rows.Columns()
	var out []string
	for rows.Next() {
		cells := make([]sql.NullString, len(names))
		dest := make([]any, len(names))
		for i := range cells {
			dest[i] = &cells[i]
		}
		if err := rows.Scan(dest...); err != nil {
			w.t.Fatal(err)
		}
		var line []string
		for _, c := range cells {
			if !c.Valid {
				c.String = "-"
			}
			line = append(line, c.String)
		}
		out = append(out, strings.Join(line, " "))
	}
	return strings.Join(out, "\n")
}

// cell runs a cell query and gives some of its columns, the days of a week
// summed up.
func (w *world) cell(name, columns string) string {
	w.t.Helper()
	text := w.text(name)
	if strings.Contains(text, "week, day, channel, state\n") {
		text = `select platform, shop_id, week, channel, state, metric, cast(sum(columns(* exclude (metric, platform, shop_id, week, day, channel, state))) as bigint)
			from (` + text + `
			) as daily group by all`
	}
	return w.all("select " + columns + " from (" + text + "\n) as cell order by all")
}

// text of a cell query.
func (w *world) text(name string) string {
	w.t.Helper()
	text, err := tables{queries: os.DirFS("../../queries")}.cell("queries/cells/" + name + ".sql")
	if err != nil {
		w.t.Fatal(err)
	}
	query, _ := boundsQuery(nil)
	return strings.Replace(text, stayBounds, query, 1)
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}
