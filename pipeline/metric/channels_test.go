package metric

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func (w *world) channels() Channels {
	w.t.Helper()
	w.weeks()
	got, err := BuildChannels(context.Background(), w.e, w.in)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// sent adds n parcels of a channel into a state that were picked up on a day of
// October and due ten days later, hits of them delivered in time and the others two
// days late.
func (w *world) sent(channel, state string, day, n, hits int, more row) {
	w.t.Helper()
	picked := time.Date(2026, 10, day, 18, 0, 0, 0, time.UTC)
	text := func(d int) string { return picked.AddDate(0, 0, d).Format("2006-01-02 15:04:05+00") }
	r := row{"channel": channel, "state": state, "picked_up_at": text(0), "first_scan_at": text(0), "deliver_before_at": picked.AddDate(0, 0, 10).Format("2006-01-02 08:00:00+00")}
	for k, v := range more {
		r[k] = v
	}
	with := func(d int) row {
		out := row{"delivered_at": text(d), "terminal": "delivered", "terminal_at": text(d)}
		for k, v := range r {
			out[k] = v
		}
		return out
	}
	if hits > 0 {
		w.parcels(hits, with(8))
	}
	if n > hits {
		w.parcels(n-hits, with(12))
	}
}

// turned is a world in which A is better in each state and worse in all, since it
// carries most of the hard state: CA 95 % against 90 %, AK 60 % against 50 %.
func turned(t *testing.T, threads int) *world {
	w := newWorldThreads(t, monday16, threads)
	w.policy("tiktok", "tiktok_us")
	for day := 5; day < 25; day++ {
		w.sent("A", "CA", day, 20, 19, row{"cost_amount": "3.00", "cost_currency": "USD", "weight_g": 200})
		w.sent("A", "AK", day, 60, 36, row{"cost_amount": "5.00", "cost_currency": "USD", "weight_g": 200})
		w.sent("B", "CA", day, 60, 54, row{"cost_amount": "2.50", "cost_currency": "USD", "weight_g": 200})
		w.sent("B", "AK", day, 20, 10, row{"cost_amount": "4.50", "cost_currency": "USD", "weight_g": 200})
	}
	w.sent("C", "CA", 12, 8, 8, row{"weight_g": 200})
	w.in.Period = "2026-W40..2026-W46"
	return w
}

// By hand. Both have 1,600 due parcels: A 55 of 80 a day, B 64 of 80. In common are
// CA and AK with 80 of 160 each: A (0.95 + 0.60) / 2, B (0.90 + 0.50) / 2.
func TestChannelsTurnRound(t *testing.T) {
	got := turned(t, 1).channels()
	c := got.Channels
	text := func(s *Span) string {
		if s == nil {
			return "-"
		}
		return fmt.Sprintf("%.4f", s.Value)
	}
	var lines []string
	for _, g := range c.Groups {
		lines = append(lines, fmt.Sprintf("%s %d/%d crude %s adjusted %s%s common %.3f days %d design %.2f small %v", g.Key, g.OnTime, g.Due, text(g.Crude), text(g.Adjusted), g.Why,
			g.Common, g.Days, g.Design, g.Small))
	}
	same(t, "groups", strings.Join(lines, "\n"), ""+
		"A 1100/1600 crude 0.6875 adjusted 0.7750 common 1.000 days 20 design 1.00 small false\n"+
		"B 1280/1600 crude 0.8000 adjusted 0.7000 common 1.000 days 20 design 1.00 small false\n"+
		"C 8/8 crude 1.0000 adjusted -small common 0.000 days 1 design 1.00 small true")
	if len(c.Pairs) != 1 || len(c.Reversals) != 1 {
		t.Fatalf("%d pairs, %d reversals", len(c.Pairs), len(c.Reversals))
	}
	p := c.Pairs[0]
	// both strata have 1,600 of 3,200; Mantel-Haenszel weighs 400 * 1200 / 1600 alike
	same(t, "pair", fmt.Sprintf("%s %s crude %.4f adjusted %.4f stratified %.4f strata %d common %.0f %s %d", p.A, p.B, p.Crude.Value, p.Adjusted.Value, p.Stratified.Value, p.Strata, p.Common, p.Verdict, p.Needed),
		"A B crude -0.1125 adjusted 0.0750 stratified 0.0750 strata 2 common 1 better 0")
	if p.Crude.High >= 0 || p.Adjusted.Low <= 0 || *p.Q > 0.001 || p.Uneven == nil {
		t.Errorf("%+v", p)
	}
	r := c.Reversals[0]
	same(t, "reversal", fmt.Sprintf("%s %s %.4f %.4f", r.A, r.B, r.Crude, r.Adjusted), "A B -0.1125 0.0750")
	if len(r.Drivers) == 0 || r.Drivers[0].Stratum[0] != "AK" || r.Drivers[0].Part >= 0 || fmt.Sprint(c.Strata) != "[state weight_band month]" || fmt.Sprint(r.Drivers[0].Stratum) != "[AK 100-250 2026-10]" {
		t.Errorf("drivers %+v of %v", r.Drivers, c.Strata)
	}
	// costs: A 20 * 3 + 60 * 5 of 80, 360 / 55 on time; at the common mix 4, and 4 / 0.775
	a := c.Groups[0].Costs[0]
	same(t, "cost of A", fmt.Sprintln(a.Currency, a.N, a.Parcel, a.Adjusted.Value, a.OnTime, a.Fair, a.Missing, a.FrontMedian, *a.Interval), "USD 1600 4.5000 4.0000 6.5455 5.1613 0 false [6.5455 6.5455]\n")
	b := c.Groups[1].Costs[0]
	same(t, "cost of B", fmt.Sprintln(b.Parcel, b.Adjusted.Value, b.OnTime, b.Fair, b.FrontMedian), "3.0000 3.5000 3.7500 5.0000 true\n")
	if g := c.Groups[2]; len(g.Costs) != 0 || g.Shrunk.Value >= 1 || g.Shrunk.Value < 0.7 {
		t.Errorf("the small one: %+v, shrunk %+v", g, g.Shrunk)
	}
	// delivered after 8 days if on time, else 12: A reaches half after 8 days either way
	same(t, "times", fmt.Sprintf("%.1f %.1f %.1f %.1f", *c.Groups[0].Median.Days, *c.Groups[0].P90.Days, *c.Groups[0].AdjustedMedian, *c.Groups[0].AdjustedP90), "8.0 12.0 8.0 12.0")
	same(t, "volume", fmt.Sprintf("%.4f %.4f %s %+v", got.Volume.Index, got.Volume.Largest, got.Volume.Target, got.Volume.Single), "0.4975 0.4988 0.80 [{State:AK Channel: None:true Shipped:1600 Share:0.49875311720698257}]")
	// one band and month: 1,468 of 1,608 against 920 of 1,600
	d := got.Destinations
	same(t, "destinations", fmt.Sprintf("%s %s %v %s %.4f", d.Groups[0].Key, d.Groups[1].Key, d.Strata, d.Pairs[0].Verdict, d.Pairs[0].Adjusted.Value), "CA AK [weight_band month] better 0.3379")
}

// A session on which nothing is loaded, and one in which nothing was due.
func TestChannelsEmpty(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	got := w.channels()
	if len(got.Channels.Groups) != 0 || len(got.Lanes) != 0 {
		t.Errorf("%+v", got)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
	w.parcels(40, row{"picked_up_at": "2026-10-10 00:00:00+00", "delivered_at": "2026-10-20 00:00:00+00", "cost_amount": "1.00", "cost_currency": "USD"})
	w.parcels(40, row{"channel": "b", "picked_up_at": "2026-10-10 00:00:00+00"})
	w.in.Period = "2026-10"
	got = w.channels()
	g := got.Channels.Groups[1]
	if g.Crude != nil || g.Adjusted != nil || g.Why != "small" || g.Costs[0].Parcel != "1.0000" || g.Costs[0].OnTime != "" || len(got.Channels.Pairs) != 0 || len(got.Channels.Funnel) != 0 {
		t.Errorf("%+v", g)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
	w.in.Compare = Compare{Strata: []string{"moon"}}
	if _, err := BuildChannels(context.Background(), w.e, w.in); err == nil || !strings.Contains(err.Error(), "try: some of shop") {
		t.Errorf("an unknown stratum: %v", err)
	}
	w.in.Compare, w.in.CoveredTo = Compare{}, w.in.AsOf.Add(-time.Hour)
	if _, err := BuildChannels(context.Background(), w.e, w.in); err == nil || !strings.Contains(err.Error(), "try: --as-of") {
		t.Errorf("beyond the feeds: %v", err)
	}
}

func TestComparedParcels(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	picked := "2026-11-03 06:00:00+00"
	sunday := "2026-11-16 08:00:00+00" // midnight after Sunday in the platform's zone
	w.parcels(1, row{"picked_up_at": picked, "deliver_before_at": sunday, "delivered_at": "2026-11-03 06:25:00+00", "weight_g": 100, "cost_amount": "12.3456", "cost_currency": "USD"})
	w.parcels(1, row{"first_scan_at": picked, "deliver_before_at": "2026-11-16 08:00:01+00", "weight_g": 100.1, "terminal": "lost", "terminal_at": "2026-11-04 06:00:00+00"})
	w.parcels(1, row{"handed_over_at": picked, "deliver_before_at": sunday, "weight_g": 2001, "cost_amount": "1"}) // no scan, no currency
	w.parcels(1, row{"picked_up_at": picked, "delivered_at": "2026-11-02 00:00:00+00"})
	w.parcels(1, row{"label_at": picked})
	w.parcels(1, row{"picked_up_at": picked, "direction": "return"})
	w.parcels(1, row{"picked_up_at": picked, "terminal": "cancelled", "terminal_at": picked})
	same(t, "channels_parcels", w.cell("channels_parcels", "cast(ship_week as varchar), cast(ship_day as varchar), on_time, ending, weight_band, cast(due_week as varchar), bin, currency, cost_e4"), ""+
		"2026-11-02 2026-11-03 no 0 2000+ 2026-11-09 - - -\n"+
		"2026-11-02 2026-11-03 open 3 100-250 2026-11-16 144 - -\n"+
		"2026-11-02 2026-11-03 yes 1 0-100 2026-11-09 2 USD 123456\n"+
		"2026-11-02 2026-11-03 - 1 - - - - -")
}

// The same world with other threads gives the same bytes, and they are the golden
// ones.
func TestChannelsGolden(t *testing.T) {
	got, err := json.MarshalIndent(turned(t, 2).channels(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const name = "testdata/channels.golden.json"
	if *update {
		if err := os.WriteFile(name, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	same(t, name, string(got)+"\n", readFile(t, name))
}

// Built-in strata that leave nothing in common give way from the last on; those
// that the workspace states do not.
func TestStrataGiveWay(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.in.Period = "2026-W40..2026-W46"
	for day := 5; day < 25; day++ {
		w.sent("A", "CA", day, 4, 3, row{"weight_g": 50})
		w.sent("B", "CA", day, 4, 4, row{"weight_g": 5000})
	}
	got := w.channels().Channels
	same(t, "built in", fmt.Sprintln(got.Strata, got.Common, got.Cells, got.Groups[0].Adjusted != nil, got.Pairs[0].Verdict), "[state] 1 1 true worse\n")
	w.in.Compare = Compare{Strata: []string{"weight_band"}, MinN: 5}
	c := w.channels()
	got = c.Channels
	same(t, "stated", fmt.Sprintln(got.Strata, got.Common, got.Groups[0].Why, got.Pairs[0].Verdict, c.Rules.Own, c.Rules.MinN), "[weight_band] 0 no_common no_common true 5\n")
}

// What may be called a difference: each part of the rule alone is not enough.
func TestWhatIsADifference(t *testing.T) {
	rules, err := compareRules(Input{})
	if err != nil {
		t.Fatal(err)
	}
	pair := func(change func(*Pair)) Pair {
		p := Pair{Adjusted: &Span{0.05, 0.01, 0.09}, Common: 0.5, CommonA: 30, CommonB: 30, Q: new(0.05)}
		change(&p)
		return p
	}
	for _, c := range []struct {
		want   string
		change func(*Pair)
	}{
		{"better ", func(*Pair) {}},
		{"worse ", func(p *Pair) { p.Adjusted = &Span{-0.05, -0.09, -0.01} }},
		{"open pairs", func(p *Pair) { p.Q = new(0.051) }},
		{"open interval", func(p *Pair) { p.Adjusted.Low = 0 }},
		{"open chance", func(p *Pair) { p.Adjusted.Low, p.Q = -0.01, new(0.06) }},
		{"open pairs", func(p *Pair) { p.Q = nil }},
		{"little_common ", func(p *Pair) { p.Common = 0.499 }},
		{"little_common ", func(p *Pair) { p.CommonB = 29 }},
		{"no_common ", func(p *Pair) { p.Adjusted = nil }},
	} {
		verdict, why := rules.decide(pair(c.change))
		same(t, c.want, verdict+" "+why, c.want)
	}
}

// Of two channels that share a corner only, the difference there decides nothing
// however large it is, and no order is said to turn.
func TestLittleInCommonDecidesNothing(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	for day := 5; day < 25; day++ {
		w.sent("A", "CA", day, 80, 40, row{"weight_g": 200})
		w.sent("A", "TX", day, 10, 10, row{"weight_g": 200})
		w.sent("B", "AK", day, 80, 72, row{"weight_g": 200})
		w.sent("B", "TX", day, 10, 2, row{"weight_g": 200})
	}
	w.in.Period = "2026-W40..2026-W46"
	w.in.Compare.Strata = []string{"state"}
	got := w.channels().Channels
	if len(got.Pairs) != 1 || len(got.Reversals) != 0 {
		t.Fatalf("%+v", got)
	}
	p := got.Pairs[0]
	same(t, "pair", fmt.Sprintf("%s %.3f %d %d %.2f q %v needed %d", p.Verdict, p.Common, p.CommonA, p.CommonB, p.Adjusted.Value, p.Q, p.Needed), "little_common 0.111 200 200 0.80 q <nil> needed 0")
}
