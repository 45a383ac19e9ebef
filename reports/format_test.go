package reports

import (
	"math"
	"testing"
	"time"

	"waybill/pipeline/metric"
)

func TestNumbers(t *testing.T) {
	cases := []struct{ got, want any }{
		{count(0), number("0")}, {count(999), number("999")}, {count(1204), number("1,204")}, {count(-1887052), number("−1,887,052")},
		{percent(0.8123), number("81.2%")}, {percent(math.NaN()), none},
		{signed(-0.0213), number("−2.1")}, {signed(0.0004), number("±0.0")}, {signed(0.012), number("+1.2")},
		{tenth(-0.04), number("0.0")}, {tenth(1234.56), number("1,234.6")},
		{targetText(">=", "0.80", true), number("≥ 80%")}, {targetText("<=", "0.025", false), number("≤ 2.5%")}, {targetText("<", "0.04", false), number("< 4%")},
		{targetText("", "0.80", true), number("≥ 80%")}, {targetText("", "0.025", false), number("≤ 2.5%")}, {targetText("<", "", true), none},
		{money("1204.5000", "USD"), "USD 1,204.50"}, {money("-3", "USD"), "USD −3.00"}, {money("1500.4", "JPY"), "JPY 1,500"},
		{money("", "USD"), "—"}, {money("n/a", "USD"), "USD n/a"},
		{weekLabel(fixtureWeek(1, metric.Open)), number("2026-W47 (11-16 – 11-22)")}, {weekLabel(metric.Week{ID: "W?"}), number("W?")},
		{scriptLanguage("快件 arrived"), "zh"}, {scriptLanguage("お届け済み"), "ja"}, {scriptLanguage("تم"), "ar"}, {scriptLanguage("Arrived"), ""},
		{short("abcdef", 4), "abc…"}, {short("妥投", 4), "妥投"},
		{clock{time.UTC}.maybe(nil), none},
	}
	for i, c := range cases {
		if c.got != c.want {
			t.Errorf("case %d: got %q, want %q", i, c.got, c.want)
		}
	}
}

// A rate that misses its target by less than a tenth must not read as met.
func TestRateNeverContradictsItsVerdict(t *testing.T) {
	cases := []struct {
		num, den int64
		target   string
		met      string
		higher   bool
		want     number
	}{
		{7996, 10000, "0.80", "no", true, "79.96%"},
		{80, 100, "0.80", "yes", true, "80.0%"},
		{401, 10000, "0.04", "no", false, "4.01%"},
		{79999, 100000, "0.80", "no", true, "79.999%"},
		{7996, 10000, "0.80", "", true, "80.0%"},
		{1, 3, "", "", true, "33.3%"},
	}
	for _, c := range cases {
		p := metric.Point{Num: c.num, Den: c.den, Target: c.target, Met: c.met}
		if got := ratePercent(p, c.higher); got != c.want {
			t.Errorf("%d of %d against %s: %s, want %s", c.num, c.den, c.target, got, c.want)
		}
	}
}

func TestShortBy(t *testing.T) {
	if got := shortBy(metric.Point{Num: 963, Den: 1205, Target: "0.80"}, true); got != 1 {
		t.Errorf("963 of 1,205 lacks %d, want 1", got)
	}
	if got := shortBy(metric.Point{Num: 9, Den: 200, Target: "0.04"}, false); got != 1 {
		t.Errorf("9 of 200 is over by %d, want 1", got)
	}
	for num, want := range map[int64]int64{8: 1, 9: 2} {
		if got := shortBy(metric.Point{Num: num, Den: 200, Op: "<", Target: "0.04"}, false); got != want {
			t.Errorf("%d of 200 against < 4%% is over by %d, want %d", num, got, want)
		}
	}
	p := metric.Point{Num: 8, Den: 200, Op: "<", Target: "0.04", Met: "no"}
	if got := ratePercent(p, false); got != "4.0%" {
		t.Errorf("the bound itself reads %s", got)
	}
}

func TestThinKeepsTheEnds(t *testing.T) {
	curve := fixtureTransit(500, 20, 8, .3, true).Curve
	got := thin(curve)
	if len(got) > curveSteps || got[0] != curve[0] || got[len(got)-1] != curve[len(curve)-1] {
		t.Errorf("%d of %d steps", len(got), len(curve))
	}
}

func TestRankedPutsSmallGroupsLast(t *testing.T) {
	got := ranked(fixtureFull().Channels)
	if !got[len(got)-1].Small || got[0].Key != "YunExpress US Standard" {
		t.Errorf("order: first %q, last %q", got[0].Key, got[len(got)-1].Key)
	}
}
