package stat

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"
)

type rateCase struct {
	Name   string
	In     []float64
	Out    []*float64
	Python []float64
}

type rateOracle struct {
	Binom, Newcombe, Prop, Adjust, Funnel, Shrink, Boot []rateCase
	Mantel                                              []struct {
		Name   string
		In     [][4]int64
		R      []float64
		Python struct{ Odds, Equal []float64 }
	}
	Design []struct {
		Name string
		In   [][][2]int64
		Out  []float64
	}
	Mean struct {
		In       [][]float64
		Out, One []float64
	}
	Prior []struct {
		Name string
		In   [][2]int64
		Out  []float64
	}
	Predict []struct {
		In             [3]float64
		Mean, Variance float64
		Interval       [2]int64
		Below          []float64
		Step           int64
	}
}

func rates(t *testing.T) rateOracle {
	t.Helper()
	var o rateOracle
	readJSON(t, "testdata/rates.json", &o)
	return o
}

// agree compares to 1e-8, relative from 1e-4 up: a small p must agree in its digits.
func agree(t *testing.T, what string, got []float64, want []float64) {
	t.Helper()
	agreeTo(t, 1e-8, what, got, want)
}

func agreeTo(t *testing.T, tolerance float64, what string, got []float64, want []float64) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance*math.Max(1e-4, math.Abs(want[i]))) {
			t.Errorf("%s: value %d is %.12g, want %.12g", what, i, got[i], want[i])
		}
	}
}

func defined(out []*float64) []float64 {
	var all []float64
	for _, x := range out {
		if x != nil {
			all = append(all, *x)
		}
	}
	return all
}

func count(num, den float64) Count { return Count{int64(num), int64(den)} }

// must ends the test on an error of a call that is to succeed.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestExactAndHybridIntervalsAgree(t *testing.T) {
	o := rates(t)
	for _, c := range o.Binom {
		i := must[Interval](t)(ClopperPearson(count(c.In[0], c.In[1]), c.In[2]))
		agree(t, fmt.Sprint("binom.test ", c.In), []float64{i.Low, i.High}, defined(c.Out))
	}
	for _, c := range o.Newcombe {
		d := must[Estimate](t)(Newcombe(count(c.In[0], c.In[1]), count(c.In[2], c.In[3]), c.In[4], 1, 1))
		agree(t, fmt.Sprint("newcomb ", c.In), []float64{d.Low, d.High}, defined(c.Out))
	}
	for _, c := range o.Prop {
		p := must[float64](t)(DifferenceP(count(c.In[0], c.In[1]), count(c.In[2], c.In[3]), 1, 1))
		if c.Out[0] == nil { // R divides 0 by 0 where both rates are 0 or both 1
			if p != 1 {
				t.Errorf("p of %v is %v, want 1", c.In, p)
			}
			continue
		}
		agree(t, fmt.Sprint("prop.test ", c.In), []float64{p}, defined(c.Out))
	}
	for _, c := range o.Adjust {
		q := must[[]float64](t)(FalseDiscovery(c.In))
		agree(t, fmt.Sprint("p.adjust ", c.In), q, defined(c.Out))
		agree(t, fmt.Sprint("multipletests ", c.In), q, c.Python)
	}
	for _, c := range o.Funnel {
		i := must[Interval](t)(Funnel(c.In[0], int64(c.In[1]), c.In[2], 1))
		agree(t, fmt.Sprint("funnel ", c.In), []float64{i.Low, i.High}, defined(c.Out))
	}
}

func TestMantelHaenszelAgrees(t *testing.T) {
	for _, c := range rates(t).Mantel {
		var strata []Pair
		skipped := 0
		for _, s := range c.In {
			strata = append(strata, Pair{Count{s[0], s[1]}, Count{s[2], s[3]}})
			if s[1] == 0 || s[3] == 0 {
				skipped++
			}
		}
		got := must[Stratified](t)(MantelHaenszel(strata, 0.95, 1))
		if got.Skipped != skipped || got.Strata != len(strata)-skipped || !got.HasOddsRatio || !got.HasHeterogeneity {
			t.Errorf("%s: %+v", c.Name, got)
		}
		r, h := got.OddsRatio, got.Heterogeneity
		agree(t, c.Name+" in R", []float64{got.Difference.Value, r.Value, r.Low, r.High, h.ChiSquared, float64(h.DF), h.P}, c.R)
		agree(t, c.Name+" in statsmodels", []float64{r.Value, r.Low, r.High}, c.Python.Odds)
		if c.Python.Equal != nil {
			agree(t, c.Name+" in statsmodels, equal odds", []float64{h.ChiSquared, h.P}, c.Python.Equal)
		}
	}
}

func TestDesignEffectAgrees(t *testing.T) {
	for _, c := range rates(t).Design {
		var clusters [][]Count
		for _, row := range c.In {
			var counts []Count
			for _, n := range row {
				counts = append(counts, Count{n[0], n[1]})
			}
			clusters = append(clusters, counts)
		}
		cells := addUp(clusters)
		volumes := make([]int64, len(cells))
		for k, n := range cells {
			volumes[k] = n.Den
		}
		o := must[*Overlap](t)(Common([][]int64{volumes, volumes}, 1))
		d := must[Design](t)(o.DesignEffect(clusters))
		r := must[Adjusted](t)(o.Rate(cells, 0.95, 1))
		agree(t, c.Name, []float64{r.Value, r.Variance, d.Raw}, c.Out)
		if len(cells) == 1 {
			var plain []Count
			for _, row := range clusters {
				plain = append(plain, row[0])
			}
			if one := must[Design](t)(DesignEffect(plain)); one != d {
				t.Errorf("%s: %+v as one stratum, %+v plain", c.Name, d, one)
			}
		}
	}
}

func TestAdjustedMeanAgrees(t *testing.T) {
	m := rates(t).Mean
	cells := make([]Moments, len(m.In))
	for k, xs := range m.In {
		for _, x := range xs {
			cells[k].N++
			cells[k].Sum += x
			cells[k].SumSquares += x * x
		}
	}
	two := must[*Overlap](t)(Common([][]int64{{5, 5}, {9, 9}}, 2))
	got := must[Adjusted](t)(two.Mean(cells, 0.95, 1))
	agree(t, "Welch", []float64{got.Low, got.High}, m.Out)
	one := must[*Overlap](t)(Common([][]int64{{5}, {9}}, 2))
	got = must[Adjusted](t)(one.Mean(cells[:1], 0.95, 1))
	agree(t, "one sample", []float64{got.Low, got.High}, m.One)
}

func TestShrinkageAgrees(t *testing.T) {
	o := rates(t)
	for _, c := range o.Shrink {
		p := Prior{Mean: c.In[0] / (c.In[0] + c.In[1]), Strength: c.In[0] + c.In[1]}
		e := must[Estimate](t)(p.Shrink(count(c.In[2], c.In[3]), c.In[4], 1))
		agree(t, fmt.Sprint("beta ", c.In), []float64{e.Value, e.Low, e.High}, defined(c.Out))
	}
	for _, c := range o.Prior {
		var groups []Count
		for _, g := range c.In {
			groups = append(groups, Count{g[0], g[1]})
		}
		p := must[Prior](t)(FitPrior(groups, 1))
		if !p.Likely {
			t.Errorf("%s: not by likelihood", c.Name)
		}
		agreeTo(t, 1e-6, c.Name, []float64{p.Mean, p.Strength}, c.Out) // theirs is a search by simplex
	}
}

func TestForecastAgrees(t *testing.T) {
	for _, c := range rates(t).Predict {
		n := int64(c.In[0])
		open := []Open{{N: n, P: c.In[1]}}
		for i, want := range c.Below {
			k := int64(i) * c.Step
			if k > n {
				continue // no share of the cohort lies above all of it
			}
			f := must[Forecast](t)(Predict(Count{}, open, c.In[2], 0.8, big.NewRat(k, n)))
			agree(t, fmt.Sprint("below ", k, " of ", c.In), []float64{f.Below}, []float64{want})
			got := []float64{f.Value * c.In[0], f.Variance * c.In[0] * c.In[0], f.Low * c.In[0], f.High * c.In[0]}
			agree(t, fmt.Sprint("moments of ", c.In), got, []float64{c.Mean, c.Variance, float64(c.Interval[0]), float64(c.Interval[1])})
		}
	}
}

func TestBootstrapAgreesWithBoot(t *testing.T) {
	for _, c := range rates(t).Boot {
		level, rows := c.In[0], c.In[1:]
		var num, den []float64
		for i := 0; i < len(rows); i += 2 {
			num, den = append(num, rows[i]), append(den, rows[i+1])
		}
		out := defined(c.Out)
		without, drawn := out[5:5+len(num)], slices.Clone(out[5+len(num):])
		slices.Sort(drawn)
		tail := (1 - level) / 2
		corrected, ok := bca(out[0], drawn, without, level)
		if !ok {
			t.Fatal("no BCa interval")
		}
		agree(t, "from boot's draws", []float64{orderStatistic(drawn, tail), orderStatistic(drawn, 1-tail), corrected.Low, corrected.High}, out[1:5])

		own := must[Resampled](t)(Bootstrap(len(num), Ratio(num, den), level, 4000, 1))
		agree(t, "value", []float64{own.Value}, out[:1])
		// Monte Carlo: the ends of 999 and of 4000 draws differ by a few hundredths of the width.
		width := out[2] - out[1]
		for i, x := range []float64{own.Percentile.Low, own.Percentile.High, own.BCa.Low, own.BCa.High} {
			if math.Abs(x-out[1+i]) > 0.12*width {
				t.Errorf("end %d is %.4f, boot has %.4f, width %.4f", i, x, out[1+i], width)
			}
		}
	}
}
