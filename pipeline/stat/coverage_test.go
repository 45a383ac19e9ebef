package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The simulated channel: the hazards of three causes that compete. Delivery
// speeds up with age (Weibull), returns and losses come at any time.
const (
	shape        = 4.0
	scaleDays    = 10.0
	returnedDays = 500.0 // one per so many days
	lostDays     = 800.0
	binsPerDay   = 24 * 60 / BinMinutes
)

type simulated struct {
	entered float64 // days
	cell    CauseCell
}

// simulate lets n parcels enter evenly over the days before the as-of, at which
// those that have not ended are censored.
func simulate(rng *rand.Rand, n int, days float64) []simulated {
	out := make([]simulated, n)
	for i := range out {
		entered := rng.Float64() * days
		cause, t := Censored, days-entered
		for _, end := range []struct {
			cause string
			days  float64
		}{
			{"delivered", scaleDays * math.Pow(rng.ExpFloat64(), 1/shape)},
			{"returned", returnedDays * rng.ExpFloat64()},
			{"lost", lostDays * rng.ExpFloat64()},
		} {
			if end.days <= t {
				cause, t = end.cause, end.days
			}
		}
		out[i] = simulated{entered, CauseCell{int64(t * binsPerDay), cause, 1}}
	}
	return out
}

// truth is the first bin at whose edge a share p of all is delivered: the sum of
// hazard times survival over steps of a twentieth of a bin.
func truth(p float64) int64 {
	const step = 1.0 / (20 * binsPerDay) // days
	f := 0.0
	for i := 0; ; i++ {
		x := (float64(i) + 0.5) * step
		hazard := shape / scaleDays * math.Pow(x/scaleDays, shape-1)
		f += step * hazard * math.Exp(-math.Pow(x/scaleDays, shape)-x/returnedDays-x/lostDays)
		if f >= p {
			return int64(float64(i+1) * step * binsPerDay)
		}
	}
}

func TestIntervalOfAQuantileCoversIt(t *testing.T) {
	const replicates, parcels, days, recentDays = 1500, 500, 40.0, 12.0
	rng := rand.New(rand.NewPCG(20261123, 61))
	levels := []float64{0.5, 0.9}
	want := []int64{truth(0.5), truth(0.9)}
	covered := make([]int, len(levels))
	short, shortDays, denied := 0, 0.0, 0
	for range replicates {
		all := simulate(rng, parcels, days)
		cells := make([]CauseCell, len(all))
		var recent []CauseCell
		var naive []int64
		for i, s := range all {
			cells[i] = s.cell
			if s.entered < days-recentDays {
				continue
			}
			recent = append(recent, s.cell)
			if s.cell.Cause == "delivered" {
				naive = append(naive, s.cell.Bin)
			}
		}
		inc := incidence(t, cells)
		for i, p := range levels {
			q := inc.Quantile("delivered", p, 0.95)
			if q.Low.Reached && q.Low.Bin <= want[i] && (!q.High.Reached || want[i] <= q.High.Bin) {
				covered[i]++
			}
		}
		// The recent ones alone: the true P90 lies past the oldest of them, so the
		// delivered among them cannot show it, while the interval may not deny it.
		slices.Sort(naive)
		off := float64(want[1]-naive[(9*len(naive)+9)/10-1]) / binsPerDay
		shortDays += off / replicates
		if off > 1 {
			short++
		}
		if q := incidence(t, recent).Quantile("delivered", 0.9, 0.95); q.High.Reached && q.High.Bin < want[1] {
			denied++
		}
	}
	for i, p := range levels {
		share := float64(covered[i]) / replicates
		t.Logf("the interval of P%.0f covers %.1f days in %.1f %%", 100*p, BinHours(want[i])/24, 100*share)
		if share < 0.92 || share > 0.98 {
			t.Errorf("the interval of P%.0f covers it in %.1f %% of %d, want 92 to 98", 100*p, 100*share, replicates)
		}
	}
	t.Logf("P90 of the recent that are delivered is %.1f days short on average, by more than a day in %d of %d", shortDays, short, replicates)
	if short < replicates*99/100 {
		t.Errorf("the naive P90 of recent parcels is a day short in %d of %d only", short, replicates)
	}
	t.Logf("the interval of the recent ends before the true P90 in %d of %d", denied, replicates)
	if denied > replicates*4/100 { // 2.5 % is the nominal share of one side
		t.Errorf("the interval of recent parcels denies the true P90 in %d of %d", denied, replicates)
	}
}
