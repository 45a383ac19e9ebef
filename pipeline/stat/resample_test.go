package stat

import (
	"math"
	"math/big"
	"testing"
)

func TestBootstrapRefuses(t *testing.T) {
	num, den := make([]float64, 25), make([]float64, 25)
	for c := range num {
		num[c], den[c] = float64(3+c%7), float64(4+c%3)
	}
	a, err1 := Bootstrap(25, Ratio(num, den), 0.9, 500, 11)
	b, err2 := Bootstrap(25, Ratio(num, den), 0.9, 500, 11)
	c, err3 := Bootstrap(25, Ratio(num, den), 0.9, 500, 12)
	if err1 != nil || err2 != nil || err3 != nil || a != b || a == c || a.Refused || !a.HasBCa {
		t.Errorf("seed 11: %+v and %+v, seed 12: %+v", a, b, c)
	}
	if few, err := Bootstrap(19, Ratio(num, den), 0.9, 500, 11); err != nil || !few.Refused || !few.Defined || few.Value == 0 {
		t.Errorf("19 clusters: %+v, %v", few, err)
	}
	late := make([]float64, 25)
	late[0] = 1 // most draws have a parcel on time, some do not
	if r, err := Bootstrap(25, Ratio(num, late), 0.9, 500, 11); err != nil || !r.Refused || r.Percentile != (Interval{}) {
		t.Errorf("cost per on-time parcel without one: %+v, %v", r, err)
	}
	same := make([]float64, 25)
	for c := range same {
		same[c] = 2 * den[c]
	}
	if r, err := Bootstrap(25, Ratio(same, den), 0.9, 500, 11); err != nil || r.Refused || r.HasBCa || r.Percentile != (Interval{2, 2}) {
		t.Errorf("a constant: %+v, %v", r, err)
	}
	if _, err := Bootstrap(25, Ratio(num, den), 0.9, 50, 11); err == nil {
		t.Error("50 draws are enough")
	}
}

// TestTiesCountHalf: draws that lie evenly around the value, some of them on it, have
// no bias; with even values without one cluster BCa is the percentile interval.
func TestTiesCountHalf(t *testing.T) {
	drawn := []float64{1, 1.5, 2, 2, 2, 2, 2, 2.5, 3}
	got, ok := bca(2, drawn, []float64{1, 2, 3}, 0.6)
	want := Interval{orderStatistic(drawn, 0.2), orderStatistic(drawn, 0.8)}
	if !ok || math.Abs(got.Low-want.Low) > 1e-12 || math.Abs(got.High-want.High) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestPriorStaysInItsBounds(t *testing.T) {
	for name, c := range map[string]struct {
		groups     []Count
		strength   float64
		low, high  float64
		likelihood bool
	}{
		"all 0":             {[]Count{{0, 10}, {0, 30}}, 40, 0.012, 0.013, false},
		"all 1":             {[]Count{{10, 10}, {30, 30}}, 40, 0.987, 0.988, false},
		"no more than luck": {[]Count{{8, 10}, {16, 20}, {24, 30}}, 60, 0.8, 0.8, false},
		"all or nothing":    {[]Count{{0, 50}, {50, 50}, {0, 50}, {50, 50}}, 1, 0.5, 0.5, false},
		"one parcel each":   {[]Count{{1, 1}, {0, 1}, {1, 1}}, 3, 0.66, 0.67, false},
	} {
		p, err := FitPrior(c.groups, 1)
		if err != nil || p.Strength != c.strength || p.Mean < c.low-1e-12 || p.Mean > c.high+1e-12 || p.Likely != c.likelihood {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		e, err := p.Shrink(c.groups[0], 0.95, 1)
		if err != nil || !(0 <= e.Low && e.Low < e.Value && e.Value < e.High && e.High <= 1) {
			t.Errorf("%s: shrunk to %+v, %v", name, e, err)
		}
	}
	if _, err := FitPrior([]Count{{3, 9}, {}}, 1); err == nil {
		t.Error("one group says how groups differ")
	}
	groups := []Count{{80, 100}, {45, 60}, {190, 200}, {30, 50}, {70, 90}, {9, 20}, {150, 170}}
	p, err := FitPrior(groups, 1)
	if err != nil {
		t.Fatal(err)
	}
	small, err1 := p.Shrink(Count{1, 4}, 0.95, 1)
	large, err2 := p.Shrink(Count{100, 400}, 0.95, 1)
	clustered, err4 := p.Shrink(Count{10, 40}, 0.95, 10)
	if err4 != nil || clustered != small {
		t.Errorf("10 of 40 at an effect of 10: %+v, 1 of 4: %+v, %v", clustered, small, err4)
	}
	child, err3 := p.At(small.Value).Shrink(Count{}, 0.95, 1)
	if err1 != nil || err2 != nil || err3 != nil || small.Value-0.25 < 10*(large.Value-0.25) || math.Abs(child.Value-small.Value) > 1e-15 {
		t.Errorf("prior %+v: 1 of 4 goes to %v, 100 of 400 to %v, a child without parcels to %v", p, small, large, child)
	}
}

// TestPriorByMoments: for groups of one size n it is the textbook's correlation,
// (Q / pq - (G-1)) / ((n-1) (G-1)), here 5.2 / 18.
func TestPriorByMoments(t *testing.T) {
	f := betaFit{hit: []float64{2, 8, 5}, miss: []float64{8, 2, 5}, size: 30}
	if p := f.moments(0.5); math.Abs(p.Strength-(18/5.2-1)) > 1e-12 || p.Mean != 0.5 || p.Likely {
		t.Errorf("%+v", p)
	}
}

func TestNeededIsExact(t *testing.T) {
	for _, c := range []struct {
		known    Count
		open     int64
		target   *big.Rat
		hits     int64
		possible bool
	}{
		{Count{0, 0}, 5, big.NewRat(4, 5), 4, true}, // 4 of 5 is 80 %
		{Count{79, 90}, 10, big.NewRat(4, 5), 1, true},
		{Count{80, 90}, 10, big.NewRat(4, 5), 0, true},
		{Count{80, 100}, 0, big.NewRat(4, 5), 0, true},
		{Count{79, 100}, 0, big.NewRat(4, 5), 1, false},
		{Count{60, 90}, 10, big.NewRat(4, 5), 20, false},
		{Count{0, 3}, 0, new(big.Rat), 0, true},
		{Count{1, 1}, 2, big.NewRat(1, 3), 0, true},
		{Count{0, math.MaxInt64 - 1}, 1, big.NewRat(1, 1), math.MaxInt64, false},
	} {
		got, err := Needed(c.known, c.open, c.target)
		if err != nil || got != (Completion{c.hits, c.possible}) {
			t.Errorf("%v and %d open for %s: %+v, %v", c.known, c.open, c.target, got, err)
		}
	}
	for _, bad := range []*big.Rat{big.NewRat(-1, 5), big.NewRat(6, 5)} {
		if _, err := Needed(Count{1, 2}, 3, bad); err == nil {
			t.Errorf("target %s is taken", bad)
		}
	}
}

func TestForecastStaysWithinWhatIsPossible(t *testing.T) {
	target := big.NewRat(4, 5)
	for name, c := range map[string]struct {
		known       Count
		open        []Open
		deff        float64
		below       float64
		least, most int64
	}{
		"nothing open, passed": {Count{80, 100}, nil, 2, 0, 80, 80},
		"nothing open, missed": {Count{79, 100}, nil, 2, 1, 79, 79},
		"past their deadline":  {Count{80, 90}, []Open{{10, 0, 0}}, 2, 0, 80, 80},
		"as good as delivered": {Count{79, 99}, []Open{{1, 1, 0}}, 2, 0, 80, 80},
		"lost already":         {Count{10, 90}, []Open{{10, 0.5, 0.01}}, 3, 1, 10, 20},
		"safe already":         {Count{95, 95}, []Open{{10, 0.5, 0.01}}, 3, 0, 95, 105},
		"one left":             {Count{79, 99}, []Open{{1, 0.25, 0}}, 3, 0.75, 79, 80},
		"wild":                 {Count{0, 0}, []Open{{2, 0.8, 0.1}, {3, 0.9, 0.1}}, 9, -1, 0, 5},
	} {
		f, err := Predict(c.known, c.open, c.deff, 0.8, target)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.below >= 0 && math.Abs(f.Below-c.below) > 1e-12 {
			t.Errorf("%s: below the target with %v, want %v", name, f.Below, c.below)
		}
		low, high := f.Least.share(), f.Most.share()
		if f.Least.Num != c.least || f.Most.Num != c.most || !(low <= f.Low && f.Low <= f.High && f.High <= high && low <= f.Value && f.Value <= high) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if _, err := Predict(Count{1, 2}, []Open{{3, 1.2, 0}}, 1, 0.8, target); err == nil {
		t.Error("a probability above 1 is taken")
	}
	if _, err := Predict(Count{1, 2}, []Open{{3, 1, 0.1}}, 1, 0.8, target); err == nil {
		t.Error("a certain parcel varies")
	}
	if f, err := Predict(Count{79, 99}, []Open{{1, 0, 0}}, 1, 0.8, target); err != nil || f.Needed != (Completion{1, false}) {
		t.Errorf("one more from a parcel that cannot: %+v, %v", f.Needed, err)
	}
	unsure, err1 := Predict(Count{}, []Open{{100, 0.8, 0.01}}, 1, 0.8, target)
	sure, err2 := Predict(Count{}, []Open{{100, 0.8, 0}}, 1, 0.8, target)
	if err1 != nil || err2 != nil || math.Abs(unsure.Variance-sure.Variance-0.01) > 1e-12 {
		t.Errorf("variance %v with an error of 0.01, %v without", unsure.Variance, sure.Variance)
	}
}
