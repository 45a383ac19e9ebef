package reports

import (
	"fmt"
	"math"
	"time"

	"waybill/pipeline/metric"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func ptr[T any](v T) *T { return &v }

// fixtureWeek is the n-th ISO week before (negative) or after 2026-W46.
func fixtureWeek(n int, state metric.WeekState) metric.Week {
	monday := at("2026-11-09T00:00:00Z").AddDate(0, 0, 7*n)
	year, week := monday.ISOWeek()
	return metric.Week{ID: fmt.Sprintf("%d-W%02d", year, week), Start: monday.Format("2006-01-02"),
		End: monday.AddDate(0, 0, 6).Format("2006-01-02"), State: state}
}

// fixtureSeries makes eleven weeks: one in the middle that a feed does not
// cover, and the one after the report's week still open.
func fixtureSeries(id, target, better string, den int64, rates []float64) metric.Series {
	s := metric.Series{Metric: id}
	for i, r := range rates {
		n := i - (len(rates) - 2)
		p := metric.Point{Week: fixtureWeek(n, metric.Closed), Den: den + int64(17*i%41), Target: target, Excluded: int64(i % 4)}
		p.Num = int64(math.Round(r * float64(p.Den)))
		switch {
		case n > 0:
			p.Week.State, p.Open = metric.Open, p.Den/3
		case n == -6:
			p.Week.State, p.Open = metric.Incomplete, 12
		case target != "":
			limit := 0.0
			fmt.Sscan(target, &limit)
			p.Met = "no"
			if v := float64(p.Num) / float64(p.Den); better == "higher" && v >= limit || better == "lower" && v <= limit {
				p.Met = "yes"
			}
		}
		s.Points = append(s.Points, p)
	}
	return s
}

// fixtureTransit is a log-normal curve with the given median and spread.
func fixtureTransit(n, open int64, median, sigma float64, curve bool) metric.Transit {
	cdf := func(d float64) float64 { return 0.5 * math.Erfc(-math.Log(d/median)/(sigma*math.Sqrt2)) }
	band := 1.2 / math.Sqrt(float64(n))
	p90 := median * math.Exp(1.2816*sigma)
	t := metric.Transit{N: n, Open: open,
		Median: metric.Quantile{P: 0.5, Days: ptr(median), Low: ptr(median * (1 - band)), High: ptr(median * (1 + band))},
		P90:    metric.Quantile{P: 0.9, Days: ptr(p90), Low: ptr(p90 * (1 - band)), High: ptr(p90 * (1 + 2*band))}}
	if curve {
		for d := 2.0; d <= 28; d += 1.0 / 12 {
			v := cdf(d)
			w := 2 * band * math.Sqrt(v*(1-v))
			t.Curve = append(t.Curve, metric.CurvePoint{Days: d, Delivered: v, Low: math.Max(0, v-w), High: math.Min(1, v+w)})
		}
	}
	return t
}

func fixtureGroup(key string, due int64, rate float64, median float64) metric.Group {
	g := metric.Group{Key: key, Due: due, OnTime: int64(math.Round(rate * float64(due))), Parcels: due + due/9, Small: due < 30}
	n, p := float64(due), float64(g.OnTime)/float64(due)
	const z = 1.959964
	mid, half := (p+z*z/(2*n))/(1+z*z/n), z/(1+z*z/n)*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	g.Low, g.High = mid-half, mid+half
	g.Transit = fixtureTransit(g.Parcels, g.Parcels/11, median, 0.32, false)
	if g.Small {
		g.Transit.P90 = metric.Quantile{P: 0.9}
	}
	return g
}

var fixtureMetrics = []metric.Metric{
	{ID: "otdr", Pack: "tiktok_us@2026-02-01", Grain: "order", Cohort: "deliver_by", Better: "higher", Formula: "queries/cells/orders_due.sql", Source: "https://seller-us.tiktok.com/university/essay?knowledge_id=1"},
	{ID: "first_scan", Pack: "tiktok_us@2026-02-01", Grain: "package", Cohort: "labelled", Better: "higher", Formula: "queries/cells/parcels_labelled.sql", Source: "Seller University, fulfilment policy"},
	{ID: "ldr", Pack: "tiktok_us@2026-02-01", Grain: "order", Cohort: "dispatched", Better: "lower", Formula: "queries/cells/orders_dispatched.sql", Source: "Seller University, late dispatch rate"},
	{ID: "vtr", Pack: "tiktok_us@2026-02-01", Grain: "package", Cohort: "shipped", Better: "higher", Formula: "queries/cells/parcels_shipped.sql", Source: "Seller University, valid tracking rate"},
	{ID: "sfcr", Pack: "tiktok_us@2026-02-01", Grain: "order", Cohort: "created", Better: "lower", Formula: "queries/cells/orders_confirmed.sql", Source: "Seller University, seller-fault cancellation"},
}

func fixtureActions() []metric.Action {
	reasons := metric.Reasons
	events := []string{"快件已到达【深圳转运中心】", "Arrived at USPS Regional Facility, ATLANTA GA", "清关中，等待补充资料", "",
		"Held by customs: commercial invoice required", "تم تسليم الطرد إلى شركة الشحن"}
	carriers := []string{"YunExpress", "4PX", "Yanwen", "USPS", "UniUni", "YunExpress"}
	var out []metric.Action
	for i := range 37 {
		r := i * len(reasons) / 37
		a := metric.Action{Reason: reasons[r], Platform: "TikTok Shop US", Shop: []string{"Aurora Home", "Pine & Co"}[i%2],
			Order: fmt.Sprintf("5769%012d", 480112233+i*7919), Number: fmt.Sprintf("YT26%014d", 31550000123+int64(i)*104729), Carrier: carriers[i%6],
			Channel: fixtureChannels[i%6], State: []string{"CA", "TX", "FL", "GA", "NY"}[i%5], LastEvent: events[i%6],
			AgeHours: 30 + float64(i)*7.3, Amount: fmt.Sprintf("%d.%02d00", 19+i*13%240, i*37%100), Currency: "USD"}
		if a.LastEvent != "" {
			a.LastAt = ptr(at("2026-11-15T09:20:00Z").Add(-time.Duration(i) * 5 * time.Hour))
		}
		if i == 7 { // a carrier may give a time and no text
			a.LastEvent = ""
		}
		if i%7 != 6 {
			a.DueAt = ptr(at("2026-11-17T08:00:00Z").Add(-time.Duration(12-i%13) * 9 * time.Hour))
		}
		if a.Reason == "overdue_undispatched" {
			a.Number, a.Carrier = "", ""
		}
		out = append(out, a)
	}
	return out
}

var fixtureChannels = []string{"YunExpress US Standard", "4PX-std", "Yanwen Special Line", "UniUni Last Mile", "4PX-eco", "SF International Economy"}

// fixtureFull is a busy week: a shop that passes, a shop that fails.
func fixtureFull() metric.Weekly {
	w := metric.Weekly{
		Workspace: "acme-us", AsOf: at("2026-11-16T16:00:00Z"), Zone: "America/Los_Angeles",
		Week: fixtureWeek(0, metric.Closed), Currency: "USD", Metrics: fixtureMetrics,
		Actions: fixtureActions(), ActionTotal: 37, ActionLate: 9, ActionHidden: 3,
		Trust: metric.Trust{LakeVersion: "v-6f1d2c88a0e4", ReportID: "r-1b97c43e5502", Waybill: "0.1.0",
			Packs: []metric.Pack{{ID: "tiktok_us", Revision: "2026-02-01"}, {ID: "generic", Revision: "1"}},
			Feeds: []metric.Feed{
				{Name: "tiktok_orders", Horizon: ptr(at("2026-11-16T16:00:00Z")), LastLoad: "ld-90ab12", Files: 52, Records: 184220, Rejected: 31},
				{Name: "track17", Horizon: ptr(at("2026-11-16T11:30:00Z")), LastLoad: "ld-77f0c3", Files: 364, Records: 1902377, Rejected: 4, LagHours: 4.5},
				{Name: "carrier_4px", Horizon: ptr(at("2026-11-14T05:00:00Z")), LastLoad: "ld-1c22de", Files: 50, Records: 40113, LagHours: 59}},
			Orders: 182004, Shipments: 185310, Events: 1887052, Orphans: 212, OpenShare: 0, LastClosed: fixtureWeek(0, metric.Closed)},
		Unmapped: []metric.Unmapped{{Carrier: "4PX", Code: "FPX_C_RDFF", Text: "Parcel information received, waiting for handover", N: 1204},
			{Carrier: "Yanwen", Code: "PS_118", Text: "航空公司已接收，等待排舱", N: 377}, {Carrier: "UniUni", Code: "231", Text: "Gateway transit in", N: 58}},
		Rejects: []metric.Reject{{Feed: "tiktok_orders", Output: "orders_in", Column: "created_at", Reason: "not a date in any stated format", File: "inbox/tiktok_orders/2026-11-16.csv", Line: 4711, N: 29},
			{Feed: "tiktok_orders", Output: "orders_in", Column: "order_id", Reason: "missing", File: "inbox/tiktok_orders/2026-11-09.csv", Line: 88, N: 2},
			{Feed: "track17", Output: "tracking_events", Column: "event_time", Reason: "after the file's export time by more than a day", File: "inbox/track17/20261115.ndjson.gz", Line: 190233, N: 4}},
		Legs: []metric.Leg{{ID: "purchase_pickup", N: 14210, Mean: 1.62, Missing: 310, Negative: 4}, {ID: "pickup_departed", N: 13880, Mean: 1.91, Missing: 640, Negative: 11},
			{ID: "departed_arrived", N: 13802, Mean: 1.24, Missing: 718}, {ID: "arrived_cleared", N: 13799, Mean: 0.83, Missing: 721, Negative: 2},
			{ID: "cleared_last_mile", N: 13610, Mean: 0.96, Missing: 910, Negative: 19}, {ID: "last_mile_delivered", N: 13588, Mean: 2.77, Missing: 932, Negative: 3}},
	}
	total := 0.0
	for _, l := range w.Legs {
		total += l.Mean
	}
	for i := range w.Legs {
		w.Legs[i].Share = w.Legs[i].Mean / total
	}
	good := []float64{.834, .842, .829, .711, .851, .862, .858, .843, .849, .821, .412}
	bad := []float64{.871, .866, .852, .640, .838, .829, .811, .803, .797, .771, .388}
	w.Shops = []metric.Shop{
		{Platform: "TikTok Shop US", ID: "7495001", Name: "Aurora Home", Verdict: metric.Verdict{State: "pass"},
			Series: []metric.Series{
				fixtureSeries("otdr", "0.80", "higher", 1180, good),
				fixtureSeries("first_scan", "0.95", "higher", 1240, []float64{.961, .958, .97, .95, .966, .963, .959, .968, .97, .966, .9}),
				fixtureSeries("ldr", "0.04", "lower", 1240, []float64{.021, .018, .03, .05, .024, .022, .028, .019, .018, .023, .01}),
				fixtureSeries("vtr", "0.95", "higher", 1302, []float64{.981, .978, .98, .97, .976, .983, .979, .978, .98, .986, .9}),
				fixtureSeries("sfcr", "0.025", "lower", 1260, []float64{.011, .008, .013, .015, .014, .012, .018, .019, .012, .013, .01})},
			Transit: fixtureTransit(14520, 1320, 8.4, .33, true)},
		{Platform: "TikTok Shop US", ID: "7495002", Name: "Pine & Co", Verdict: metric.Verdict{State: "fail", Failed: []string{"otdr", "ldr"}},
			Series: []metric.Series{
				fixtureSeries("otdr", "0.80", "higher", 590, bad),
				fixtureSeries("first_scan", "", "higher", 640, []float64{.91, .92, .905, .9, .91, .9, .893, .88, .882, .871, .8}),
				fixtureSeries("ldr", "0.04", "lower", 630, []float64{.031, .038, .033, .05, .034, .042, .038, .041, .043, .047, .02}),
				fixtureSeries("vtr", "0.95", "higher", 655, []float64{.961, .958, .96, .95, .966, .963, .959, .958, .95, .956, .9}),
				{Metric: "sfcr", Missing: "cancel_reason"}},
			Transit: fixtureTransit(6230, 905, 9.9, .38, true)},
	}
	for i, c := range fixtureChannels {
		w.Channels = append(w.Channels, fixtureGroup(c, []int64{6120, 4410, 2280, 1033, 412, 19}[i], []float64{.871, .764, .829, .802, .711, .842}[i], []float64{7.9, 10.1, 8.8, 8.3, 11.6, 9.0}[i]))
	}
	states := []string{"CA", "TX", "FL", "NY", "GA", "PA", "IL", "OH", "NC", "NJ", "WA", "AZ", "VA", "MI", "TN", "MA", "CO", "HI", "AK", ""}
	for i, s := range states {
		due := int64(2310) / int64(i+1)
		if i >= 17 {
			due = int64(28 - i)
		}
		w.States = append(w.States, fixtureGroup(s, due, .88-.013*float64(i%11), 7.4+.31*float64(i%9)))
	}
	return w
}

// fixtureBare is an export without any deadline: no rate, no channel, no curve.
func fixtureBare() metric.Weekly {
	return metric.Weekly{Workspace: "first-try", AsOf: at("2026-11-16T16:00:00Z"), Zone: "UTC", Week: fixtureWeek(0, metric.Closed), Currency: "USD",
		Metrics: fixtureMetrics[:1],
		Shops: []metric.Shop{{Platform: "generic", ID: "shop", Verdict: metric.Verdict{State: "none", Missing: "no_deadline"},
			Series: []metric.Series{{Metric: "otdr", Missing: "deliver_before_at"}}}},
		Trust: metric.Trust{LakeVersion: "v-1", ReportID: "r-1", Waybill: "0.1.0", Orders: 3}}
}

// fixtureOdd holds what the other two lack: each reason for no verdict, codes
// of the workspace's own, open report weeks, more actions than the page shows.
func fixtureOdd() metric.Weekly {
	w := fixtureFull()
	w.Languages = []string{"en", "zh"}
	w.Week = fixtureWeek(1, metric.Open)
	w.Actions = append(w.Actions, w.Actions...)
	w.Actions[0].Reason = "own_reason"
	w.ActionTotal, w.ActionLate = 1412, 1412
	w.Metrics = append(w.Metrics, metric.Metric{ID: "own_metric", Grain: "order", Cohort: "created"})
	w.Metrics = append(w.Metrics, packMetrics()...)
	w.Legs = nil
	for _, id := range []string{"purchase_approved", "purchase_handed_over", "label_handed_over", "first_scan_export_cleared", "out_for_delivery_delivered", "own_leg"} {
		w.Legs = append(w.Legs, metric.Leg{ID: id, N: 10, Mean: 1, Share: .2})
	}
	for i := range w.Channels {
		w.Channels[i].Small = true
	}
	w.Channels[0].Key = ""
	for _, missing := range []string{"no_deadline", "incomplete", "open", "no_orders", "no_scans", "no_target", "own"} {
		s := w.Shops[0]
		s.Verdict = metric.Verdict{State: "none", Missing: missing}
		w.Shops = append(w.Shops, s)
	}
	flat := w.Shops[1]
	flat.Verdict = metric.Verdict{State: "fail", Failed: []string{"otdr", "first_scan", "sfcr"}}
	flat.Series = append([]metric.Series(nil), flat.Series...)
	flat.Series[0] = metric.Series{Metric: "otdr"}
	w.Shops = append(w.Shops, flat)
	return w
}

// fixtureCancelled is a week in which two shops missed a cancellation rate, with
// the orders that it counts: few of one, many of the other.
func fixtureCancelled() metric.Weekly {
	w := fixtureFull()
	w.Shops = nil
	for _, n := range []int{2, namedOrders + 3} {
		s := metric.Series{Metric: "sfcr", Points: []metric.Point{{Week: fixtureWeek(0, metric.Closed), Num: int64(n), Den: 100, Op: "<=", Target: "0.01", Met: "no"}}}
		for i := range n {
			s.Cancelled = append(s.Cancelled, metric.CancelledOrder{Order: fmt.Sprintf("57690000000000000%02d", i), Created: at("2026-11-09T16:00:00Z"), Cancelled: at("2026-11-10T16:00:00Z")})
		}
		w.Shops = append(w.Shops, metric.Shop{ID: fmt.Sprintf("cancels %d", n), Verdict: metric.Verdict{State: "fail", Failed: []string{"sfcr"}}, Series: []metric.Series{s}})
	}
	return w
}

// fixtureQuiet is a week in which nothing moved, by a pack without targets,
// and in which one feed does not reach the week's end.
func fixtureQuiet() metric.Weekly {
	w := fixtureFull()
	flat := []float64{.9, .9, .9}
	s := metric.Shop{ID: "shop", Platform: "generic", Verdict: metric.Verdict{State: "pass"}, Series: []metric.Series{
		fixtureSeries("otdr", "", "higher", 1000, flat), fixtureSeries("ldr", "0.04", "lower", 1000, flat)}}
	for i := range s.Series[0].Points {
		s.Series[0].Points[i].Num, s.Series[0].Points[i].Den = 900, 1000
	}
	p := &s.Series[1].Points[1]
	p.Week.State, p.Met = metric.Incomplete, ""
	lost := metric.Shop{ID: "lost", Verdict: metric.Verdict{State: "fail", Failed: []string{"vtr"}},
		Series: []metric.Series{{Metric: "otdr", Points: []metric.Point{{Week: fixtureWeek(1, metric.Open), Num: 1, Den: 4, Open: 3}}}}}
	w.Channels = w.Channels[:1]
	w.Metrics = append([]metric.Metric(nil), w.Metrics...)
	w.Metrics = append(w.Metrics, metric.Metric{ID: "trace_completeness", Grain: "package", Cohort: "delivered_or_past_sla", Better: "higher", Formula: "queries/cells/parcels_traced.sql"})
	w.Shops = []metric.Shop{s, lost, fixtureUntraced("4PX-std"), fixtureUntraced("")}
	w.Languages = []string{"en"}
	w.Shop = "generic/shop"
	return w
}

// fixtureUntraced is a shop whose traces lack a node, most often in one channel.
func fixtureUntraced(channel string) metric.Shop {
	s := fixtureSeries("trace_completeness", "0.90", "higher", 410, []float64{.91, .88, .86, .85})
	s.Gaps = []metric.Gap{{Node: "export_cleared", N: 61, Of: 413, Channel: channel, ChannelN: 44, ChannelOf: 120}, {Node: "departed", N: 2, Of: 413, Channel: "std", ChannelN: 2, ChannelOf: 9}}
	return metric.Shop{ID: "untraced " + channel, Verdict: metric.Verdict{State: "fail", Failed: []string{s.Metric}}, Series: []metric.Series{s}}
}

// fixtureEmpty is a workspace before its first load.
func fixtureEmpty() metric.Weekly {
	return metric.Weekly{Workspace: "empty", AsOf: at("2026-11-16T16:00:00Z"), Zone: "UTC", Week: fixtureWeek(0, metric.Incomplete)}
}

// fixtureHostile puts strings that try to leave their place wherever text goes.
func fixtureHostile() metric.Weekly {
	w := fixtureFull()
	bad := []string{"</script><script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", "\u202Eesrever \u2067رقم الطرد\u2069", "📦🚚 ok",
		"=HYPERLINK(\"http://example.test\")", "{{.Policy}} {b} {c} @hue-1 __f__window.hacked=1__f__", "\" onmouseover=\"window.hacked=1", longText()}
	pick := func(i int) string { return bad[i%len(bad)] }
	w.Workspace = bad[0]
	for i := range w.Actions {
		a := &w.Actions[i]
		a.LastEvent, a.Number, a.Order, a.Shop, a.Channel, a.Carrier, a.State = pick(i), pick(i+1), pick(i+2), pick(i+3), pick(i+4), pick(i+5), pick(i)
	}
	for i := range w.Channels {
		w.Channels[i].Key = pick(i)
	}
	for i := range w.States {
		w.States[i].Key = pick(i) + digits(i)
	}
	for i := range w.Unmapped {
		w.Unmapped[i] = metric.Unmapped{Carrier: pick(i), Code: pick(i + 1), Text: pick(i + 7), N: 1}
	}
	for i := range w.Rejects {
		w.Rejects[i] = metric.Reject{Feed: pick(i), Output: pick(i + 1), Column: pick(i + 2), Reason: pick(i + 7), File: pick(i + 3), N: 1}
	}
	w.Shops[0].Name, w.Shops[1].Name = bad[0], longText()
	w.Metrics = append([]metric.Metric(nil), w.Metrics...)
	w.Metrics[0].Source, w.Metrics[1].Source = "javascript:window.hacked=1", "https://example.test/\"><script>window.hacked=1</script>"
	w.Trust.Feeds[0].Name, w.Trust.ReportID = pick(1), pick(0)
	return w
}

func longText() string {
	b := make([]byte, 10000)
	for i := range b {
		b[i] = "abcdefghij"[i%10]
	}
	return string(b)
}
