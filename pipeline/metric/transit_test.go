package metric

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func (w *world) transit() TransitReport {
	w.t.Helper()
	w.weeks()
	got, err := BuildTransit(context.Background(), w.e, w.in)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// at is an instant some hours after a Monday in October: 2026-10-05 12:00 UTC.
func hoursIn(hours int) string {
	return time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC).Add(time.Duration(hours) * time.Hour).Format("2006-01-02 15:04:05+00")
}

func daysText(d *float64) string {
	if d == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f", *d)
}

func quantiles(qs []Quantile) string {
	var out []string
	for _, q := range qs {
		out = append(out, fmt.Sprintf("%g %s", q.P, daysText(q.Days)))
	}
	return strings.Join(out, ", ")
}

func naives(qs []Naive) string {
	var out []string
	for _, q := range qs {
		out = append(out, fmt.Sprintf("%g %s %s", q.P, daysText(q.Days), daysText(q.Bias)))
	}
	return strings.Join(out, ", ")
}

// Ten parcels: six delivered after 1 to 6 days, one lost after 2 days and a half,
// one back after 4 days and a half, two on the way for 40 days.
func tenParcels(w *world, r row) {
	with := func(more row) row {
		out := row{"picked_up_at": hoursIn(0)}
		for _, m := range []row{r, more} {
			for k, v := range m {
				out[k] = v
			}
		}
		return out
	}
	for d := 1; d <= 6; d++ {
		w.parcels(1, with(row{"delivered_at": hoursIn(24*d - 1)}))
	}
	w.parcels(1, with(row{"terminal": "lost", "terminal_at": hoursIn(60)}))
	w.parcels(1, with(row{"terminal": "returned", "terminal_at": hoursIn(108)}))
	w.parcels(2, with(nil))
}

func TestTransitParcels(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	picked := "2026-11-10 00:00:00+00"
	w.parcels(2, row{"picked_up_at": picked, "delivered_at": "2026-11-10 00:19:59+00", "terminal": "delivered", "terminal_at": "2026-11-10 00:19:59+00"})
	w.parcels(1, row{"first_scan_at": picked, "terminal": "lost", "terminal_at": "2026-11-10 00:20:00+00"})
	w.parcels(1, row{"picked_up_at": picked, "terminal": "returned", "terminal_at": "2026-11-10 00:20:00+00"})
	w.parcels(1, row{"picked_up_at": picked, "terminal": "destroyed", "terminal_at": "2026-11-10 00:20:00+00"})
	w.parcels(1, row{"picked_up_at": picked, "terminal": "cancelled", "terminal_at": "2026-11-10 00:20:00+00"})
	w.parcels(1, row{"picked_up_at": picked, "delivered_at": "2026-11-09 00:00:00+00"})                              // negative
	w.parcels(1, row{"picked_up_at": picked})                                                                        // until the as-of: 160 h
	w.parcels(1, row{"picked_up_at": picked, "terminal": "lost", "terminal_at": "2026-11-17 00:00:00+00"})           // lost later: on the way
	w.parcels(1, row{"picked_up_at": picked, "last_event_at": picked, "last_milestone": 20, "returning_at": picked}) // turned back, not back yet
	w.parcels(1, row{"picked_up_at": picked, "direction": "return"})
	w.parcels(1, row{"label_at": picked})
	same(t, "transit_parcels", w.cell("transit_parcels", "cast(ship_week as varchar), ending, bin"), ""+
		"2026-11-09 0 912\n2026-11-09 0 912\n2026-11-09 0 912\n"+
		"2026-11-09 1 1\n2026-11-09 1 1\n2026-11-09 1 -\n2026-11-09 2 2\n2026-11-09 3 2\n2026-11-09 4 2\n2026-11-09 5 2")
}

// By hand: of ten, shares 0.1 to 0.6 are delivered by days 1 to 6 whatever
// becomes of the others (nothing is censored before). If delivered, the lost one
// leaves 7 at risk after day 2, so that 0.8 * 6/7 are left after day 3 and
// 0.8 * 5/7 after day 4; the returned one leaves 4: * 3/4 after day 5, * 2/4 after
// day 6.
func TestTransitReport(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	tenParcels(w, nil)
	w.in.Period = "2026-W41"
	got := w.transit()
	g := got.Channels[0]
	same(t, "counts", fmt.Sprint(g.Channel, " ", g.N, g.Delivered, g.Returned, g.Lost, g.Destroyed, g.Withdrawn, g.Open, g.Negative, g.Small, g.Mature), "std 10 6 1 1 0 0 2 0 false 1")
	same(t, "of all", quantiles(g.All), "0.5 4.965, 0.8 -, 0.9 -, 0.95 -")
	same(t, "if delivered", quantiles(g.IfDelivered), "0.5 4.965, 0.8 -, 0.9 -, 0.95 -")
	same(t, "naive", naives(g.Naive), "0.5 2.965 -2.000, 0.8 4.965 -, 0.9 5.965 -, 0.95 5.965 -")
	for _, c := range []struct {
		cause string
		days  int64
		want  float64
	}{{"delivered", 30, 0.6}, {"returned", 30, 0.1}, {"lost", 30, 0.1}, {"destroyed", 30, 0}, {"lost", 60, 0.1}} {
		for _, e := range g.Endings {
			// they are followed for 42 days, not for 60
			if e.Cause == c.cause && e.Days == c.days && (math.Abs(e.Share-c.want) > 1e-12 || e.Known != (c.days == 30) || e.Low > e.Share || e.High < e.Share) {
				t.Errorf("%s by day %d: %+v, want %g", c.cause, c.days, e, c.want)
			}
		}
	}
	if len(g.Endings) != 8 {
		t.Errorf("%d endings", len(g.Endings))
	}
	// if delivered S is 1, .9, .8, .8*6/7, .8*5/7, .8*5/7*3/4, .8*5/7*2/4; bins end 10 minutes after the hour before the day is full
	area, last := 0.0, 0.0
	for i, s := range []float64{1, 0.9, 0.8, 0.8 * 6 / 7, 0.8 * 5 / 7, 0.8 * 5 / 7 * 3 / 4} {
		to := float64(i+1) - 5.0/144
		area, last = area+s*(to-last), to
	}
	area += 0.8 * 5 / 7 * 2 / 4 * (30 - last)
	if g.Mean == nil || math.Abs(g.Mean.Value-area) > 1e-9 || g.Mean.Low >= area || g.Mean.High <= area {
		t.Errorf("restricted mean %+v, want %g", g.Mean, area)
	}
	if p := g.Curve[len(g.Curve)-1]; math.Abs(p.Share-0.6) > 1e-12 || p.Low >= p.Share || p.High <= p.Share || p.PlainLow >= p.Share || p.PlainHigh <= p.Share {
		t.Errorf("the curve ends at %+v", p)
	}
	if p := g.Conditional[len(g.Conditional)-1]; math.Abs(p.Share-(1-0.8*5/7*2/4)) > 1e-12 {
		t.Errorf("the curve if delivered ends at %+v", p)
	}
	for _, like := range []TransitGroup{got.Total, got.Shops[0], got.States[0], got.Lanes[0]} {
		same(t, "total, shop, state, lane", quantiles(like.All[:1]), quantiles(g.All[:1]))
	}
	same(t, "period", fmt.Sprint(got.Period.From.ID, " ", got.Period.To.ID, " ", got.Before.From.ID, " ", got.Before.To.ID, " ", got.Period.Weeks()), "2026-W41 2026-W41 2026-W40 2026-W40 1")
	w.parcels(1, row{"picked_up_at": hoursIn(14 * 24)}) // two weeks later
	if got = w.transit(); len(got.Weeks) != 3 || got.Weeks[0].N != 10 || !got.Weeks[0].InPeriod || got.Weeks[1].N != 0 || got.Weeks[1].InPeriod || got.Weeks[2].N != 1 {
		t.Errorf("weeks %+v", got.Weeks)
	}
	if got.Test.Defined || got.Test.Why == "" || got.Test.Reference != "std" {
		t.Errorf("one channel was compared: %+v", got.Test)
	}
}

// A cohort that is young has a delivered-only median that forgets those on the
// way; the right one says so or is not reached.
func TestTransitYoung(t *testing.T) {
	w := newWorld(t, hoursIn(8*24))
	w.policy("tiktok", "tiktok_us")
	w.parcels(10, row{"picked_up_at": hoursIn(0), "delivered_at": hoursIn(5 * 24)})
	w.parcels(5, row{"picked_up_at": hoursIn(0), "delivered_at": hoursIn(6*24 + 1)})
	w.parcels(35, row{"picked_up_at": hoursIn(7 * 24)})
	w.in.Period = "2026-W41..2026-W42"
	got := w.transit()
	g := got.Channels[0]
	same(t, "of all", quantiles(g.All), "0.5 5.007, 0.8 6.049, 0.9 6.049, 0.95 6.049")
	same(t, "naive", naives(g.Naive[:1]), "0.5 5.007 0.000")
	if g.Mature != 0.3 || g.Open != 35 {
		t.Errorf("mature %g, open %d", g.Mature, g.Open)
	}
	if len(got.Weeks) != 2 || got.Weeks[1].Mature != 0 || got.Weeks[1].Median.Days != nil || got.Weeks[1].NaiveP90.Days != nil {
		t.Errorf("weeks %+v", got.Weeks)
	}
	for _, e := range g.Endings {
		if e.Known != true && e.Days == 30 {
			// all at risk were delivered: nothing is left to be known
			t.Errorf("%+v", e)
		}
	}
}

func TestTransitEmpty(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.in.Shops = []ShopName{{Platform: "tiktok", ID: "shop-1"}}
	got := w.transit()
	if len(got.Shops) != 1 || got.Shops[0].N != 0 || got.Shops[0].All[0].Days != nil || got.Shops[0].Mean != nil || len(got.Channels) != 0 || len(got.Weeks) != 0 || len(got.Legs) != 0 {
		t.Errorf("%+v", got)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
	w.in.CoveredTo = w.in.AsOf.Add(-time.Hour)
	if _, err := BuildTransit(context.Background(), w.e, w.in); err == nil || !strings.Contains(err.Error(), "try: --as-of 2026-11-16T07:00:00Z") {
		t.Errorf("beyond what the feeds cover: %v", err)
	}
}

func TestTransitPeriods(t *testing.T) {
	for in, want := range map[string]string{
		"2026-W46": "2026-11-09 2026-11-09", "2026-11-09": "2026-11-09 2026-11-09", "2026-W40..2026-W46": "2026-09-28 2026-11-09",
		"2026-10": "2026-10-05 2026-10-26", "2026-06": "2026-06-01 2026-06-29", "2027-02": "2027-02-01 2027-02-22",
		"2026-W46..2026-W40": "", "2026-W60": "", "2026-13": "", "soon": "", "2026-W40..": "",
	} {
		s, err := parsePeriod(in)
		switch {
		case (err == nil) != (want != ""):
			t.Errorf("%s: %v", in, err)
		case err == nil:
			same(t, in, s.from.String()+" "+s.to.String(), want)
		case !strings.Contains(err.Error(), "try: "):
			t.Errorf("%s: the error has no way out: %v", in, err)
		}
	}
}

// Two channels that are alike within each state, of which one serves more of the
// far state: the plain test would find a difference, the stratified one must not.
func TestTransitComparesWithinStates(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	add := func(channel, state string, n, days int) {
		for i := range n {
			w.parcels(1, row{"channel": channel, "state": state, "picked_up_at": hoursIn(0), "delivered_at": hoursIn(24*days + i%20)})
		}
	}
	add("a", "CA", 80, 5)
	add("b", "CA", 20, 5)
	add("a", "NY", 20, 9)
	add("b", "NY", 60, 9)
	add("c", "TX", 5, 9)
	w.in.Period = "2026-W41"
	got := w.transit().Test
	if !got.Defined || got.Strata != 2 || got.DF != 1 || got.P < 0.5 || got.Reference != "a" || len(got.Channels) != 2 {
		t.Errorf("%+v", got)
	}
	b := got.Channels[1]
	if b.N != 80 || b.Observed != 80 || math.Abs(b.Expected-80) > 3 || b.Difference == nil || b.Difference.Low < 1 {
		t.Errorf("channel b: %+v, difference %+v", b, b.Difference)
	}
}

// 0.80 with 95 % confidence: of 200 parcels 85 % are there by day 3.
func TestTransitPromise(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.parcels(100, row{"picked_up_at": hoursIn(0), "delivered_at": hoursIn(47)})
	w.parcels(70, row{"picked_up_at": hoursIn(0), "delivered_at": hoursIn(71)})
	w.parcels(30, row{"picked_up_at": hoursIn(0), "delivered_at": hoursIn(119)})
	w.parcels(30, row{"channel": "slow", "picked_up_at": hoursIn(0)})
	w.parcels(3, row{"channel": "rare", "picked_up_at": hoursIn(0), "delivered_at": hoursIn(47)})
	w.in.Period = "2026-W41"
	got := w.transit().Promises
	if len(got) != 1 || got[0].Target != "0.80" || got[0].Platform != "tiktok" {
		t.Fatalf("%+v", got)
	}
	var text []string
	for _, p := range got[0].Rows {
		days := "-"
		if p.Days != nil {
			days = fmt.Sprint(*p.Days)
			if p.Bound < 0.8 || p.Bound >= p.Share {
				t.Errorf("%+v", p)
			}
		}
		text = append(text, fmt.Sprint(p.Channel, "/", p.State, " ", days, " ", p.Why))
	}
	same(t, "promises", strings.Join(text, "; "), "std/ 3 ; slow/ - not_reached; rare/ - small; std/CA 3 ; slow/CA - not_reached; rare/CA - small")
}

// The legs of the page are those of the cell legs, and what is in a leg now
// counts for its quantiles, which are known to the hour: its end.
func TestTransitLegs(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.orders(2, row{"created_at": hoursIn(-24), "approved_at": hoursIn(-12), "handed_over_at": hoursIn(0), "first_scan_at": hoursIn(0), "delivered_at": hoursIn(200)})
	w.orders(1, row{"created_at": hoursIn(-24)}) // in the first leg: 26 days and more
	for i := range 4 {
		w.parcels(1, row{"picked_up_at": hoursIn(0), "departed_at": hoursIn(24), "arrived_at": hoursIn(48 + 24*i), "last_mile_at": hoursIn(150), "delivered_at": hoursIn(200)})
	}
	w.parcels(1, row{"picked_up_at": hoursIn(0), "departed_at": hoursIn(24), "arrived_at": hoursIn(12), "last_mile_at": hoursIn(150), "delivered_at": hoursIn(200)}) // negative
	w.parcels(1, row{"picked_up_at": hoursIn(0), "arrived_at": hoursIn(72), "delivered_at": hoursIn(200)})                                                           // not seen to depart
	w.parcels(3, row{"picked_up_at": hoursIn(0), "departed_at": hoursIn(24)})                                                                                        // in the air
	w.parcels(1, row{"picked_up_at": hoursIn(0), "departed_at": hoursIn(24), "last_mile_at": hoursIn(100)})                                                          // beyond it, unseen
	w.parcels(1, row{"picked_up_at": hoursIn(0), "departed_at": hoursIn(24), "terminal": "lost", "terminal_at": hoursIn(90)})                                        // over
	w.parcels(1, row{"picked_up_at": hoursIn(-6 * 24), "departed_at": hoursIn(-5 * 24), "arrived_at": hoursIn(-4 * 24), "last_mile_at": hoursIn(-3 * 24), "delivered_at": hoursIn(0)})
	w.in.Period = "2026-W41"
	got := w.transit()
	text := func(f LegFigures) string {
		return fmt.Sprint(f.N, " mean ", daysText(f.Mean), " missing ", f.Missing, " negative ", f.Negative, " running ", f.Running, " ", quantiles(f.Quantiles))
	}
	for _, c := range []struct{ leg, this, past string }{
		{"departed_arrived", "4 mean 2.500 missing 1 negative 1 running 3 0.5 4.042, 0.9 -", "1 mean 1.000 missing 0 negative 0 running 0 0.5 1.042, 0.9 1.042"},
		{"pickup_departed", "5 mean 1.000 missing 1 negative 0 running 0 0.5 1.042, 0.9 1.042", "1 mean 1.000 missing 0 negative 0 running 0 0.5 1.042, 0.9 1.042"},
		{"purchase_approved", "0 mean - missing 0 negative 0 running 0 0.5 -, 0.9 -", "2 mean 0.500 missing 0 negative 0 running 1 0.5 0.542, 0.9 -"},
	} {
		found := false
		for _, l := range got.Legs {
			if l.ID == c.leg {
				found = true
				same(t, c.leg, text(l.This), c.this)
				same(t, c.leg+" before", text(l.Past), c.past)
			}
		}
		if !found {
			t.Errorf("no leg %s", c.leg)
		}
	}
	sum := 0.0
	for _, l := range got.Legs {
		sum += l.This.Share
	}
	if math.Abs(sum-1) > 1e-9 || len(got.ChannelLegs) != 1 || len(got.ChannelLegs[0].Legs) != len(got.Legs) {
		t.Errorf("shares sum to %g; legs of channels %+v", sum, got.ChannelLegs)
	}
	cells := map[string]string{
		"legs":         "select cast(week as varchar) as week, place, leg, cast(sum(n) as bigint), cast(sum(sum_days) * 86400 + 0.5 as bigint), cast(sum(missing) as bigint), cast(sum(negative) as bigint) from (%s\n) as cell where is_delivered = 1",
		"transit_legs": "select cast(week as varchar) as week, place, leg, cast(sum(has_ended) as bigint), cast(coalesce(sum(leg_seconds), 0) as bigint), cast(sum(is_missing) as bigint), cast(sum(is_negative) as bigint) from (%s\n) as cell where is_delivered = 1",
	}
	both := map[string]string{}
	for name, query := range cells {
		text, err := tables{queries: w.in.Queries}.cell("queries/cells/" + name + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		both[name] = w.all(fmt.Sprintf(query, text) + " group by week, place, leg order by week, place, leg")
	}
	same(t, "legs and transit_legs", both["transit_legs"], both["legs"])
}

// The same tables give the same bytes, however many threads there are.
func TestTransitIsTheSameOnAnyThreads(t *testing.T) {
	var want string
	for _, threads := range []int{1, 4} {
		w := newWorldThreads(t, monday16, threads)
		w.policy("tiktok", "tiktok_us")
		for i := range 6 {
			tenParcels(w, row{"channel": fmt.Sprint("c", i%3), "state": fmt.Sprint("S", i%2), "shop_id": fmt.Sprint("shop-", i%2+1)})
		}
		w.in.Period = "2026-W41"
		b, err := json.Marshal(w.transit())
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = string(b)
		}
		same(t, fmt.Sprint(threads, " threads"), string(b), want)
	}
}
