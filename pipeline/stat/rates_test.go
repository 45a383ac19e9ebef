package stat

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// TestSatoIsTheVariance: over all outcomes of two small strata with a common
// difference, the mean of Sato's sum is the true variance of the numerator.
func TestSatoIsTheVariance(t *testing.T) {
	const pa, pb = 0.7, 0.45
	choose := func(n, k int64, p float64) float64 {
		return float64(new(big.Int).Binomial(n, k).Int64()) * math.Pow(p, float64(k)) * math.Pow(1-p, float64(n-k))
	}
	for _, size := range [][2]int64{{4, 4}, {1, 5}, {6, 2}} {
		na, nb := size[0], size[1]
		n := float64(na + nb)
		w := float64(na*nb) / n
		mean := 0.0
		for a := range na + 1 {
			for b := range nb + 1 {
				got, err := MantelHaenszel([]Pair{{Count{a, na}, Count{b, nb}}}, 0.95, 1)
				if err != nil {
					t.Fatal(err)
				}
				// the common difference is known here; one stratum's estimate of it is not needed
				x, y, sa, sb := float64(a), float64(b), float64(na), float64(nb)
				p := (sa*sa*y - sb*sb*x + sa*sb*(sb-sa)/2) / (n * n)
				q := (x*(sb-y) + y*(sa-x)) / (2 * n)
				mean += choose(na, a, pa) * choose(nb, b, pb) * ((pa-pb)*p + q)
				own := math.Max(0, got.Difference.Value*p+q) / (w * w)
				if math.Abs(got.Variance-own) > 1e-12 {
					t.Fatalf("%v, %d and %d: variance %v, want %v", size, a, b, got.Variance, own)
				}
			}
		}
		want := w * w * (pa*(1-pa)/float64(na) + pb*(1-pb)/float64(nb))
		if math.Abs(mean-want) > 1e-12 {
			t.Errorf("%v: mean of Sato's sum %v, true variance %v", size, mean, want)
		}
	}
}

func TestStrataThatCannotTell(t *testing.T) {
	both := []Pair{{Count{0, 4}, Count{0, 9}}, {Count{5, 5}, Count{7, 7}}}
	got, err := MantelHaenszel(both, 0.95, 1)
	if err != nil || got.Strata != 2 || got.Difference.Value != 0 || got.HasOddsRatio || got.HasHeterogeneity {
		t.Errorf("all 0 and all 1: %+v, %v", got, err)
	}
	if _, err := MantelHaenszel([]Pair{{Count{1, 4}, Count{}}}, 0.95, 1); err == nil {
		t.Error("an empty arm in the only stratum is compared")
	}
	wide, err1 := MantelHaenszel([]Pair{{Count{12, 40}, Count{20, 50}}}, 0.95, 4)
	plain, err2 := MantelHaenszel([]Pair{{Count{12, 40}, Count{20, 50}}}, 0.95, 1)
	if err1 != nil || err2 != nil || wide.HasHeterogeneity || math.Abs(wide.Variance-4*plain.Variance) > 1e-15 {
		t.Errorf("design effect 4: %+v, 1: %+v", wide, plain)
	}
}

func TestOverlapIsWhereEveryGroupHasEnough(t *testing.T) {
	o, err := Common([][]int64{{10, 9, 40, 0}, {10, 50, 20, 30}}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(o.Used, []int{0, 2}) || o.Weight[0] != 0.25 || o.Weight[1] != 0.75 {
		t.Errorf("strata %v, weights %v", o.Used, o.Weight)
	}
	if o.Groups[0] != 50.0/59 || o.Groups[1] != 30.0/110 || o.Pooled != 80.0/169 {
		t.Errorf("overlap %v, pooled %v", o.Groups, o.Pooled)
	}
	none, err := Common([][]int64{{10, 0}, {0, 10}}, 0) // an empty arm is never common
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Rate([]Count{{1, 10}, {}}, 0.95, 1); !errors.Is(err, ErrNoOverlap) {
		t.Errorf("without common strata: %v", err)
	}
	if _, err := o.Rate([]Count{{1, 10}, {1, 9}}, 0.95, 1); err == nil {
		t.Error("two strata for four are taken")
	}
	if _, err := o.Mean([]Moments{{1, 2, 4}, {}, {9, 9, 9}, {}}, 0.95, 1); err == nil {
		t.Error("one parcel has a variance")
	}
}

// TestOneStratumIsWilson: with nothing to standardise, nothing changes.
func TestOneStratumIsWilson(t *testing.T) {
	o := &Overlap{Used: []int{0}, Weight: []float64{1}, Groups: []float64{1, 1}, strata: 1}
	for _, c := range []Count{{0, 1}, {1, 1}, {0, 20}, {20, 20}, {3, 7}, {978, 1204}} {
		for _, deff := range []float64{1, 2.5} {
			got, err1 := o.Rate([]Count{c}, 0.95, deff)
			want, err2 := Wilson(c.Num, c.Den, 0.95, deff)
			if err1 != nil || err2 != nil || math.Abs(got.Low-want.Low) > 1e-12 || math.Abs(got.High-want.High) > 1e-12 {
				t.Errorf("%v: %v, Wilson %v (%v, %v)", c, got.Interval, want, err1, err2)
			}
		}
	}
}

// TestEqualStrataAreOne: two strata of 3 of 5 at equal weight are fitted alike, and
// each is half of the variance, so its n / (n-1+h) is 5 / 4.5: Wilson's for 9 parcels.
func TestEqualStrataAreOne(t *testing.T) {
	o, err := Common([][]int64{{5, 5}, {5, 5}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	z, _ := normal(0.95)
	got, err := o.Rate([]Count{{3, 5}, {3, 5}}, 0.95, 1)
	want := score(0.6, 9, z)
	if err != nil || math.Abs(got.Low-want.Low) > 1e-12 || math.Abs(got.High-want.High) > 1e-12 {
		t.Errorf("%v, want %v, %v", got.Interval, want, err)
	}
}

// TestDesignEffectsStayWithTheirRate: 8 of 40 at an effect of 4 is worth 2 of 10.
func TestDesignEffectsStayWithTheirRate(t *testing.T) {
	a, b := Count{8, 40}, Count{36, 90}
	got, err1 := Newcombe(a, b, 0.95, 4, 9)
	want, err2 := Newcombe(Count{2, 10}, Count{4, 10}, 0.95, 1, 1)
	if err1 != nil || err2 != nil || got != want {
		t.Errorf("%v, want %v", got, want)
	}
	q := 44.0 / 130
	p, err := DifferenceP(a, b, 4, 18)
	if hand := math.Erfc(0.2 / math.Sqrt(2*q*(1-q)*0.3)); err != nil || math.Abs(p-hand) > 1e-12 {
		t.Errorf("p %v, want %v, %v", p, hand, err)
	}
	if _, ok := TwoSidedP(0.1, 0); ok {
		t.Error("a difference without variance has a p")
	}
}

func TestAdjustedIntervalHoldsItsValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		strata := rapid.IntRange(1, 6).Draw(t, "strata")
		cells, volumes := make([][]Count, 2), make([][]int64, 2)
		for g := range cells {
			cells[g], volumes[g] = drawCounts(t, strata, 1), make([]int64, strata)
			for k, c := range cells[g] {
				volumes[g][k] = c.Den
			}
		}
		o, err := Common(volumes, 1)
		if err != nil {
			t.Fatal(err)
		}
		deff := rapid.Float64Range(1, 9).Draw(t, "deff")
		for _, row := range cells {
			got, err := o.Rate(row, 0.95, deff)
			if err != nil {
				t.Fatal(err)
			}
			if !(0 <= got.Low && got.Low <= got.Value && got.Value <= got.High && got.High <= 1 && got.Low < got.High) {
				t.Fatalf("%+v", got)
			}
		}
	})
}

func drawCounts(t *rapid.T, strata int, least int64) []Count {
	out := make([]Count, strata)
	for k := range out {
		out[k].Den = rapid.Int64Range(least, 60).Draw(t, "den")
		out[k].Num = rapid.Int64Range(0, out[k].Den).Draw(t, "num")
	}
	return out
}

// TestReversalNamesWhatDrives: Charig's kidney stones (1986), the known case of the
// paradox: open surgery is better for small and for large stones, worse in all.
func TestReversalNamesWhatDrives(t *testing.T) {
	cells := [][]Count{{{81, 87}, {192, 263}}, {{234, 270}, {55, 80}}}
	o, err := Common([][]int64{{87, 263}, {270, 80}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	all, err := o.Reversals(cells)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d reversals, %v", len(all), err)
	}
	r := all[0]
	if r.Crude.Cmp(big.NewRat(273-289, 350)) != 0 || r.Adjusted.Sign() != 1 {
		t.Errorf("crude %s, adjusted %s", r.Crude, r.Adjusted)
	}
	whole := new(big.Rat)
	for _, d := range r.Drivers {
		whole.Add(whole, d.Part)
		if d.Part.Sign() != -1 {
			t.Errorf("stratum %d moves it by %s: both should pull open surgery down", d.Stratum, d.Part)
		}
	}
	if whole.Cmp(new(big.Rat).Sub(r.Crude, r.Adjusted)) != 0 {
		t.Errorf("parts sum to %s", whole)
	}
	same := [][]Count{{{8, 10}, {1, 10}}, {{7, 10}, {0, 10}}}
	o, err = Common([][]int64{{10, 10}, {10, 10}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := o.Reversals(same); err != nil || len(all) != 0 {
		t.Errorf("equal mixes reverse: %v, %v", all, err)
	}
}

func TestReversalPartsSumExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		strata := rapid.IntRange(2, 5).Draw(t, "strata")
		cells, volumes := make([][]Count, 3), make([][]int64, 3)
		for g := range cells {
			cells[g], volumes[g] = drawCounts(t, strata, 0), make([]int64, strata)
			for k, c := range cells[g] {
				volumes[g][k] = c.Den
			}
		}
		o, err := Common(volumes, 5)
		if err != nil {
			t.Fatal(err)
		}
		all, err := o.Reversals(cells)
		if len(o.Used) == 0 {
			if !errors.Is(err, ErrNoOverlap) {
				t.Fatal(err)
			}
			return
		}
		for _, r := range all {
			whole := new(big.Rat).Sub(r.Adjusted, r.Crude)
			for _, d := range r.Drivers {
				whole.Add(whole, d.Part)
			}
			if whole.Sign() != 0 {
				t.Fatalf("parts miss by %s", whole)
			}
		}
	})
}

// TestChangeIsTakenApartExactly: every part sums, and the totals are Shapley's: the
// mean of what each factor does when it is changed first and when it is changed last.
func TestChangeIsTakenApartExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		strata := rapid.IntRange(1, 6).Draw(t, "strata")
		before, after := drawCounts(t, strata, 0), drawCounts(t, strata, 0)
		c, err := Decompose(before, after)
		b, a := flat(before), flat(after)
		if b.Den == 0 || a.Den == 0 {
			if err == nil {
				t.Fatal("an empty period is taken apart")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if c.Total.Cmp(new(big.Rat).Sub(big.NewRat(a.Num, a.Den), big.NewRat(b.Num, b.Den))) != 0 {
			t.Fatalf("total %s", c.Total)
		}
		back, err := Decompose(after, before)
		if err != nil {
			t.Fatal(err)
		}
		mix, rate := new(big.Rat), new(big.Rat)
		for i, e := range c.Strata {
			if r := back.Strata[i]; new(big.Rat).Neg(r.Mix).Cmp(e.Mix) != 0 || new(big.Rat).Neg(r.Rate).Cmp(e.Rate) != 0 {
				t.Fatalf("stratum %d: %s and %s, backwards %s and %s", e.Stratum, e.Mix, e.Rate, r.Mix, r.Rate)
			}
			mix.Add(mix, e.Mix)
			rate.Add(rate, e.Rate)
			if (before[e.Stratum].Den == 0 || after[e.Stratum].Den == 0) && e.Rate.Sign() != 0 {
				t.Fatalf("stratum %d is new or gone and has the rate effect %s", e.Stratum, e.Rate)
			}
		}
		if mix.Cmp(c.Mix) != 0 || rate.Cmp(c.Rate) != 0 || new(big.Rat).Add(mix, rate).Cmp(c.Total) != 0 {
			t.Fatalf("mix %s (%s), rate %s (%s), total %s", mix, c.Mix, rate, c.Rate, c.Total)
		}
		shapley := new(big.Rat)
		for k := range before {
			if before[k].Den == 0 || after[k].Den == 0 {
				continue
			}
			step := new(big.Rat).Sub(after[k].ratio(), before[k].ratio())
			shares := new(big.Rat).Add(big.NewRat(before[k].Den, b.Den), big.NewRat(after[k].Den, a.Den))
			shapley.Add(shapley, step.Mul(step, shares))
		}
		if shapley.Mul(shapley, big.NewRat(1, 2)).Cmp(rate) != 0 {
			t.Fatalf("rate effect %s, Shapley's %s", rate, shapley)
		}
	})
}

func TestDesignEffectOfWholeClusters(t *testing.T) {
	// clusters of ten that all hit or all miss carry the news of one parcel each
	var clusters []Count
	for c := range int64(40) {
		clusters = append(clusters, Count{10 * (c % 2), 10})
	}
	d, err := DesignEffect(clusters)
	if err != nil || math.Abs(d.Raw-10*40.0/39) > 1e-9 || !d.Known || d.Clusters != 40 {
		t.Errorf("%+v, %v", d, err)
	}
	for name, c := range map[string][]Count{
		"none": {}, "empty": {{0, 0}}, "one": {{3, 9}}, "all 0": {{0, 4}, {0, 9}}, "all 1": {{4, 4}, {9, 9}},
	} {
		if d, err := DesignEffect(c); err != nil || d.Known || d.Effect != 1 {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	if d, err := DesignEffect([]Count{{5, 10}, {5, 10}, {5, 10}}); err != nil || !d.Known || d.Raw != 0 || d.Effect != 1 {
		t.Errorf("more even than chance: %+v, %v", d, err)
	}
}

func TestConcentration(t *testing.T) {
	for _, c := range []struct {
		volumes []int64
		want    float64
	}{{[]int64{7}, 1}, {[]int64{5, 5, 5, 5, 0}, 0.25}, {[]int64{60, 30, 10}, 0.46}} {
		if got, err := Concentration(c.volumes); err != nil || math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%v: %v, %v", c.volumes, got, err)
		}
	}
	for _, bad := range [][]int64{nil, {0, 0}, {3, -1}} {
		if _, err := Concentration(bad); err == nil {
			t.Errorf("%v has a concentration", bad)
		}
	}
}

func TestFunnelWidensByTheRootOfTheDesignEffect(t *testing.T) {
	plain, err1 := Funnel(0.8, 400, 0.95, 1)
	wide, err2 := Funnel(0.8, 400, 0.95, 4)
	if err1 != nil || err2 != nil || math.Abs((0.8-wide.Low)-2*(0.8-plain.Low)) > 1e-12 || math.Abs((wide.High-0.8)-2*(plain.High-0.8)) > 1e-12 {
		t.Errorf("%v, %v (%v, %v)", plain, wide, err1, err2)
	}
	for _, target := range []float64{0, 1} {
		if i, err := Funnel(target, 5, 0.95, 1); err != nil || (i != Interval{target, target}) {
			t.Errorf("target %v: %v, %v", target, i, err)
		}
	}
	last := Interval{0, 1}
	for n := int64(1); n < 3000; n += 7 {
		i, err := Funnel(0.8, n, 0.998, 1)
		if err != nil || !(0 <= i.Low && i.Low <= 0.8 && 0.8 <= i.High && i.High <= 1) {
			t.Fatalf("n %d: %v, %v", n, i, err)
		}
		// interpolation is not monotone from one n to the next, the funnel as a whole is
		if n%700 == 1 {
			if i.Low < last.Low || i.High > last.High {
				t.Errorf("n %d: %v after %v", n, i, last)
			}
			last = i
		}
	}
}
