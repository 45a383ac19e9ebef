package metric

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/pipeline/policy"
)

func stampAt(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05+00") }

// Amazon's own example: of 130 orders 30 are promised in the last seven days,
// which do not count yet.
func TestShiftedWindow(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("amazon", "amazon_us")
	sold := row{"platform": "amazon", "created_at": "2026-10-20 00:00:00+00", "tracking_uploaded_at": "2026-10-21 00:00:00+00"}
	add := func(n int, before, delivered string) {
		o := row{"deliver_before_at": before}
		for c, v := range sold {
			o[c] = v
		}
		if delivered != "" {
			o["delivered_at"] = delivered
		}
		w.orders(n, o)
	}
	add(60, "2026-10-27 07:00:00+00", "2026-10-26 00:00:00+00") // promised on the window's first day
	add(28, "2026-11-09 08:00:00+00", "2026-11-09 07:59:59+00") // and on its last
	add(12, "2026-11-05 08:00:00+00", "2026-11-06 00:00:00+00")
	add(20, "2026-11-09 08:00:01+00", "2026-11-09 00:00:00+00") // the last seven days
	add(10, "2026-11-16 08:00:00+00", "")
	add(5, "2026-10-26 07:00:00+00", "2026-10-25 00:00:00+00")                                                                                      // the day before the window
	w.orders(7, row{"platform": "amazon", "parcels_all": 0, "created_at": "2026-10-20 00:00:00+00", "deliver_before_at": "2026-11-05 08:00:00+00"}) // untracked
	got := w.weekly()
	p := point(t, got, "shop-1", "otdr_14", "2026-11-09")
	same(t, "OTDR", brief(p), "closed 88/100 open 0 out 7 unknown 0 target 0.90 met no")
	same(t, "window", p.From+" "+p.To+" "+p.Op+" "+p.Recommended, "2026-10-26 2026-11-08 >= 0.95")
	p = point(t, got, "shop-1", "otdr_14", "2026-11-02")
	same(t, "a week before", brief(p)+" "+p.To, "closed 65/65 open 0 out 0 unknown 0 target 0.90 met yes 2026-11-01")
	// a week later the 30 count
	w.asOf("2026-11-23 08:00:00+00")
	w.in.Week = "2026-W47"
	same(t, "a week later", brief(point(t, w.weekly(), "shop-1", "otdr_14", "2026-11-16")), "closed 48/70 open 0 out 7 unknown 0 target 0.90 met no")
}

// Late shipment at ten and at thirty days is one formula, which is read once.
func TestTwoWindowsOfOneFormula(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("amazon", "amazon_us")
	for day := range 30 {
		before := time.Date(2026, 10, 18, 8, 0, 0, 0, time.UTC).AddDate(0, 0, day) // due on 17 October to 15 November
		if before.Before(time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)) {
			before = before.Add(-time.Hour) // summer time
		}
		o := row{"platform": "amazon", "created_at": "2026-10-10 00:00:00+00", "dispatch_before_at": stampAt(before), "dispatched_at": stampAt(before.Add(-time.Hour))}
		w.orders(9, o)
		if day%3 == 0 {
			o["dispatched_at"] = stampAt(before)
		}
		w.orders(1, o)
	}
	w.orders(1, row{"platform": "amazon", "created_at": "2026-10-10 00:00:00+00", "dispatch_before_at": "2026-11-16 08:00:00+00"}) // passed at this instant
	w.weeks()
	count := &counting{Querier: w.e, reads: map[string]int{}}
	got, err := BuildWeekly(context.Background(), count, w.in)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "LSR 10", brief(point(t, got, "shop-1", "lsr_10", "2026-11-09")), "closed 4/101 open 0 out 0 unknown 0 target 0.04 met yes")
	same(t, "LSR 30", brief(point(t, got, "shop-1", "lsr_30", "2026-11-09")), "closed 11/301 open 0 out 0 unknown 0 target 0.04 met yes")
	if s := series(t, got, "shop-1", "lsr_30"); s.Window != "rolling_days" || s.Points[0].Week.ID != "2026-W42" || s.Points[4].From != "2026-10-17" {
		t.Errorf("%+v", s)
	}
	if n := count.reads["orders_to_dispatch"]; n != 1 {
		t.Errorf("orders_to_dispatch was read %d times", n)
	}
}

// counting counts the statements that hold a cell query. They may come side by side.
type counting struct {
	Querier
	mu    sync.Mutex
	reads map[string]int
}

func (c *counting) Query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	if _, rest, ok := strings.Cut(q, "-- name: "); ok {
		name, _, _ := strings.Cut(rest, "\n")
		c.mu.Lock()
		c.reads[name]++
		c.mu.Unlock()
	}
	return c.Querier.Query(ctx, q, args...)
}

// tracedAll is a parcel with all seven nodes.
func tracedAll(delivered string) row {
	r := row{"handed_over_at": "2026-10-02 00:00:00+00", "first_scan_at": "2026-10-02 00:00:00+00"}
	for i, c := range []string{"picked_up_at", "export_customs_at", "departed_at", "arrived_at", "import_customs_at", "last_mile_at"} {
		r[c] = fmt.Sprintf("2026-10-%02d 00:00:00+00", 2+i)
	}
	if delivered != "" {
		r["delivered_at"] = delivered
	}
	return r
}

func (r row) with(more row) row {
	out := row{}
	for c, v := range r {
		out[c] = v
	}
	for c, v := range more {
		if out[c] = v; v == nil {
			delete(out, c)
		}
	}
	return out
}

func TestParcelsTraced(t *testing.T) {
	fill := func(w *world) {
		w.parcels(5, tracedAll("2026-10-20 12:00:00+00"))
		w.parcels(2, tracedAll("2026-10-20 12:00:00+00").with(row{"export_customs_at": nil}))
		w.parcels(1, tracedAll("2026-11-02 12:00:00+00").with(row{"deliver_before_at": "2026-10-30 07:00:00+00"}))                                        // late: asked for on the 29th
		w.parcels(3, tracedAll("").with(row{"deliver_before_at": "2026-10-30 07:00:00+00", "last_mile_at": nil}))                                         // past its SLA
		w.parcels(1, tracedAll("").with(row{"deliver_before_at": "2026-10-30 07:00:00+00", "terminal": "lost", "terminal_at": "2026-10-29 00:00:00+00"})) // ended
		w.parcels(1, tracedAll("").with(row{"deliver_before_at": "2026-11-20 08:00:00+00"}))                                                              // not due yet
		w.parcels(1, tracedAll(""))                                                                                                                       // without a deadline
		w.parcels(1, tracedAll("2026-11-17 00:00:00+00"))                                                                                                 // delivered after the as-of, without a deadline
		w.parcels(1, tracedAll("2026-10-20 12:00:00+00").with(row{"fulfilment": "platform"}))
		w.parcels(1, tracedAll("2026-10-20 12:00:00+00").with(row{"direction": "return"}))
		w.parcels(4, row{"channel": "warehouse", "picked_up_at": "2026-10-18 00:00:00+00", "first_scan_at": "2026-10-18 00:00:00+00", "handed_over_at": "2026-10-18 00:00:00+00",
			"last_mile_at": "2026-10-19 00:00:00+00", "delivered_at": "2026-10-20 12:00:00+00"})
		w.parcels(1, row{"label_at": "2026-10-18 00:00:00+00"}) // never shipped
	}
	for _, c := range []struct{ cohort, want string }{
		{"delivered_or_past_sla", "2026-10-20 5 7 0 5 0 2 0 0\n2026-10-29 1 5 3 0 0 0 3 4\n- 0 0 0 0 2 0 0 0"},
		{"delivered", "2026-10-20 5 7 0 5 0 2 0 0\n2026-11-02 1 1 0 0 0 0 0 0\n- 0 0 0 0 0 0 0 0"},
		{"shipped", "2026-10-01 6 15 6 1 0 2 3 7\n2026-10-17 0 0 0 4 0 0 0 0"},
	} {
		w := newWorld(t, monday16)
		w.policy("tiktok", "tiktok_us")
		w.exec("update policy_metrics set cohort = ? where metric = 'trace_completeness'", c.cohort)
		fill(w)
		same(t, c.cohort, w.all("select cast(day as varchar), "+sumsOf("complete", "traced", "open", "excluded", "unknown", "lacks_export_cleared", "lacks_last_mile", "lacks_delivered")+
			" from ("+w.text("parcels_traced")+"\n) as cell where metric = 'trace_completeness' group by day order by day"), c.want)
	}
	// without the exclusion the warehouse's parcels count, and lack the border
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.exec("update policy_metrics set excludes_domestic = ''")
	fill(w)
	same(t, "no exclusion", w.all("select "+sumsOf("traced", "excluded", "lacks_departed")+" from ("+w.text("parcels_traced")+"\n) as cell where day = date '2026-10-20'"), "11 1 4")
}

func sumsOf(columns ...string) string {
	for i, c := range columns {
		columns[i] = sumOf(c)
	}
	return strings.Join(columns, ", ")
}

// The verdict is of the last whole month, and says which node is missing where.
func TestTraceCompleteness(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	mid := "2026-10-20 12:00:00+00"
	w.parcels(60, tracedAll(mid))
	w.parcels(26, tracedAll(mid).with(row{"channel": "4PX-std"}))
	w.parcels(9, tracedAll(mid).with(row{"channel": "4PX-std", "export_customs_at": nil}))
	w.parcels(3, tracedAll(mid).with(row{"export_customs_at": nil}))
	w.parcels(2, tracedAll(mid).with(row{"departed_at": nil}))
	w.parcels(8, tracedAll("2026-11-10 00:00:00+00").with(row{"arrived_at": nil})) // this month
	w.in.Week = "2026-W46"
	got := w.weekly()
	p := point(t, got, "shop-1", "trace_completeness", "2026-11-09")
	same(t, "October", brief(p)+" "+p.From+" "+p.To, "closed 86/100 open 0 out 0 unknown 0 target 0.90 met no 2026-10-01 2026-10-31")
	want := []Gap{{"export_cleared", 12, 100, "4PX-std", 9, 35}, {"departed", 2, 100, "std", 2, 65}}
	s := series(t, got, "shop-1", "trace_completeness")
	if !reflect.DeepEqual(s.Gaps, want) {
		t.Errorf("gaps %+v", s.Gaps)
	}
	if v := got.Shops[0].Verdict; v.State != "fail" || !reflect.DeepEqual(v.Failed, []string{"trace_completeness"}) {
		t.Errorf("%+v", v)
	}
	// November is not over: one point, in the week that ends it
	last := s.Points[len(s.Points)-1]
	same(t, "November", fmt.Sprint(last.Week.ID, " ", brief(last), " ", last.From), "2026-W49 open 0/8 open 0 out 0 unknown 0 target 0.90 met  2026-11-01")
	same(t, "points", fmt.Sprint(len(s.Points), " ", s.Points[0].Week.ID, " ", s.Window), "4 2026-W44 month")
}

// A month is judged when each of its days is over and covered.
func TestMonthWaitsForItsLastDay(t *testing.T) {
	w := newWorld(t, "2026-06-01 06:59:59+00") // 31 May is a Sunday and ends at 07:00 UTC
	w.policy("tiktok", "tiktok_us")
	r := tracedAll("2026-05-31 12:00:00+00")
	for c, at := range r {
		r[c] = strings.Replace(at.(string), "2026-10-", "2026-05-", 1)
	}
	w.parcels(10, r)
	w.in.Week = "2026-W22"
	same(t, "a second before", string(point(t, w.weekly(), "shop-1", "trace_completeness", "2026-05-25").Week.State), "open")
	w.asOf("2026-06-01 07:00:00+00")
	same(t, "over", brief(point(t, w.weekly(), "shop-1", "trace_completeness", "2026-05-25")), "closed 10/10 open 0 out 0 unknown 0 target 0.90 met yes")
	w.in.CoveredTo = w.in.AsOf.Add(-time.Minute)
	same(t, "not covered", string(point(t, w.weekly(), "shop-1", "trace_completeness", "2026-05-25").Week.State), "incomplete")
}

func TestOrdersToDispatch(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	due := "2026-11-12 08:00:00+00" // the 11th
	w.orders(4, row{"dispatch_before_at": due, "dispatched_at": "2026-11-12 07:59:59+00"})
	w.orders(2, row{"dispatch_before_at": due, "dispatched_at": due})
	w.orders(3, row{"dispatch_before_at": due})
	w.orders(1, row{"dispatch_before_at": due, "cancelled_at": "2026-11-11 00:00:00+00"})                       // out: in time
	w.orders(1, row{"dispatch_before_at": due, "cancelled_at": "2026-11-13 00:00:00+00"})                       // in, and nothing to ship
	w.orders(1, row{"dispatch_before_at": due, "dispatched_at": "2026-11-17 00:00:00+00"})                      // after the as-of
	w.orders(1, row{"dispatch_before_at": due, "fulfilment": "platform"})                                       // out
	w.orders(2, row{"dispatch_before_at": "2026-11-17 08:00:00+00"})                                            // to come
	w.orders(1, row{"dispatch_before_at": "2026-11-16 08:00:00+00", "dispatched_at": "2026-11-10 00:00:00+00"}) // Sunday's
	w.orders(1, row{})
	same(t, "orders_to_dispatch", w.all("select cast(day as varchar), in_time, late, unshipped, due, \"open\", excluded, unknown from ("+w.text("orders_to_dispatch")+"\n) as cell order by day"), ""+
		"2026-11-11 4 6 4 11 0 2 0\n2026-11-15 1 0 0 1 0 0 0\n2026-11-16 0 0 0 2 2 0 0\n- 0 0 0 0 0 0 1")
}

func TestOrdersPacked(t *testing.T) {
	w := newWorld(t, "2026-07-06 00:00:00+00")
	w.policy("shop", "tiktok_sea")
	created := "2026-07-01 20:00:00+00" // 2 July in Bangkok
	o := row{"platform": "shop", "created_at": created}
	w.orders(3, o.with(row{"tracking_uploaded_at": "2026-07-03 19:59:59+00"}))
	w.orders(2, o.with(row{"tracking_uploaded_at": "2026-07-03 20:00:00+00"}))
	w.orders(1, o.with(row{"handed_over_at": "2026-07-02 00:00:00+00"}))
	w.orders(1, o)
	w.orders(1, o.with(row{"cancelled_at": "2026-07-02 00:00:00+00"}))           // out
	w.orders(2, o.with(row{"created_at": "2026-07-04 20:00:00+00"}))             // open
	w.orders(1, row{"platform": "shop", "created_at": "2026-06-17 16:59:59+00"}) // before the rule
	same(t, "orders_packed", w.all("select cast(day as varchar), packed_in_time, placed, \"open\", excluded, unknown from ("+w.text("orders_packed")+"\n) as cell order by day"), ""+
		"2026-06-17 0 0 0 0 1\n2026-07-02 4 7 0 1 0\n2026-07-05 0 2 2 0 0")
	got := w.weekly()
	same(t, "shown", brief(point(t, got, "shop-1", "pack_48h", "2026-06-29")), "open 4/9 open 2 out 1 unknown 0 target  met ")
}

func TestParcelsPromised(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("amazon", "amazon_us")
	p := row{"platform": "amazon", "first_scan_at": "2026-11-01 00:00:00+00", "handed_over_at": "2026-11-01 00:00:00+00", "deliver_before_at": "2026-11-11 08:00:00+00", "scans": 3}
	w.parcels(4, p)
	w.parcels(1, p.with(row{"scans": 1})) // may still be scanned
	w.parcels(1, p.with(row{"scans": 1, "delivered_at": "2026-11-09 00:00:00+00"}))
	w.parcels(1, p.with(row{"fulfilment": "platform"}))
	w.parcels(1, p.with(row{"deliver_before_at": nil}))
	same(t, "parcels_promised", w.all("select cast(day as varchar), valid, shipped, \"open\", excluded, unknown from ("+w.text("parcels_promised")+"\n) as cell where metric = 'vtr_7' order by day"),
		"2026-11-10 4 6 1 1 0\n- 0 0 0 0 1")
	w.in.Week = "2026-W46"
	got := w.weekly()
	same(t, "vtr_7", brief(point(t, got, "shop-1", "vtr_7", "2026-11-09")), "open 4/6 open 1 out 1 unknown 0 target 0.95 met ")
	w.asOf("2026-11-30 08:00:00+00")
	same(t, "after the lag", brief(point(t, w.weekly(), "shop-1", "vtr_7", "2026-11-09")), "closed 4/6 open 1 out 1 unknown 0 target 0.95 met few")
}

func TestCancelledBeforeDispatch(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("amazon", "amazon_us")
	o := row{"platform": "amazon", "created_at": "2026-11-10 00:00:00+00"}
	w.orders(35, o)
	w.orders(1, o.with(row{"cancelled_at": "2026-11-11 00:00:00+00", "cancel_fault": "seller"}))
	w.orders(1, o.with(row{"cancelled_at": "2026-11-13 00:00:00+00", "cancel_fault": "seller", "dispatched_at": "2026-11-12 00:00:00+00", "handed_over_at": "2026-11-12 00:00:00+00"}))
	w.orders(3, o.with(row{"cancelled_at": "2026-11-11 00:00:00+00", "cancel_fault": "buyer"}))
	same(t, "cancel_7", brief(point(t, w.weekly(), "shop-1", "cancel_7", "2026-11-09")), "closed 1/40 open 35 out 0 unknown 0 target 0.025 met no")
}

// A pack that leaves out what its query does not know is refused.
func TestUnknownExclusion(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	p := *w.in.Policies[0].Pack
	p.Metrics = append([]policy.Metric(nil), p.Metrics...)
	p.Metrics[0].Exclusions = append([]policy.Exclusion{{What: "domestic_channel", From: "both"}}, p.Metrics[0].Exclusions...)
	w.in.Policies[0].Pack = &p
	_, err := BuildWeekly(context.Background(), w.e, w.in)
	want := "pack tiktok_us: metric otdr leaves out domestic_channel from both, which queries/cells/orders_due.sql cannot; try: another formula"
	if fmt.Sprint(err) != want {
		t.Errorf("says %v", err)
	}
}

// Each row of a rate cell has its day in its week, and the same day whether a
// zone's offsets are tabled or asked of the engine.
func TestDaysOfCells(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.policy("amazon", "amazon_us")
	w.policy("shop", "tiktok_sea")
	begin := time.Date(2026, 10, 30, 3, 30, 0, 0, time.UTC)
	for i := range 40 { // over the end of summer time on 1 November, 09:00 UTC
		at := func(hours int) string { return stampAt(begin.Add(time.Duration(i*3+hours) * time.Hour)) }
		for _, platform := range []string{"tiktok", "amazon", "shop"} {
			w.orders(1, row{"platform": platform, "created_at": at(0), "dispatch_before_at": at(30), "dispatched_at": at(20 + i%20), "deliver_before_at": at(200)})
			w.parcels(1, tracedAll(at(100)).with(row{"platform": platform, "label_at": at(0), "picked_up_at": at(20), "first_scan_at": at(20), "handed_over_at": at(20), "deliver_before_at": at(150)}))
		}
	}
	files, err := filepath.Glob("../../queries/cells/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	daily := 0
	read := func() {
		daily = 0
		for _, f := range files {
			name := strings.TrimSuffix(filepath.Base(f), ".sql")
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), "week, day, channel, state") {
				continue
			}
			daily++
			same(t, name, w.all("select count(*) from ("+w.text(name)+"\n) as cell where week is distinct from week_start(day)"), "0")
			rows := w.all("select cast(cell as varchar) as line from (" + w.text(name) + "\n) as cell order by line")
			if rows == "" {
				t.Errorf("%s is empty", name)
			}
			if before, ok := shown[name]; ok {
				same(t, name+" by table", rows, before)
			}
			shown[name] = rows
		}
	}
	read()
	w.exec(`insert into zone_days select 'America/Los_Angeles', cast(d as date), case when d < timestamp '2026-11-02' then -25200 else -28800 end,
		case when cast(d as date) = date '2026-11-01' then timestamptz '2026-11-01 09:00:00+00' end, case when cast(d as date) = date '2026-11-01' then -28800 end
		from unnest(generate_series(timestamp '2026-10-01', timestamp '2026-11-30', interval 1 day)) as g (d)`)
	w.exec(`insert into zone_days select 'Asia/Bangkok', day, 25200, null, null from zone_days`)
	read()
	if daily != 9 {
		t.Errorf("%d cells have days", daily)
	}
}
