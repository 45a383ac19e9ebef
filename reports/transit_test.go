package reports

import (
	"math"
	"strings"
	"testing"

	"waybill/pipeline/metric"
)

var transitFixtures = map[string]func() metric.TransitReport{
	"full": transitFull, "young": transitYoung, "open": transitOpen, "empty": transitEmpty, "hostile": transitHostile,
}

// transitGroup is a log-normal cohort: a median, a tail and some that are lost.
func transitGroup(n, open int64, median, lost float64) metric.TransitGroup {
	const sigma = 0.28
	g := metric.TransitGroup{N: n, Open: open, Mature: 1 - float64(open)/float64(n), Delivered: int64(float64(n-open) * (1 - lost)), Lost: int64(float64(n-open) * lost), Negative: 1}
	at := map[float64]float64{0.5: 0, 0.8: 0.8416, 0.9: 1.2816, 0.95: 1.6449}
	for _, p := range []float64{0.5, 0.8, 0.9, 0.95} {
		d := median * math.Exp(sigma*at[p])
		q := metric.Quantile{P: p, Days: ptr(d + lost*8), Low: ptr(d - 0.3), High: ptr(d + 0.5 + lost*8)}
		if p > 1-lost {
			q.Days, q.High = nil, nil
		}
		g.All = append(g.All, q)
		g.IfDelivered = append(g.IfDelivered, metric.Quantile{P: p, Days: ptr(d), Low: ptr(d - 0.2), High: ptr(d + 0.3)})
		naive := metric.Naive{P: p, Days: ptr(d - 0.8)}
		if q.Days != nil {
			naive.Bias = ptr(*naive.Days - *q.Days)
		}
		g.Naive = append(g.Naive, naive)
	}
	for d := 1.0; d <= 40; d += 0.5 {
		f := 0.5 * math.Erfc(-math.Log(d/median)/(sigma*math.Sqrt2))
		point := func(share float64) metric.TransitPoint {
			return metric.TransitPoint{Days: d, Share: share, Low: share * 0.97, High: min(1, share*1.03), PlainLow: share * 0.96, PlainHigh: min(1, share*1.04)}
		}
		g.Curve = append(g.Curve, point(f*(1-lost)))
		g.Conditional = append(g.Conditional, point(f))
	}
	for _, days := range []int64{30, 60} {
		for i, cause := range []string{"delivered", "returned", "lost", "destroyed"} {
			share := []float64{1 - 2*lost, lost / 2, lost, 0}[i]
			g.Endings = append(g.Endings, metric.EndingShare{Cause: cause, Days: days, Share: share, Low: share * 0.9, High: share * 1.1, Known: days == 30 || open == 0})
		}
	}
	g.Mean = &metric.Estimate{Value: median + 0.4, Low: median + 0.2, High: median + 0.6}
	return g
}

// transitOpen has no nine of ten yet.
func transitOpen() metric.TransitReport {
	r := transitFull()
	for i := range r.Total.All {
		if r.Total.All[i].P == 0.9 {
			r.Total.All[i].Days, r.Total.All[i].High = nil, nil
		}
	}
	return r
}

func TestTransitHeadline(t *testing.T) {
	for name, want := range map[string]string{
		"full": "Half of 9,000 parcels delivered by 11.2 d, nine of ten by 15.9 d; 900 on the way",
		"open": "Half of 9,000 parcels delivered by 11.2 d; nine of ten not reached; 900 on the way", "empty": "No parcel was picked up in these weeks.",
	} {
		r := made(t, casesOf("transit", Transit, transitFixtures)["transit "+name])
		if got := r.Entry.Headline["en"]; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func transitFull() metric.TransitReport {
	r := metric.TransitReport{Workspace: "pines", AsOf: at("2026-11-16T16:00:00Z"), Zone: "America/Los_Angeles",
		Period: metric.Period{From: fixtureWeek(-12, metric.Closed), To: fixtureWeek(0, metric.Closed)}, Before: metric.Period{From: fixtureWeek(-25, metric.Closed), To: fixtureWeek(-13, metric.Closed)},
		Rules: metric.TransitRules{Level: 0.95, Quantiles: []float64{0.5, 0.8, 0.9, 0.95}, EndDays: []int64{30, 60}, FollowedDays: 30, MeanDays: 30, MinN: 10, PromiseLevel: 0.95},
		Trust: fixtureFull().Trust, Total: transitGroup(9000, 900, 11, 0.02)}
	for i, name := range []string{"Pine & Co", "", "Third"} {
		g := transitGroup(int64(4000-900*i), int64(300*i), 10+float64(i), 0.02)
		g.Platform, g.Shop, g.Name = "TikTok Shop US", "shop-"+digits(i+1), name
		r.Shops = append(r.Shops, g)
	}
	r.Shops = append(r.Shops, metric.TransitGroup{Shop: "idle", All: []metric.Quantile{{P: 0.5}}})
	states := []string{"CA", "NY", "TX", "FL", ""}
	for i, channel := range []string{"4PX-std", "YunExpress", "rare", ""} {
		g := transitGroup(int64(4000/(i*i+1)), 40, 9+2*float64(i), 0.01*float64(i)+0.07*float64(i/3))
		g.Channel, g.Small = channel, channel == "rare"
		r.Channels = append(r.Channels, g)
		for j, state := range states {
			lane := transitGroup(int64(400/(i+j+1)), 4, 9+2*float64(i)+float64(j), 0.04*float64(i))
			lane.Channel, lane.State, lane.Small = channel, state, i == 2
			if i+j != 3 {
				r.Lanes = append(r.Lanes, lane)
			}
		}
		res := metric.ChannelResult{Channel: channel, N: g.N, Mean: g.Mean}
		if i > 0 {
			res.Difference = &metric.Estimate{Value: float64(i) - 1.5, Low: float64(i) - 1.9, High: float64(i) - 1.1}
		}
		r.Test.Channels = append(r.Test.Channels, res)
	}
	r.Test.Stratum, r.Test.Strata, r.Test.Chi2, r.Test.DF, r.Test.P, r.Test.Defined, r.Test.Reference = "state", 4, 41.2, 3, 1e-8, true, "4PX-std"
	for i, state := range states {
		g := transitGroup(int64(2000/(i+1)), 30, 10, 0.02)
		g.State = state
		r.States = append(r.States, g)
	}
	for i := -40; i <= 1; i++ {
		g := transitGroup(200+int64(7*(i+40)%60), 0, 10+2*math.Sin(float64(i)/6), 0.02)
		w := metric.TransitWeek{Week: fixtureWeek(i, metric.Closed), N: g.N, Mature: 1, Median: g.All[0], P90: g.All[2], NaiveP50: g.Naive[0], NaiveP90: g.Naive[2], InPeriod: i > -13}
		switch {
		case i > 0:
			w.Mature, w.Open, w.Median, w.P90, w.NaiveP90 = 0, w.N, metric.Quantile{P: 0.5}, metric.Quantile{P: 0.9}, metric.Naive{P: 0.9}
		case i > -3:
			w.Mature, w.Open, w.P90.High = 0.4, w.N/2, nil
		case i == -30:
			w = metric.TransitWeek{Week: w.Week}
		}
		r.Weeks = append(r.Weeks, w)
	}
	leg := func(id string, this, past float64) metric.LegChange {
		f := func(mean float64, n int64) metric.LegFigures {
			if n == 0 {
				return metric.LegFigures{Missing: 4, MissingRate: 1, Quantiles: []metric.Quantile{{P: 0.5}, {P: 0.9}}}
			}
			return metric.LegFigures{N: n, Mean: ptr(mean), Share: mean / 12, Missing: 4, MissingRate: 0.01, Negative: 2, Running: 31,
				Quantiles: []metric.Quantile{{P: 0.5, Days: ptr(mean * 0.9)}, {P: 0.9, Days: ptr(mean * 1.7)}}}
		}
		l := metric.LegChange{ID: id, This: f(this, 700), Past: f(past, 640)}
		if past == 0 {
			l.Past = f(0, 0)
		}
		return l
	}
	r.Legs = []metric.LegChange{leg("purchase_handed_over", 1.2, 1.3), leg("pickup_departed", 2.5, 2.0), leg("departed_arrived", 1.4, 1.4), leg("arrived_cleared", 1.1, 0), leg("cleared_delivered", 5.2, 4.0)}
	r.ChannelLegs = []metric.ChannelLegs{{Channel: "4PX-std", Legs: r.Legs}, {Legs: r.Legs[1:3]}}
	r.Promises = []metric.LanePromises{{Platform: "tiktok", Pack: "tiktok_us@2026-11-22", Target: "0.80", Rows: []metric.Promise{
		{Channel: "4PX-std", Whole: true, N: 4000, Days: ptr(int64(13)), Share: 0.83, Bound: 0.81}, {Channel: "4PX-std", State: "CA", N: 400, Days: ptr(int64(12)), Share: 0.86, Bound: 0.8},
		{Channel: "rare", State: "NY", N: 3, Why: "small"}, {Channel: "", State: "", N: 50, Why: "not_reached"}}}, {Pack: "own@1", Target: "0.9"}}
	return r
}

// transitYoung has one shop whose parcels are all on the way, no channel to
// compare and no leg known before.
func transitYoung() metric.TransitReport {
	r := transitFull()
	r.Period.From = r.Period.To
	g := transitGroup(300, 300, 12, 0)
	g.All = []metric.Quantile{{P: 0.5}, {P: 0.9}}
	g.Naive = []metric.Naive{{P: 0.9}}
	g.Curve, g.Conditional, g.Mean, g.Mature, g.Shop = nil, nil, nil, 0, "new"
	for i := range g.Endings {
		g.Endings[i].Known = false
	}
	r.Shops, r.Total = []metric.TransitGroup{g}, g
	r.Test = metric.ChannelTest{Stratum: "state", Why: "fewer than two groups were at risk at an event"}
	r.Legs = r.Legs[3:4]
	r.ChannelLegs, r.Promises = nil, nil
	return r
}

func transitEmpty() metric.TransitReport {
	return metric.TransitReport{Workspace: "empty", AsOf: at("2026-11-16T16:00:00Z"), Zone: "UTC", Period: metric.Period{From: fixtureWeek(0, metric.Incomplete), To: fixtureWeek(0, metric.Incomplete)}}
}

func transitHostile() metric.TransitReport {
	r := transitFull()
	bad := []string{"</script><script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", "=HYPERLINK(\"http://example.test\")", "{n} @hue-1 __f__window.hacked=1__f__", "\" onmouseover=\"window.hacked=1", longText()}
	r.Workspace, r.Shops[0].Name, r.Shops[1].Shop = bad[0], bad[1], bad[5]
	for i := range r.Channels {
		r.Channels[i].Channel = bad[i]
		r.Test.Channels[i].Channel = bad[i]
	}
	for i := range r.States {
		r.States[i].State = bad[i]
	}
	for i := range r.Lanes {
		r.Lanes[i].Channel, r.Lanes[i].State = bad[i%3], bad[i%4]
	}
	r.ChannelLegs[0].Channel, r.ChannelLegs[0].Legs[0].ID = bad[0], bad[1]
	r.Promises[0].Rows[0].Channel = bad[2]
	r.Legs = append(r.Legs, metric.LegChange{ID: "purchase_delivered", This: r.Legs[4].This, Past: r.Legs[4].Past})
	r.Test.P = 0.4
	return r
}

// The delivered-only figure stands beside the right one with how far it is off.
func TestTransitShowsTheBias(t *testing.T) {
	report := made(t, func(f Files) (Report, error) { return Transit(transitFull(), f) })
	if got := report.Entry.Headline["en"]; got != "Half of 9,000 parcels delivered by 11.2 d, nine of ten by 15.9 d; 900 on the way" {
		t.Errorf("headline %q", got)
	}
	text := tags.ReplaceAllString(markup(string(report.HTML)), " ")
	for _, want := range []string{"P90, delivered only", "只看已妥投的 P90", "not reached", "尚未达到", "too few parcels", "2026-W34 – 2026-W46", "do not deliver alike", "not followed so long"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	b := &transitPage{testWriter(t), transitFull()}
	g := b.in.Shops[0]
	cells := timeCells(textCell("x"), g)
	if len(cells) != len(b.timeColumns(say("col.shop"))) || len(timeCells(textCell("x"), b.in.Shops[3])) != len(cells) {
		t.Fatalf("%d cells, %d columns", len(cells), len(b.timeColumns(say("col.shop"))))
	}
	for i, c := range b.timeColumns(say("col.shop")) {
		switch c.Head.key {
		case "transit_page.col_naive":
			if cells[i].Value != *g.Naive[2].Days {
				t.Errorf("delivered only: %+v", cells[i])
			}
		case "transit_page.col_bias":
			if cells[i].Value != *g.Naive[2].Bias || !strings.HasPrefix(string(cells[i].Text.num), minus) {
				t.Errorf("off by: %+v", cells[i])
			}
		}
	}
	for _, s := range b.page().Sections {
		for _, tab := range s.tables() {
			for i, r := range tab.Rows {
				if len(r.Cells) != len(tab.Columns) {
					t.Errorf("%s row %d: %d cells, %d columns", tab.ID, i, len(r.Cells), len(tab.Columns))
				}
			}
		}
	}
}

// A week that is not followed long enough is hatched and says so.
func TestYoungWeeksLookYoung(t *testing.T) {
	b := &transitPage{testWriter(t), transitFull()}
	rows := b.weeks().Blocks[1].(*table).Rows
	if !rows[0].Open || !rows[1].Open || rows[10].Open {
		t.Error("the newest weeks do not look young, or an old one does")
	}
}
