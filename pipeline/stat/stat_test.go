package stat

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func curve(t interface{ Fatal(...any) }, cells []Cell) *Curve {
	c, err := KaplanMeier(cells)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func drawCells(t *rapid.T, censored bool) []Cell {
	most := int64(0)
	if censored {
		most = 50
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Cell {
		return Cell{
			Bin:      rapid.Int64Range(0, 200).Draw(t, "bin"),
			Events:   rapid.Int64Range(0, 50).Draw(t, "events"),
			Censored: rapid.Int64Range(0, most).Draw(t, "censored"),
		}
	}), 0, 40).Draw(t, "cells")
}

func TestCurveFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := curve(t, drawCells(t, true))
		last, running := 1.0, c.N
		for _, s := range c.Steps() {
			if s.S > last || s.S < 0 {
				t.Fatalf("S goes from %v to %v at bin %d", last, s.S, s.Bin)
			}
			if s.AtRisk != running {
				t.Fatalf("%d at risk at bin %d, want %d", s.AtRisk, s.Bin, running)
			}
			if v := s.Variance(); !(v >= 0) || math.IsInf(v, 0) {
				t.Fatalf("variance %v at bin %d", v, s.Bin)
			}
			if b, ok := s.Band(0.95); ok && !(0 <= b.Low && b.Low <= s.S && s.S <= b.High && b.High <= 1) {
				t.Fatalf("band %v does not hold %v", b, s.S)
			}
			last, running = s.S, running-s.Events-s.Censored
		}
		if running != 0 {
			t.Fatalf("%d durations are in no step", running)
		}
	})
}

func TestWithoutCensoringItIsTheEmpiricalDistribution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := curve(t, drawCells(t, false))
		left := c.N
		for _, s := range c.Steps() {
			left -= s.Events
			if want := float64(left) / float64(c.N); s.S != want {
				t.Fatalf("S at bin %d is %v, the share that is left is %v", s.Bin, s.S, want)
			}
		}
	})
}

func TestQuantileIsAnOrderStatistic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bins := rapid.SliceOfN(rapid.Int64Range(0, 500), 1, 60).Draw(t, "bins")
		var cells []Cell
		for _, b := range bins {
			cells = append(cells, Cell{Bin: b, Events: 1})
		}
		tenth := rapid.Int64Range(1, 9).Draw(t, "tenth")
		slices.Sort(bins)
		// the smallest t by which at least tenth/10 of n have ended
		rank := (tenth*int64(len(bins)) + 9) / 10
		q := curve(t, cells).Quantile(float64(tenth)/10, 0.95)
		if !q.At.Reached || q.At.Bin != bins[rank-1] {
			t.Fatalf("q%d0 is %v, want bin %d", tenth, q.At, bins[rank-1])
		}
		if !q.Low.Reached || q.Low.Bin > q.At.Bin || q.High.Reached && q.High.Bin < q.At.Bin {
			t.Fatalf("interval %v to %v does not hold %v", q.Low, q.High, q.At)
		}
	})
}

func TestLateCensoringChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := append(drawCells(t, true), Cell{Bin: 201, Events: 1}, Cell{Bin: 205, Censored: 4})
		c := curve(t, cells)
		more := append(slices.Clone(cells), Cell{Bin: rapid.Int64Range(205, 400).Draw(t, "late"), Censored: 3})
		d := curve(t, more)
		// Durations that outlast the last event were at risk throughout, so it is the
		// censored ones moved later, not added, that must not matter.
		moved := slices.Clone(cells)
		moved[len(moved)-1].Bin = 300
		m := curve(t, moved)
		for b := int64(0); b < 210; b++ {
			if c.At(b) != m.At(b) {
				t.Fatalf("S(%d) is %v, and %v with censorings later", b, c.At(b), m.At(b))
			}
		}
		for b := int64(201); b < 410; b++ {
			if d.At(b) != d.At(201) {
				t.Fatalf("S moves from %v to %v after the last event", d.At(201), d.At(b))
			}
		}
		if c.Quantile(0.5, 0.9) != m.Quantile(0.5, 0.9) {
			t.Fatal("the median moves with censorings after the last event")
		}
	})
}

func TestOrderAndSplitOfCellsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := drawCells(t, true)
		var split []Cell
		for _, k := range cells {
			split = append(split, Cell{k.Bin, 0, k.Censored}, Cell{k.Bin, k.Events, 0})
		}
		slices.Reverse(split)
		if a, b := curve(t, cells), curve(t, split); !slices.Equal(a.Steps(), b.Steps()) {
			t.Fatalf("%v, and split %v", a.Steps(), b.Steps())
		}
	})
}

func TestQuantileStaysWithinOneBinOfExactTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.SliceOfN(rapid.Float64Range(0, 60000), 1, 80).Draw(t, "minutes")
		var cells []Cell
		for _, m := range minutes {
			cells = append(cells, Cell{Bin: int64(m / BinMinutes), Events: 1})
		}
		slices.Sort(minutes)
		exact := minutes[(9*len(minutes)+9)/10-1] / 60
		got, ok := curve(t, cells).Quantile(0.9, 0.95).At.Hours()
		if off := got - exact; !ok || off < 0 || off > BinMinutes/60.0+1e-9 {
			t.Fatalf("P90 is %v hours, exact %v", got, exact)
		}
	})
}

func TestNotReached(t *testing.T) {
	c := curve(t, []Cell{{Bin: 100, Events: 60}, {Bin: 200, Censored: 40}})
	if q := c.Quantile(0.5, 0.95); q.At != (Crossing{100, true}) {
		t.Errorf("median is %v", q.At)
	}
	if d, ok := c.Quantile(0.9, 0.95).At.Days(); ok {
		t.Errorf("P90 is %v days, want not reached", d)
	}
	if d, ok := c.Quantile(0.6, 0.95).At.Days(); !ok || d != 101.0/144 {
		t.Errorf("P60 is %v days (%v), want exactly the step at 0.4", d, ok)
	}
	for _, p := range []float64{0, 1, -1, math.NaN()} {
		if q := c.Quantile(p, 0.95); q.At.Reached || q.Low.Reached {
			t.Errorf("p = %v is reached", p)
		}
	}
	if q := c.Quantile(0.5, 1.5); !q.At.Reached || q.Low.Reached || q.High.Reached {
		t.Errorf("level 1.5 gives %v", q)
	}
	var none Curve
	if none.At(5) != 1 || none.Quantile(0.5, 0.95).At.Reached {
		t.Error("a curve of nothing has a median")
	}
}

func TestImpossibleCells(t *testing.T) {
	for _, cells := range [][]Cell{
		{{Bin: -1, Events: 1}},
		{{Bin: 1, Events: -1}},
		{{Bin: 1, Censored: -1}},
		{{Bin: 1, Events: math.MaxInt64}, {Bin: 1, Events: 1}},
		{{Bin: 1, Events: math.MaxInt64}, {Bin: 2, Events: 1}},
		{{Bin: 1, Events: math.MaxInt64, Censored: 1}},
	} {
		if _, err := KaplanMeier(cells); err == nil {
			t.Errorf("%v: no error", cells)
		}
	}
}

// R: prop.test(k, n, correct = FALSE)$conf.int gives the same; the last row is
// 88 of 100 with half the effective size, which is 44 of 50.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		num, den  int64
		deff      float64
		low, high float64
	}{
		{88, 100, 1, 0.8019, 0.9300},
		{40, 50, 1, 0.6696, 0.8876},
		{0, 20, 1, 0, 0.1611},
		{20, 20, 1, 0.8389, 1},
		{88, 100, 2, 0.7620, 0.9438},
	} {
		got, err := Wilson(c.num, c.den, 0.95, c.deff)
		if err != nil || math.Abs(got.Low-c.low) > 5e-5 || math.Abs(got.High-c.high) > 5e-5 {
			t.Errorf("%d of %d, deff %v: %v, %v, want %v to %v", c.num, c.den, c.deff, got, err, c.low, c.high)
		}
	}
	for _, f := range []func() (Interval, error){
		func() (Interval, error) { return Wilson(1, 0, 0.95, 1) },
		func() (Interval, error) { return Wilson(3, 2, 0.95, 1) },
		func() (Interval, error) { return Wilson(-1, 2, 0.95, 1) },
		func() (Interval, error) { return Wilson(1, 2, 1, 1) },
		func() (Interval, error) { return Wilson(1, 2, 0.95, 0) },
		func() (Interval, error) { return Wilson(1, 2, 0.95, math.NaN()) },
	} {
		if got, err := f(); err == nil {
			t.Errorf("an impossible call gives %v", got)
		}
	}
}

func TestWilsonHoldsTheShareAndWidens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		den := rapid.Int64Range(1, 1e12).Draw(t, "den")
		num := rapid.Int64Range(0, den).Draw(t, "num")
		plain, err1 := Wilson(num, den, 0.95, 1)
		wide, err2 := Wilson(num, den, 0.95, rapid.Float64Range(1, 40).Draw(t, "deff"))
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		p, slack := float64(num)/float64(den), 1e-15
		if plain.Low > p+slack || plain.High < p-slack || wide.Low > plain.Low+slack || wide.High < plain.High-slack {
			t.Fatalf("%d of %d: %v, with a design effect %v", num, den, plain, wide)
		}
	})
}
