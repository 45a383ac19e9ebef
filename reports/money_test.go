package reports

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"waybill/pipeline/metric"
)

func TestLeakageAnswer(t *testing.T) {
	for name, want := range map[string]string{
		"full":  "CNY 534,793.35 billed on 30 bills; CNY 79,085.00 of it can be disputed (385 findings), the first by 2026-11-22. USD 8,211.00 billed on 1 bill; USD 411.00 of it can be disputed (55 findings).",
		"clean": "CNY 2,000.00 billed on 0 bills; nothing of it can be disputed.", "empty": "No bill of these days was loaded.",
	} {
		if got := made(t, casesOf("leakage", Leakage, leakageFixtures)["leakage "+name]).Entry.Headline["en"]; got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, want := range map[string]string{"full": "Approve CNY 20,431.02, dispute CNY 210.00 (12 findings).", "look": "Approve CNY 1,000.00; look first at CNY 40.00 of it (2 findings).", "clean": "Approve CNY 1,000.00."} {
		if got := made(t, casesOf("bill", Bill, billFixtures)["bill "+name]).Entry.Headline["en"]; got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestClaimsAreAbsent: without claims nothing on the page speaks of any.
func TestClaimsAreAbsent(t *testing.T) {
	cases := casesOf("leakage", Leakage, leakageFixtures)
	for name, want := range map[string]bool{"leakage full": true, "leakage plain": false} {
		html := string(made(t, cases[name]).HTML)
		for _, id := range []string{`id="expiring"`, `id="claims"`, `id="scores"`} {
			if strings.Contains(html, id) != want {
				t.Errorf("%s: %s is there: %t", name, id, !want)
			}
		}
	}
}

// TestOnlyWhatCanBeSentIsClaimable: what is worth a look, or was sent, is in neither
// the amount that can be claimed now nor among what expires.
func TestOnlyWhatCanBeSentIsClaimable(t *testing.T) {
	in := leakageClean()
	in.Claims.Rows = []metric.ClaimRow{{Finding: "a", Currency: "CNY", State: "detected", Claimable: true, Amount: cents(100), Deadline: "2026-11-20", DaysLeft: ptr(4)},
		{Finding: "b", Currency: "CNY", State: "detected", Amount: cents(1000), Deadline: "2026-11-19", DaysLeft: ptr(3)}, {Finding: "c", Currency: "CNY", State: "approved", Amount: cents(10000)}}
	in.Languages = []string{"en"}
	html := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(made(t, func(f Files) (Report, error) { return Leakage(in, f) }).HTML), "")
	if !strings.Contains(html, "CNY 1.00 can be claimed now (1 claim); 1 expires within seven days.") {
		t.Error("the page does not say what can be claimed now")
	}
	if strings.Contains(html, "2026-11-19") {
		t.Error("a claim that cannot be sent is among those that expire")
	}
}

func TestLeakageWorkbookHoldsAll(t *testing.T) {
	in := leakageFull()
	in.Languages = []string{"en"}
	r, err := Leakage(in, testFiles())
	if err != nil {
		t.Fatal(err)
	}
	f := openBook(t, r)
	rows := rowsOfSheet(t, f, "Top findings")
	if len(rows) != 1+len(in.Findings) {
		t.Errorf("%d findings in the sheet, want %d", len(rows)-1, len(in.Findings))
	}
	if n := strings.Count(string(r.HTML), `data-copy="YT26`); n > 2*findingsShown {
		t.Errorf("the page lists %d findings", n)
	}
	at := func(name string) string { return rows[1][columnNamed(t, rows[0], name)] }
	if at("Currency") != "CNY" || at("Difference") != "57.5" || at("Rule") != "A01" || at("Why") != "first billed on: YT2026100001; times billed: 2" || at("Provider") != "yunexpress" {
		t.Errorf("%q", rows[1])
	}
	months := rowsOfSheet(t, f, "By provider and month")
	if len(months) != 1+len(in.Months) {
		t.Errorf("%d rows of months, want %d", len(months)-1, len(in.Months))
	}
	// parts of both currencies stand below the same heads
	last := months[len(months)-1]
	if last[columnNamed(t, months[0], "Currency")] != "USD" || last[columnNamed(t, months[0], "Surcharges")] == "" {
		t.Errorf("%q", last)
	}
}

func TestBillWorkbookHoldsEveryLine(t *testing.T) {
	in := billHostile()
	in.Languages = []string{"en"}
	r, err := Bill(in, testFiles())
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOfSheet(t, openBook(t, r), "Lines")
	if len(rows) != 1+len(in.Lines) {
		t.Errorf("%d lines in the sheet, want %d", len(rows)-1, len(in.Lines))
	}
	for _, row := range rows {
		if slices.ContainsFunc(row, func(s string) bool { return strings.HasPrefix(s, "=") }) {
			t.Errorf("a formula: %q", row)
		}
	}
}

// TestWaterfallStartsWhereThePartBeforeEnded, and from nothing where that would go below it.
func TestWaterfallStartsWhereThePartBeforeEnded(t *testing.T) {
	b := &moneyPage{writer: testWriter(t)}
	for quoted, want := range map[int64]string{100: "[0 0 0 0]", 1000: "[0 1 1 0]"} {
		sum := moneySum("CNY", quoted, 0, 0, 0, 0, map[string]int64{"credits": -900, "weight": 50})
		c := b.waterfallChart("en", sum, partsOf([]metric.MoneySum{sum}))
		c.Validate()
		series := c.(*charts.Bar).MultiSeries
		var got []any
		for _, d := range series[0].Data.([]opts.BarData) {
			got = append(got, d.Value)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("quoted %d: the bars start at %v, want %s", quoted, got, want)
		}
	}
}
