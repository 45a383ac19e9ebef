package metric

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"waybill/pipeline/policy"
)

var update = flag.Bool("update", false, "rewrite testdata/weekly.golden.json")

func point(t *testing.T, w Weekly, shop, metric, start string) Point {
	t.Helper()
	for _, s := range w.Shops {
		for _, series := range s.Series {
			for _, p := range series.Points {
				if s.ID == shop && series.Metric == metric && p.Week.Start == start {
					return p
				}
			}
		}
	}
	t.Fatalf("%s of %s has no point of %s", metric, shop, start)
	return Point{}
}

func brief(p Point) string {
	met := p.Met
	if p.Few {
		met += "few"
	}
	return fmt.Sprintf("%s %d/%d open %d out %d unknown %d target %s met %s", p.Week.State, p.Num, p.Den, p.Open, p.Excluded, p.Unknown, p.Target, met)
}

func series(t *testing.T, w Weekly, shop, metric string) Series {
	t.Helper()
	for _, s := range w.Shops {
		for _, series := range s.Series {
			if s.ID == shop && series.Metric == metric {
				return series
			}
		}
	}
	t.Fatalf("no series %s of %s", metric, shop)
	return Series{}
}

// The platform's own examples: 88 of 100 is on time, 25 of 200 is 12.5 % late.
func TestPlatformExamples(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	due, mid := "2026-11-13 08:00:00+00", "2026-11-11 00:00:00+00"
	w.orders(88, row{"deliver_before_at": due, "delivered_at": mid})
	w.orders(7, row{"deliver_before_at": due, "delivered_at": "2026-11-14 00:00:00+00"})
	w.orders(5, row{"deliver_before_at": due})
	w.orders(175, row{"shop_id": "shop-2", "dispatched_at": mid, "handed_over_at": mid, "dispatch_before_at": "2026-11-12 08:00:00+00"})
	w.orders(25, row{"shop_id": "shop-2", "dispatched_at": mid, "handed_over_at": mid, "dispatch_before_at": "2026-11-10 08:00:00+00"})
	got := w.weekly()
	same(t, "OTDR", brief(point(t, got, "shop-1", "otdr", "2026-11-09")), "closed 88/100 open 0 out 0 unknown 0 target 0.80 met yes")
	same(t, "LDR", brief(point(t, got, "shop-2", "ldr", "2026-11-09")), "closed 25/200 open 0 out 0 unknown 0 target 0.10 met no")
	if r := point(t, got, "shop-2", "ldr", "2026-11-09").Recommended; r != "0.04" {
		t.Errorf("recommended LDR %q", r)
	}
	if got.Week != (Week{"2026-W46", "2026-11-09", "2026-11-15", Closed}) {
		t.Errorf("week %+v", got.Week)
	}
	if v := got.Shops[0].Verdict; v.State != "pass" || len(v.Failed) != 0 {
		t.Errorf("shop-1: %+v", v)
	}
	if v := got.Shops[1].Verdict; v.State != "fail" || !reflect.DeepEqual(v.Failed, []string{"ldr"}) {
		t.Errorf("shop-2: %+v", v)
	}
	g := got.Channels[0]
	if g.Key != "std" || g.Due != 100 || g.OnTime != 88 || g.Small || g.Low < 0.80 || g.Low > 0.81 || g.High < 0.92 || g.High > 0.94 {
		t.Errorf("channel %+v", g)
	}
	if len(got.States) != 1 || got.States[0].Key != "CA" {
		t.Errorf("states %+v", got.States)
	}
}

// 80 of 100 meets 0.80, 79 does not; 799,999 of a million would round to it.
func TestExactTargets(t *testing.T) {
	target := policy.Target{Op: ">=", Value: "0.80"}
	for _, c := range []struct {
		n    tally
		want string
	}{
		{tally{num: 80, den: 100}, "yes"}, {tally{num: 79, den: 100}, "no"}, {tally{num: 799_999, den: 1_000_000}, "no"},
		{tally{num: 80, den: 99, unknown: 1}, "yes"}, {tally{num: 80, den: 100, unknown: 1}, ""}, {tally{num: 70, den: 99, unknown: 1}, "no"},
	} {
		if got := met(c.n, target); got != c.want {
			t.Errorf("%+v: %q, want %q", c.n, got, c.want)
		}
	}
}

func TestWeekBoundaries(t *testing.T) {
	la, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ asOf, week string }{
		{"2026-11-16T07:59:59Z", "2026-11-02"}, {"2026-11-16T08:00:00Z", "2026-11-09"}, {"2026-11-22T23:00:00Z", "2026-11-09"},
		{"2026-11-02T07:59:59Z", "2026-10-19"}, {"2026-11-02T08:00:00Z", "2026-10-26"}, // clocks went back on the Sunday
		{"2026-03-09T06:59:59Z", "2026-02-23"}, {"2026-03-09T07:00:00Z", "2026-03-02"}, // forward on the Sunday
		{"2027-01-04T08:00:00Z", "2026-12-28"},
	} {
		at, err := time.Parse(time.RFC3339, c.asOf)
		if err != nil {
			t.Fatal(err)
		}
		d := newCalendar(Input{AsOf: at}).lastClosed(la)
		same(t, c.asOf, d.String(), c.week)
		if s := newCalendar(Input{AsOf: at}).state(d+week, la); s != Open {
			t.Errorf("%s: the week after is %s", c.asOf, s)
		}
	}
	for in, want := range map[string]string{"2026-W46": "2026-11-09", "2026-11-09": "2026-11-09", "2026-W53": "2026-12-28", "2027-W53": "", "2026-11-10": "", "soon": ""} {
		d, err := parseWeek(in)
		if (err == nil) != (want != "") || err == nil && d.String() != want {
			t.Errorf("week %q: %v, %v", in, d, err)
		}
	}
}

// Through the SQL: a delivery in the last second of a DST Sunday is in its week.
func TestDaylightSaving(t *testing.T) {
	w := newWorld(t, "2026-03-09 07:00:00+00")
	w.policy("tiktok", "tiktok_us")
	w.orders(2, row{"created_at": "2026-03-01 12:00:00+00", "deliver_before_at": "2026-03-09 07:00:00+00", "delivered_at": "2026-03-09 06:59:59+00"})
	w.orders(1, row{"created_at": "2026-03-01 12:00:00+00", "deliver_before_at": "2026-03-09 07:00:00+00"})
	w.orders(1, row{"created_at": "2026-03-01 12:00:00+00", "deliver_before_at": "2026-03-10 07:00:00+00"})
	got := w.weekly()
	same(t, "week", got.Week.Start, "2026-03-02")
	same(t, "closed", brief(point(t, got, "shop-1", "otdr", "2026-03-02")), "closed 2/3 open 0 out 0 unknown 0 target 0.80 met few")
	same(t, "open", brief(point(t, got, "shop-1", "otdr", "2026-03-09")), "open 0/1 open 1 out 0 unknown 0 target 0.80 met ")
	w.asOf("2026-03-09 06:59:59+00")
	same(t, "last closed a second before", w.weekly().Week.Start, "2026-02-23")
	w.in.Week = "2026-W10"
	got = w.weekly()
	same(t, "a second before", string(got.Week.State)+" "+got.Week.Start, "open 2026-03-02")
	same(t, "verdict", fmt.Sprint(got.Shops[0].Verdict), "{none [] open [otdr] []}")
}

// A feed that does not reach a week's end takes its verdict away.
func TestIncompleteWeek(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.orders(90, row{"deliver_before_at": "2026-11-06 08:00:00+00", "delivered_at": "2026-11-05 00:00:00+00"})
	w.orders(9, row{"deliver_before_at": "2026-11-13 08:00:00+00"})
	w.in.CoveredTo = w.in.AsOf.Add(-time.Hour)
	got := w.weekly()
	same(t, "week", got.Week.Start, "2026-11-02")
	same(t, "the week after", brief(point(t, got, "shop-1", "otdr", "2026-11-09")), "incomplete 0/9 open 0 out 0 unknown 0 target 0.80 met ")
	w.in.Week = "2026-W46"
	got = w.weekly()
	same(t, "asked for", fmt.Sprint(got.Week.State, " ", got.Shops[0].Verdict), "incomplete {none [] incomplete [otdr] []}")
}

// LDR: 4 % is enforced until the Monday 2026-03-02, 10 % from then on.
func TestTargetSwitchesOnMonday(t *testing.T) {
	w := newWorld(t, "2026-03-09 07:00:00+00")
	w.policy("tiktok", "tiktok_us")
	for _, at := range []string{"2026-03-02 07:59:59+00", "2026-03-02 08:00:00+00"} { // Sunday night, Monday in Los Angeles
		w.orders(95, row{"created_at": "2026-02-25 12:00:00+00", "dispatched_at": at, "handed_over_at": at, "dispatch_before_at": "2026-03-04 08:00:00+00"})
		w.orders(5, row{"created_at": "2026-02-25 12:00:00+00", "dispatched_at": at, "handed_over_at": at, "dispatch_before_at": "2026-02-27 08:00:00+00"})
	}
	got := w.weekly()
	same(t, "before", brief(point(t, got, "shop-1", "ldr", "2026-02-23")), "closed 5/100 open 0 out 0 unknown 0 target 0.04 met no")
	same(t, "after", brief(point(t, got, "shop-1", "ldr", "2026-03-02")), "closed 5/100 open 0 out 0 unknown 0 target 0.10 met yes")
	if a, b := point(t, got, "shop-1", "ldr", "2026-02-23").Recommended, point(t, got, "shop-1", "ldr", "2026-03-02").Recommended; a != "" || b != "0.04" {
		t.Errorf("recommended %q, %q", a, b)
	}
}

func TestNoVerdict(t *testing.T) {
	late := row{"deliver_before_at": "2026-11-13 08:00:00+00"}
	for _, c := range []struct {
		name, pack, missing, column string
		fill                        func(*world)
	}{
		{"no orders", "tiktok_us", "no_orders", "", func(w *world) {}},
		{"no deadlines", "tiktok_us", "no_deadline", "deliver_before_at", func(w *world) { w.orders(9, row{}) }},
		{"no target", "generic", "no_target", "", func(w *world) { w.orders(9, late); w.seen("shop-1") }},
		{"no scans", "tiktok_us", "no_scans", "event_at", func(w *world) { w.orders(9, late) }},
		{"no target, no deadlines", "generic", "no_deadline", "deliver_before_at", func(w *world) { w.orders(9, row{}) }},
		{"all excluded", "tiktok_us", "no_orders", "", func(w *world) {
			w.orders(9, row{"fulfilment": "platform", "deliver_before_at": "2026-11-13 08:00:00+00"})
		}},
		{"not over yet", "tiktok_us", "open", "", func(w *world) {
			w.orders(9, row{"deliver_before_at": "2026-11-20 08:00:00+00", "created_at": "2026-11-16 08:00:00+00"})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, monday16)
			w.policy("tiktok", c.pack)
			w.in.Shops = []ShopName{{"tiktok", "shop-1", "One"}}
			c.fill(w)
			got := w.weekly()
			v := got.Shops[0].Verdict
			if v.State != "none" || v.Missing != c.missing {
				t.Errorf("%+v in %+v", v, got.Week)
			}
			same(t, "column", series(t, got, "shop-1", "otdr").Missing, c.column)
		})
	}
}

// Where no export brings a scan or a delivery, an order that is past its deadline
// may have arrived: it is no miss, and nothing is learned from it.
func TestShopWithoutScans(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	late := row{"deliver_before_at": "2026-11-13 08:00:00+00", "dispatch_before_at": "2026-11-10 08:00:00+00", "channel": "blind"}
	w.orders(20, late)
	for c, v := range map[string]any{"shop_id": "shop-2", "delivered_at": "2026-11-12 08:00:00+00", "channel": "seen"} {
		late[c] = v
	}
	w.orders(10, late)
	w.parcels(20, row{"label_at": "2026-11-09 12:00:00+00", "channel": "blind"})
	got := w.weekly()
	for _, id := range []string{"otdr", "unshipped", "first_scan"} {
		s := series(t, got, "shop-1", id)
		if len(s.Points) > 0 || s.Missing != "event_at" {
			t.Errorf("%s of a shop without scans: %+v", id, s)
		}
	}
	if v := got.Shops[0].Verdict; v.State != "none" || v.Missing != "no_scans" || len(v.Failed) > 0 {
		t.Errorf("verdict: %+v", v)
	}
	if got.Shops[0].Forecasts != nil {
		t.Errorf("forecasts: %+v", got.Shops[0].Forecasts)
	}
	for _, g := range got.Channels {
		if g.Key == "blind" && g.Due > 0 {
			t.Errorf("channel: %+v", g)
		}
	}
	same(t, "the other shop", brief(point(t, got, "shop-2", "otdr", "2026-11-09")), "closed 10/10 open 0 out 0 unknown 0 target 0.80 met yes")

	// one that is due later waits for its scans as every order does
	w = newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.orders(9, row{"deliver_before_at": "2026-11-20 08:00:00+00", "created_at": "2026-11-16 08:00:00+00"})
	same(t, "a new shop", brief(point(t, w.weekly(), "shop-1", "otdr", "2026-11-16")), "open 0/9 open 9 out 0 unknown 0 target 0.80 met ")
}

// A deadline that is missing may take a verdict away and never turns it.
func TestUnknownMembers(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	at := "2026-11-11 00:00:00+00"
	w.orders(90, row{"dispatched_at": at, "handed_over_at": at, "dispatch_before_at": "2026-11-12 08:00:00+00"})
	w.orders(10, row{"dispatched_at": at, "handed_over_at": at, "dispatch_before_at": "2026-11-10 08:00:00+00"})
	same(t, "without", brief(point(t, w.weekly(), "shop-1", "ldr", "2026-11-09")), "closed 10/100 open 0 out 0 unknown 0 target 0.10 met yes")
	w.orders(1, row{"dispatched_at": at, "handed_over_at": at})
	got := w.weekly()
	same(t, "with", brief(point(t, got, "shop-1", "ldr", "2026-11-09")), "closed 10/100 open 0 out 0 unknown 1 target 0.10 met ")
	same(t, "column", series(t, got, "shop-1", "ldr").Missing, "dispatch_before_at")
}

// VTR waits for the platform's own lag while parcels may still be scanned; a
// first scan waits for its clock.
func TestOpenMembers(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	at := "2026-11-15 00:00:00+00"
	w.parcels(9, row{"label_at": at, "picked_up_at": at, "first_scan_at": at, "handed_over_at": at, "scans": 3})
	w.parcels(1, row{"label_at": at, "picked_up_at": at, "first_scan_at": at, "handed_over_at": at, "scans": 1})
	w.parcels(1, row{"label_at": at})
	got := w.weekly()
	same(t, "vtr", brief(point(t, got, "shop-1", "vtr", "2026-11-09")), "open 9/10 open 1 out 0 unknown 0 target 0.95 met ")
	same(t, "first scan", brief(point(t, got, "shop-1", "first_scan", "2026-11-09")), "open 10/11 open 1 out 0 unknown 0 target  met ")
	w.asOf("2026-11-30 08:00:00+00")
	got = w.weekly()
	same(t, "vtr later", brief(point(t, got, "shop-1", "vtr", "2026-11-09")), "open 9/10 open 1 out 0 unknown 0 target 0.95 met ") // a second scan would meet it
	same(t, "first scan later", brief(point(t, got, "shop-1", "first_scan", "2026-11-09")), "closed 10/11 open 0 out 0 unknown 0 target  met ")
}

// A scan that is later than the as-of makes no number valid before it.
func TestValidAsOf(t *testing.T) {
	at := "2026-11-10 00:00:00+00"
	for _, c := range []struct{ second, want string }{
		{"2026-11-11 00:00:00+00", "closed 12/12 open 0 out 0 unknown 0 target 0.95 met yes"},
		{"2026-11-18 00:00:00+00", "open 0/12 open 12 out 0 unknown 0 target 0.95 met "},
	} {
		w := newWorld(t, monday16)
		w.policy("tiktok", "tiktok_us")
		w.parcels(12, row{"label_at": at, "picked_up_at": at, "first_scan_at": at, "handed_over_at": at, "second_scan_at": c.second, "scans": 3, "last_event_at": "2026-11-20 00:00:00+00", "last_milestone": 110})
		same(t, "second scan "+c.second, brief(point(t, w.weekly(), "shop-1", "vtr", "2026-11-09")), c.want)
		w.asOf("2026-11-20 08:00:00+00")
		same(t, "later", brief(point(t, w.weekly(), "shop-1", "vtr", "2026-11-09")), "closed 12/12 open 0 out 0 unknown 0 target 0.95 met yes")
	}
}

func TestWeeksShown(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	start := time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)
	for i := range 30 {
		w.orders(1, row{"created_at": "2026-06-20 00:00:00+00", "deliver_before_at": start.AddDate(0, 0, 7*i).Format("2006-01-02 15:04:05+00")})
	}
	w.orders(1, row{"shop_id": "shop-2", "deliver_before_at": "2026-11-04 08:00:00+00"})
	w.seen("shop-1")
	w.seen("shop-2")
	got := w.weekly()
	pts := series(t, got, "shop-1", "otdr").Points
	if len(pts) != 16 || pts[0].Week.ID != "2026-W35" || pts[11].Week.ID != "2026-W46" || pts[11].Week.State != Closed || pts[12].Week.State != Open || pts[15].Week.ID != "2026-W50" {
		t.Errorf("%d points: %v", len(pts), pts)
	}
	// nothing before a shop's first week; a week without orders after it is a gap
	pts = series(t, got, "shop-2", "otdr").Points
	if len(pts) != 2 || pts[0].Den != 1 || pts[1].Den != 0 || pts[1].Met != "" {
		t.Errorf("shop-2: %v", pts)
	}
}

func TestTransitOfShops(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	from := time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)
	for i := range 300 {
		w.parcels(1, row{"picked_up_at": from.Format("2006-01-02 15:04:05+00"), "delivered_at": from.Add(time.Duration(24+i) * time.Hour / 2).Format("2006-01-02 15:04:05+00"), "channel": fmt.Sprint("c", i%2)})
	}
	w.parcels(100, row{"picked_up_at": "2026-11-03 00:00:00+00"})
	w.parcels(1, row{"picked_up_at": "2026-11-03 00:00:00+00", "delivered_at": "2026-11-02 00:00:00+00"})
	got := w.weekly()
	tr := got.Shops[0].Transit
	// 300 of 400 arrive every half hour from 12 h on, the median is the 200th: 111.5 h, in whole bins 111.5 + 1/6
	if tr.N != 400 || tr.Negative != 1 || tr.Median.Days == nil || *tr.Median.Days < 111.5/24 || *tr.Median.Days > 111.7/24 || tr.P90.Days != nil {
		t.Errorf("transit %+v", tr)
	}
	if tr.Open != 100 {
		t.Errorf("%d on the way", tr.Open)
	}
	w.parcels(7, row{"picked_up_at": "2026-11-03 00:00:00+00", "terminal": "returned", "terminal_at": "2026-11-09 00:00:00+00", "channel": "c0"})
	if with := w.weekly().Shops[0].Transit; with.N != 407 || with.Open != 100 {
		t.Errorf("what came back is not on the way: %d of %d", with.Open, with.N)
	}
	if len(tr.Curve) != curvePoints || tr.Curve[0].Days > 0.51 || tr.Curve[199].Delivered < 0.7 {
		t.Errorf("%d points", len(tr.Curve))
	}
	for i, p := range tr.Curve {
		if p.Low > p.Delivered || p.Delivered > p.High || i > 0 && p.Delivered < tr.Curve[i-1].Delivered {
			t.Fatalf("curve at %d: %+v", i, p)
		}
	}
	if len(got.Channels) != 3 || got.Channels[0].Key != "c0" && got.Channels[0].Key != "c1" && got.Channels[0].Key != "std" || !got.Channels[0].Small {
		t.Errorf("channels %+v", got.Channels)
	}
}

func TestGolden(t *testing.T) {
	var values []Weekly
	for _, threads := range []int{1, 3} {
		w := newWorldThreads(t, monday16, threads)
		w.policy("tiktok", "tiktok_us")
		w.policy("other", "generic")
		w.in.Shops = []ShopName{{"tiktok", "shop-1", "One"}, {"other", "web", "Web shop"}}
		reach := w.in.AsOf
		behind := reach.Add(-36 * time.Hour)
		w.in.Feeds = []Feed{{Name: "tracking", Horizon: &behind, Files: 2, Records: 10}, {Name: "orders", Horizon: &reach, LastLoad: "l1", Files: 1, Records: 5, Rejected: 1}}
		w.in.Rejects = []Reject{{Feed: "orders", Column: "b", N: 1}, {Feed: "orders", Column: "a", N: 2}}
		for week := range 3 {
			day := func(d int) string {
				return time.Date(2026, 10, 28+7*week, 12*d, 0, 0, 0, time.UTC).Format("2006-01-02 15:04:05+00")
			}
			for i := range 12 {
				channel := []string{"air", "sea", "std"}[i%3]
				o := row{"created_at": day(0), "approved_at": day(1), "dispatch_before_at": day(5), "dispatched_at": day(2 + i%4), "handed_over_at": day(2 + i%4),
					"deliver_before_at": day(18), "channel": channel, "state": []string{"CA", "TX"}[i%2]}
				p := row{"label_at": day(1), "first_scan_at": day(2 + i%4), "picked_up_at": day(2 + i%4), "handed_over_at": day(2 + i%4), "departed_at": day(8), "arrived_at": day(10),
					"second_scan_at": day(6), "scans": 5, "channel": channel, "state": []string{"CA", "TX"}[i%2], "tracking_number": fmt.Sprint("T", week, i), "last_event_at": day(10), "deliver_before_at": day(18)}
				if i != 11 {
					o["delivered_at"], p["delivered_at"] = day(12+i/2), day(12+i/2)
				}
				w.orders(1, o)
				w.parcels(1, p)
			}
		}
		w.orders(4, row{"platform": "other", "shop_id": "web", "created_at": "2026-11-03 00:00:00+00"})
		values = append(values, w.weekly())
	}
	got, err := json.MarshalIndent(values[0], "", " ")
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.MarshalIndent(values[1], "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(again) {
		t.Error("three threads give another value than one")
	}
	const name = "testdata/weekly.golden.json"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := readFile(t, name); string(got)+"\n" != want {
		for i, line := range strings.Split(string(got), "\n") {
			if w := strings.Split(want, "\n"); i >= len(w) || w[i] != line {
				t.Fatalf("line %d is %q; try: go test -update, and read the difference", i+1, line)
			}
		}
		t.Error("the golden file has more lines")
	}
}
