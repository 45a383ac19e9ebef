package stat

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func incidence(t interface{ Fatal(...any) }, cells []CauseCell) *Incidence {
	inc, err := AalenJohansen(cells)
	if err != nil {
		t.Fatal(err)
	}
	return inc
}

func drawCauses(t *rapid.T, causes ...string) []CauseCell {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) CauseCell {
		return CauseCell{
			Bin:   rapid.Int64Range(0, 100).Draw(t, "bin"),
			Cause: rapid.SampledFrom(causes).Draw(t, "cause"),
			N:     rapid.Int64Range(0, 60).Draw(t, "n"),
		}
	}), 0, 60).Draw(t, "cells")
}

func TestSharesAddUpAndRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inc := incidence(t, drawCauses(t, Censored, "delivered", "returned", "lost", "destroyed"))
		last := make([]float64, len(inc.Causes()))
		running, s := inc.N, 1.0
		for _, step := range inc.Steps() {
			total, ended := step.S, int64(0)
			for i, k := range step.Shares {
				if k.F < last[i] || k.F > 1 || !(k.Variance >= 0) || math.IsInf(k.Variance, 0) {
					t.Fatalf("%s at %d: %v after %v", inc.Causes()[i], step.Bin, k, last[i])
				}
				for _, band := range []func(float64) (Interval, bool){k.Band, k.PlainBand} {
					if b, ok := band(0.95); ok && !(0 <= b.Low && b.Low <= k.F && k.F <= b.High && b.High <= 1) {
						t.Fatalf("band %v does not hold %v", b, k.F)
					}
				}
				last[i] = k.F
				total, ended = total+k.F, ended+k.Events
			}
			if math.Abs(total-1) > 1e-12 || step.S > s || step.S < 0 {
				t.Fatalf("shares and S at %d sum to %v, S is %v after %v", step.Bin, total, step.S, s)
			}
			if step.AtRisk != running {
				t.Fatalf("%d at risk at %d, want %d", step.AtRisk, step.Bin, running)
			}
			s, running = step.S, running-ended-step.Censored
		}
		if running != 0 {
			t.Fatalf("%d durations are in no step", running)
		}
	})
}

func TestOneCauseIsTheCurve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		causes := drawCauses(t, Censored, "delivered")
		var cells []Cell
		for _, k := range causes {
			c := Cell{Bin: k.Bin, Events: k.N}
			if k.Cause == Censored {
				c = Cell{Bin: k.Bin, Censored: k.N}
			}
			cells = append(cells, c)
		}
		inc, km := incidence(t, causes), curve(t, cells)
		for i, s := range km.Steps() {
			step := inc.Steps()[i]
			k := inc.Share("delivered", s.Bin)
			if step.S != s.S || math.Abs(k.F-(1-s.S)) > 1e-12 || math.Abs(k.Variance-s.Variance()) > 1e-12 {
				t.Fatalf("at %d: %v and %v", s.Bin, step, s)
			}
			if s.S == 0 && k.F != 1 {
				t.Fatalf("all have ended at %d, of one cause %v", s.Bin, k.F)
			}
		}
		q, w := inc.Quantile("delivered", 0.5, 0.95), km.Quantile(0.5, 0.95)
		if q.At != w.At {
			t.Fatalf("median %v, of the curve %v", q.At, w.At)
		}
		if p, w := inc.Chance("delivered", 20, 60), km.Chance(20, 60); p.Defined != w.Defined || math.Abs(p.P-w.P) > 1e-9 || p.AtLeast != w.AtLeast {
			t.Fatalf("chance %v, of the curve %v", p, w)
		}
	})
}

func TestWithoutCensoringSharesAreCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inc := incidence(t, drawCauses(t, "delivered", "returned", "lost"))
		ended := make([]int64, len(inc.Causes()))
		for _, step := range inc.Steps() {
			for i, k := range step.Shares {
				ended[i] += k.Events
				n := float64(inc.N)
				f := float64(ended[i]) / n
				if k.F != f || math.Abs(k.Variance-f*(1-f)/n) > 1e-12/n {
					t.Fatalf("%v at %d, the share is %v, its binomial variance %v", k, step.Bin, f, f*(1-f)/n)
				}
			}
		}
	})
}

func TestSplitOfCauseCellsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := drawCauses(t, Censored, "delivered", "returned")
		var split []CauseCell
		for _, k := range cells {
			split = append(split, CauseCell{k.Bin, k.Cause, k.N / 2}, CauseCell{k.Bin, k.Cause, k.N - k.N/2})
		}
		slices.Reverse(split)
		a, b := incidence(t, cells), incidence(t, split)
		same := slices.EqualFunc(a.Steps(), b.Steps(), func(x, y IncidenceStep) bool {
			return x.Bin == y.Bin && x.AtRisk == y.AtRisk && x.S == y.S && slices.Equal(x.Shares, y.Shares)
		})
		if !same {
			t.Fatalf("%v, and split %v", a.Steps(), b.Steps())
		}
	})
}

// A headline quantile over all durations is never before the one that takes
// returned and lost ones for censored: the second overstates.
func TestOtherCausesHoldTheShareDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		causes := drawCauses(t, Censored, "delivered", "lost")
		var cells []Cell
		for _, k := range causes {
			c := Cell{Bin: k.Bin, Censored: k.N}
			if k.Cause == "delivered" {
				c = Cell{Bin: k.Bin, Events: k.N}
			}
			cells = append(cells, c)
		}
		inc, km := incidence(t, causes), curve(t, cells)
		for _, s := range km.Steps() {
			if f := inc.Share("delivered", s.Bin).F; f > 1-s.S+1e-12 {
				t.Fatalf("%v delivered at %d, with losses as censorings %v", f, s.Bin, 1-s.S)
			}
		}
		if q, w := inc.Quantile("delivered", 0.9, 0.95).At, km.Quantile(0.9, 0.95).At; q.Reached && (!w.Reached || w.Bin > q.Bin) {
			t.Fatalf("P90 %v, with losses as censorings %v", q, w)
		}
	})
}

func TestIncidenceOfNothing(t *testing.T) {
	var none Incidence
	if s := none.At(4); s.S != 1 || none.Share("delivered", 4) != (Share{}) {
		t.Errorf("nothing has %v", s)
	}
	inc := incidence(t, []CauseCell{{10, "delivered", 60}, {20, "lost", 30}, {30, Censored, 10}})
	if got := strings.Join(inc.Causes(), " "); got != "delivered lost" || inc.N != 100 || inc.Censored != 10 {
		t.Errorf("causes %q, %d durations, %d censored", got, inc.N, inc.Censored)
	}
	if s := inc.At(9); s.S != 1 || s.AtRisk != 100 || len(s.Shares) != 2 {
		t.Errorf("before the first step: %v", s)
	}
	if s := inc.At(25); s.Bin != 20 || s.Shares[0].F != 0.6 {
		t.Errorf("between steps: %v", s)
	}
	for _, q := range []Quantile{
		inc.Quantile("delivered", 0.9, 0.95), inc.Quantile("eaten", 0.1, 0.95),
		inc.Quantile("delivered", 0, 0.95), inc.Quantile("delivered", math.NaN(), 0.95),
	} {
		if q.At.Reached {
			t.Errorf("reached: %v", q)
		}
	}
	if q := inc.Quantile("delivered", 0.6, 2); q.At != (Crossing{10, true}) || q.Low.Reached || q.High.Reached {
		t.Errorf("level 2 gives %v", q)
	}
	// 0.3 + 0.7 / 2 is a last bit below 0.65
	step := incidence(t, []CauseCell{{1, "delivered", 3}, {2, Censored, 3}, {3, "delivered", 2}, {4, Censored, 2}})
	if q := step.Quantile("delivered", 0.65, 0.95); q.At != (Crossing{3, true}) {
		t.Errorf("a step exactly at p gives %v", q)
	}
	for _, cells := range [][]CauseCell{
		{{-1, "delivered", 1}}, {{1, "delivered", -1}},
		{{1, "delivered", math.MaxInt64}, {1, "delivered", 1}}, {{1, "delivered", math.MaxInt64}, {2, Censored, 1}},
	} {
		if _, err := AalenJohansen(cells); err == nil {
			t.Errorf("%v: no error", cells)
		}
	}
}

// Of 100, 50 end at 10, 30 at 20, 10 are lost at 20, the rest is open at 30.
func TestChance(t *testing.T) {
	km := curve(t, []Cell{{10, 50, 0}, {20, 40, 0}, {30, 0, 10}})
	inc := incidence(t, []CauseCell{{10, "delivered", 50}, {20, "delivered", 30}, {20, "lost", 10}, {30, Censored, 10}})
	done := curve(t, []Cell{{10, 5, 0}})
	for _, c := range []struct {
		name string
		got  Chance
		want Chance
	}{
		{"from the start", km.Chance(-1, 10), Chance{0.5, true, false}},
		{"four of five of the rest", km.Chance(10, 20), Chance{0.8, true, false}},
		{"past the last one", km.Chance(10, 40), Chance{0.8, true, true}},
		{"not later", km.Chance(15, 15), Chance{0, true, false}},
		{"none is left", done.Chance(10, 12), Chance{}},
		{"all are done past the last", done.Chance(9, 12), Chance{1, true, false}},
		{"no durations", (&Curve{}).Chance(1, 2), Chance{}},
		{"delivered of the rest", inc.Chance("delivered", 10, 20), Chance{0.6, true, false}},
		{"lost of the rest", inc.Chance("lost", 10, 25), Chance{0.2, true, false}},
		{"a cause that ended nothing", inc.Chance("returned", 10, 40), Chance{0, true, true}},
		{"no incidence", (&Incidence{}).Chance("lost", 1, 2), Chance{}},
	} {
		if math.Abs(c.got.P-c.want.P) > 1e-15 || c.got.Defined != c.want.Defined || c.got.AtLeast != c.want.AtLeast {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestRMSTIsTheMeanWithoutCensoring(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := curve(t, drawCells(t, false))
		tau := rapid.Int64Range(0, 210).Draw(t, "tau")
		m, ok := c.RMST(tau)
		if ok != (c.N > 0) {
			t.Fatalf("a mean of %d: %v", c.N, ok)
		}
		if !ok {
			return
		}
		mean, square := 0.0, 0.0
		for _, s := range c.Steps() {
			x := BinHours(min(s.Bin, tau))
			mean += x * float64(s.Events)
			square += x * x * float64(s.Events)
		}
		n := float64(c.N)
		mean, square = mean/n, square/n
		if math.Abs(m.Hours-mean) > 1e-9 || math.Abs(m.Variance-(square-mean*mean)/n) > 1e-9 {
			t.Fatalf("%v, want %v, variance %v", m, mean, (square-mean*mean)/n)
		}
	})
}

func TestRMSTDifference(t *testing.T) {
	slow := curve(t, []Cell{{Bin: 11, Events: 10}, {Bin: 23, Events: 10}})
	fast := curve(t, []Cell{{Bin: 5, Events: 10}, {Bin: 11, Events: 10}})
	d, ok := RMSTDifference(slow, fast, 23, 0.95)
	// means 3 and 1.5 hours, variances 1/20 and 0.25/20
	if half := 1.959963984540054 * math.Sqrt(0.0625); !ok || math.Abs(d.Hours-1.5) > 1e-12 || math.Abs(d.Variance-0.0625) > 1e-12 ||
		math.Abs(d.Interval.Low-1.5+half) > 1e-9 || math.Abs(d.Interval.High-1.5-half) > 1e-9 {
		t.Errorf("%v, %v", d, ok)
	}
	open := curve(t, []Cell{{Bin: 5, Events: 1}, {Bin: 20, Censored: 1}})
	for _, c := range []struct {
		other *Curve
		tau   int64
		level float64
	}{{open, 21, 0.95}, {fast, 20, 1}, {&Curve{}, 3, 0.95}, {fast, -1, 0.95}} {
		if d, ok := RMSTDifference(slow, c.other, c.tau, c.level); ok || d != (Difference{}) {
			t.Errorf("tau %d, level %v: %v", c.tau, c.level, d)
		}
	}
	if _, ok := open.RMST(20); !ok {
		t.Error("no mean up to the last censoring")
	}
}

func TestLogRankWithoutAnAnswer(t *testing.T) {
	one := []Cell{{Bin: 1, Events: 3, Censored: 1}}
	late := []Cell{{Bin: 9, Events: 2, Censored: 1}}
	open := []Cell{{Bin: 1, Censored: 5}}
	for _, c := range []struct {
		name   string
		strata [][][]Cell
		why    string
	}{
		{"no strata", nil, "no stratum"},
		{"no groups", [][][]Cell{{}}, "fewer than two"},
		{"one group", [][][]Cell{{one}}, "fewer than two"},
		{"an empty group", [][][]Cell{{one, nil}}, "fewer than two"},
		{"all censored", [][][]Cell{{open, open}}, "fewer than two"},
		{"groups in different strata", [][][]Cell{{one, nil}, {nil, late}}, "together"},
		{"pairs in different strata", [][][]Cell{{one, late, nil, nil}, {nil, nil, one, late}}, "together"},
		{"all end at once", [][][]Cell{{{{Bin: 2, Events: 3}}, {{Bin: 2, Events: 5}}}}, "together"},
	} {
		got, err := LogRank(c.strata...)
		if err != nil || got.Defined || got.DF != 0 || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	for _, strata := range [][][][]Cell{
		{{one, late}, {one}},
		{{one, {{Bin: -1, Events: 1}}}},
		{{one, {{Bin: 1, Events: math.MaxInt64}}}},
		{{one, late}, {one, {{Bin: 1, Censored: math.MaxInt64}}}},
	} {
		if _, err := LogRank(strata...); err == nil {
			t.Errorf("%v: no error", strata)
		}
	}
}

func TestLogRankDoesNotDependOnTheOrderOfGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := [][]Cell{drawCells(t, true), drawCells(t, true), drawCells(t, true)}
		other := [][]Cell{drawCells(t, true), drawCells(t, true), drawCells(t, true)}
		a, err1 := LogRank(groups, other)
		slices.Reverse(groups)
		slices.Reverse(other)
		b, err2 := LogRank(other, groups)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if a.Defined != b.Defined || a.DF != b.DF || math.Abs(a.Chi2-b.Chi2) > 1e-7*(1+a.Chi2) {
			t.Fatalf("%v, reversed %v", a, b)
		}
		observed, expected := 0.0, 0.0
		if n := curve(t, append(slices.Clone(groups[2]), other[2]...)).N; a.Groups[0].N != n {
			t.Fatalf("%d durations in the first group, want %d", a.Groups[0].N, n)
		}
		for _, g := range a.Groups {
			observed += float64(g.Observed)
			expected += g.Expected
		}
		if math.Abs(observed-expected) > 1e-9*(1+observed) {
			t.Fatalf("%v events, %v expected", observed, expected)
		}
	})
}

func TestThinKeepsTheShape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inc := incidence(t, drawCauses(t, Censored, "delivered", "lost"))
		most := rapid.IntRange(-1, 40).Draw(t, "most")
		full, few := inc.Steps(), inc.Thin(most)
		most = max(most, 2)
		if len(few) > most || len(full) <= most && len(few) != len(full) {
			t.Fatalf("%d steps of %d, at most %d", len(few), len(full), most)
		}
		if len(full) == 0 {
			return
		}
		if few[0].Bin != full[0].Bin || few[len(few)-1].Bin != full[len(full)-1].Bin {
			t.Fatalf("from %d to %d, want %d to %d", few[0].Bin, few[len(few)-1].Bin, full[0].Bin, full[len(full)-1].Bin)
		}
		fall := full[0].S - full[len(full)-1].S
		at := 0
		for _, s := range full {
			for at+1 < len(few) && few[at+1].Bin <= s.Bin {
				at++
			}
			if off := few[at].S - s.S; off < 0 || off > 2*fall/float64(most-1)+1e-12 {
				t.Fatalf("at %d the thinned stairs are %v off, the fall is %v, %d steps", s.Bin, off, fall, most)
			}
		}
	})
}

func TestThinOfACurve(t *testing.T) {
	var cells []Cell
	for b := range int64(1000) {
		cells = append(cells, Cell{Bin: b, Events: 1})
	}
	cells = append(cells, Cell{Bin: 400, Events: 3000})
	few := curve(t, cells).Thin(50)
	leap := slices.ContainsFunc(few, func(s Step) bool { return s.Bin == 400 })
	if len(few) > 50 || len(few) < 20 || !leap {
		t.Errorf("%d steps, the leap among them: %v", len(few), leap)
	}
	flat := curve(t, []Cell{{Bin: 1, Censored: 1}, {Bin: 5, Censored: 1}, {Bin: 9, Censored: 1}}).Thin(2)
	if len(flat) != 2 || flat[0].Bin != 1 || flat[1].Bin != 9 {
		t.Errorf("a flat curve thins to %v", flat)
	}
	flat = curve(t, []Cell{{Bin: 1, Censored: 1}, {Bin: 5, Censored: 1}, {Bin: 6, Censored: 1}, {Bin: 9, Censored: 1}}).Thin(3)
	if len(flat) != 3 || flat[1].Bin != 5 {
		t.Errorf("a flat curve thins to %v, want the middle one kept", flat)
	}
}

// 60 delivered, 2 lost, 36 open; the last two that run are delivered together, so
// F leaps to a place that only the censored ones could confirm.
func TestTheLastOneOfAYoungCohortDoesNotSettleTheHighEnd(t *testing.T) {
	cells := []CauseCell{{10, "delivered", 60}, {11, "lost", 2}, {12, Censored, 36}, {13, "delivered", 2}}
	q := incidence(t, cells).Quantile("delivered", 0.7, 0.95)
	if q.At != (Crossing{13, true}) || !q.Low.Reached || q.High.Reached {
		t.Errorf("with censorings: %v", q)
	}
	cells[2] = CauseCell{12, "delivered", 36}
	if q := incidence(t, cells).Quantile("delivered", 0.7, 0.95); q.High != (Crossing{12, true}) {
		t.Errorf("all known: %v", q)
	}
	cells[2] = CauseCell{13, "delivered", 36}
	if q := incidence(t, cells).Quantile("delivered", 0.7, 0.95); q.High != (Crossing{13, true}) {
		t.Errorf("all known at the last step: %v", q)
	}
}
