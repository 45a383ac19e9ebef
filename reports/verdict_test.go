package reports

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/pipeline/metric"
)

// fixtureUnjudged are shops of which some metrics have too few members to judge,
// or members that are undecided.
func fixtureUnjudged() metric.Weekly {
	w := fixtureFull()
	w.Metrics = append([]metric.Metric(nil), w.Metrics...)
	for i := range w.Metrics {
		w.Metrics[i].MinN = 10
	}
	of := func(id, op, target string, p metric.Point) metric.Series {
		if p.Week.ID == "" {
			p.Week = fixtureWeek(0, metric.Closed)
		}
		p.Op, p.Target = op, target
		return metric.Series{Metric: id, Points: []metric.Point{p}}
	}
	few := metric.Shop{ID: "tiny", Verdict: metric.Verdict{State: "none", Missing: "few", Few: []string{"otdr"}},
		Series:    []metric.Series{of("otdr", ">=", "0.80", metric.Point{Num: 0, Den: 1, Few: true})},
		Forecasts: []metric.Forecast{{Week: fixtureWeek(1, metric.Open), ExpectedDen: 3, Target: "0.80", Missing: "few_orders"}}}
	pass := metric.Shop{ID: "partly", Verdict: metric.Verdict{State: "pass", Few: []string{"ldr"}, Undecided: []string{"sfcr"}}, Series: []metric.Series{
		of("otdr", ">=", "0.80", metric.Point{Num: 90, Den: 100, Met: "yes"}),
		of("vtr", ">=", "0.95", metric.Point{Num: 99, Den: 100, Open: 1, Met: "yes", Bounds: &metric.Bounds{LowNum: 99, LowDen: 100, HighNum: 100, HighDen: 100, Undecided: 1}}),
		of("ldr", "<=", "0.10", metric.Point{Num: 1, Den: 1, Few: true}),
		of("sfcr", "<=", "0.025", metric.Point{Week: fixtureWeek(0, metric.Open), Num: 1, Den: 300, Open: 8, Bounds: &metric.Bounds{LowNum: 1, LowDen: 300, HighNum: 9, HighDen: 300, Undecided: 8}}),
		of("first_scan", ">=", "0.90", metric.Point{Num: 89, Den: 100, Unknown: 4}),
	}}
	w.Shops = []metric.Shop{few, pass}
	return w
}

// The page, the head sentence and the workbook say that there are too few to judge,
// or between what the rate still lies: never a miss.
func TestUnjudgedIsNoMiss(t *testing.T) {
	r := made(t, func(f Files) (Report, error) { return Weekly(fixtureUnjudged(), f) })
	text := tags.ReplaceAllString(markup(string(r.HTML)), "")
	for _, want := range []string{
		"TOO FEW TO JUDGE", "数量过少，不作判定", "On-time delivery (OTDR): too few to judge (0 of 1 order, at least 10 are needed)",
		"too few to judge (1 of 1 order, at least 10 are needed)", "2 metrics with a target are met; these are not decided:",
		"is open: between 0.3% and 3.0% once the 8 undecided are known, target ≤ 2.5%", "open: between 0.3% and 3.0%, 8 undecided",
		"between 99.0% and 100.0% once the 1 undecided are known", "too few orders to say", "no verdict: of 4 the exports do not say how they count",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, never := range []string{"FAIL", "missed by", "too many"} {
		if strings.Contains(text, never) {
			t.Errorf("the page says %q", never)
		}
	}
	if got, want := r.Entry.Headline["en"], "1 shop passes, 0 fail, 1 with too few to judge, 0 without a verdict"; got != want {
		t.Errorf("head sentence %q, want %q", got, want)
	}
	book, err := excelize.OpenReader(bytes.NewReader(r.XLSX))
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		all += sheet
		for _, row := range rows {
			all += strings.Join(row, "\t") + "\n"
		}
	}
	if !strings.Contains(all, "too few to judge") && !strings.Contains(all, "数量过少") {
		t.Error("the workbook does not say that there are too few to judge")
	}
	data, err := json.Marshal(fixtureUnjudged().Shops[0])
	if err != nil || !strings.Contains(string(data), `"missing":"few"`) || !strings.Contains(string(data), `"few":true`) {
		t.Errorf("%v: %s", err, data)
	}
}

// What a rate may become is rounded as the rate is: it may be one of the ends.
func TestRangesAreRoundedAsRates(t *testing.T) {
	p := metric.Point{Num: 3, Den: 56, Bounds: &metric.Bounds{LowNum: 3, LowDen: 56, HighNum: 14, HighDen: 56}}
	if low, high, rate := lowPercent(*p.Bounds), highPercent(*p.Bounds), ratePercent(p, false); low != rate || low != "5.4%" || high != "25.0%" {
		t.Errorf("%s to %s of %s", low, high, rate)
	}
}

// The orders behind a missed cancellation rate are named, many of them counted.
func TestCancelledOrdersAreNamed(t *testing.T) {
	r := made(t, func(f Files) (Report, error) { return Weekly(fixtureCancelled(), f) })
	text := tags.ReplaceAllString(markup(string(r.HTML)), "")
	for _, want := range []string{"Cancelled by the seller: 5769000000000000000, 5769000000000000001", "5769000000000000007 and 3 more"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// fixtureUnfed is a week for which a feed has never loaded a file.
func fixtureUnfed() metric.Weekly {
	w := fixtureUnjudged()
	w.Actions, w.ActionTotal, w.ActionLate, w.ActionHidden = nil, 0, 0, 0
	w.ActionUnknown = []string{metric.NoScans, metric.NoDeliveries, metric.NoDispatches}
	w.Trust.Feeds = append([]metric.Feed{{Name: "uniuni_scans", Never: true}}, w.Trust.Feeds...)
	for i := range w.Shops {
		w.Shops[i].Verdict = metric.Verdict{State: "none", Missing: "never_loaded"}
		for j := range w.Shops[i].Series {
			w.Shops[i].Series[j].Points[0].Met = ""
		}
	}
	return w
}

// A feed that never loaded a file is named at the top, at each shop and in the
// foot, with the feeds.
func TestUnfedIsLoud(t *testing.T) {
	text := tags.ReplaceAllString(markup(render(t, fixtureUnfed())), "")
	for _, want := range []string{
		"Feed uniuni_scans brings orders, parcels or scans and has never loaded a file.", "Feed uniuni_scans has never loaded a file, so what became of these orders may be unknown.",
		"数据源 uniuni_scans 应提供订单", "Feeds that have never loaded a file", "never loaded",
		"No tracking feed was loaded: first scans, silence and stalls cannot be known", "No export says what was delivered", "No export says what was dispatched",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if text := tags.ReplaceAllString(markup(render(t, fixtureFull())), ""); strings.Contains(text, "never loaded") {
		t.Error("a page without such a feed speaks of one")
	}
}

// Each page of one shop says what of it is of all shops.
func TestPagesOfAShopSaySo(t *testing.T) {
	transit, channels, quality, week := transitFixtures["full"](), channelsFull(), qualityFixtures["full"](), fixtureFull()
	const want = "belong to no shop and are counted for all shops"
	for _, shop := range []string{"", "Aurora Home"} {
		transit.Shop, channels.Shop, quality.Shop, week.Shop = shop, shop, shop, shop
		for name, build := range map[string]func(Files) (Report, error){
			"transit":  func(f Files) (Report, error) { return Transit(transit, f) },
			"channels": func(f Files) (Report, error) { return Channels(channels, f) },
			"quality":  func(f Files) (Report, error) { return Quality(quality, f) },
			"weekly":   func(f Files) (Report, error) { return Weekly(week, f) },
		} {
			if says := strings.Contains(string(made(t, build).HTML), want); says != (shop != "") {
				t.Errorf("%s of %q says it: %v", name, shop, says)
			}
		}
	}
}
