package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// MinClusters is how many clusters a bootstrap needs: with fewer, their own spread
// is too badly known for an interval.
const MinClusters = 20

// Statistic is computed from clusters, times[c] says how often cluster c is in the
// sample. ok is false where the sample does not define it. It must not keep times.
type Statistic func(times []int) (value float64, ok bool)

// Resampled is a statistic with the intervals of a bootstrap over clusters.
type Resampled struct {
	Value   float64
	Defined bool // the statistic of the clusters themselves exists

	Percentile Interval
	// BCa is corrected for bias and for a spread that depends on the value (Efron 1987).
	BCa    Interval
	HasBCa bool // false: every draw lies on one side of Value, no cluster moves it, or the correction is beyond its formula

	// Refused: fewer than MinClusters, or a draw in which the statistic is not
	// defined. Then there is no interval.
	Refused bool
}

// Bootstrap draws as many clusters as there are, with replacement, draws times, and
// reads the intervals off the statistics of the draws. Same seed, same numbers:
// the generator is PCG. It fails on a level outside (0, 1) and fewer than 99 draws.
func Bootstrap(clusters int, statistic Statistic, level float64, draws int, seed uint64) (Resampled, error) {
	if _, ok := normal(level); !ok {
		return Resampled{}, fmt.Errorf("level %v is not between 0 and 1", level)
	}
	if draws < 99 {
		return Resampled{}, fmt.Errorf("%d draws are too few for an interval; try: 2000", draws)
	}
	times := make([]int, max(0, clusters))
	for c := range times {
		times[c] = 1
	}
	var out Resampled
	if out.Value, out.Defined = statistic(times); !out.Defined || clusters < MinClusters {
		out.Refused = true
		return out, nil
	}
	without := make([]float64, clusters)
	for c := range without {
		times[c] = 0
		value, ok := statistic(times)
		if times[c] = 1; !ok {
			out.Refused = true
			return out, nil
		}
		without[c] = value
	}
	random := rand.New(rand.NewPCG(seed, uint64(clusters)))
	drawn := make([]float64, draws)
	for d := range drawn {
		clear(times)
		for range clusters {
			times[random.IntN(clusters)]++
		}
		var ok bool
		if drawn[d], ok = statistic(times); !ok {
			out.Refused = true
			return out, nil
		}
	}
	slices.Sort(drawn)
	tail := (1 - level) / 2
	out.Percentile = Interval{orderStatistic(drawn, tail), orderStatistic(drawn, 1-tail)}
	out.BCa, out.HasBCa = bca(out.Value, drawn, without, level)
	return out, nil
}

// Ratio is the statistic sum num / sum den over clusters, for instance cost over
// parcels on time: not defined where the sum of den is not positive. num and den
// have one entry per cluster; cents are exact below 2^53.
func Ratio(num, den []float64) Statistic {
	return func(times []int) (float64, bool) {
		above, under := 0.0, 0.0
		for c, n := range times {
			above += float64(n) * num[c]
			under += float64(n) * den[c]
		}
		if !(under > 0) {
			return 0, false
		}
		return above / under, true
	}
}

// bca takes the value, the sorted draws and the values without one cluster each.
// The draws that equal the value count half on either side.
func bca(value float64, drawn, without []float64, level float64) (Interval, bool) {
	below := 0.0
	for _, x := range drawn {
		switch {
		case x < value:
			below++
		case x == value:
			below += 0.5
		}
	}
	if below == 0 || below == float64(len(drawn)) {
		return Interval{}, false
	}
	bias := normalQuantile(below / float64(len(drawn)))
	mean := sum{}
	for _, x := range without {
		mean.add(x / float64(len(without)))
	}
	var squares, cubes sum
	for _, x := range without {
		gap := mean.value() - x
		squares.add(gap * gap)
		cubes.add(gap * gap * gap)
	}
	if squares.value() == 0 {
		return Interval{}, false
	}
	skew := cubes.value() / (6 * math.Pow(squares.value(), 1.5))
	low, high := bias+normalQuantile((1-level)/2), bias+normalQuantile((1+level)/2)
	if 1-skew*low <= 0 || 1-skew*high <= 0 { // past the pole the ends change sides
		return Interval{}, false
	}
	at := func(z float64) float64 { return orderStatistic(drawn, normalBelow(bias+z/(1-skew*z))) }
	return Interval{at(low), at(high)}, true
}

// orderStatistic is the quantile p of sorted draws at rank (R + 1) p, between two
// of them interpolated on the scale of the normal quantile (Davison and Hinkley
// 1997, 5.2.1); past the ends it is the end.
func orderStatistic(sorted []float64, p float64) float64 {
	size := float64(len(sorted) + 1)
	rank := size * p
	k := math.Trunc(rank)
	switch {
	case k < 1:
		return sorted[0]
	case k >= size-1:
		return sorted[len(sorted)-1]
	}
	low, high := sorted[int(k)-1], sorted[int(k)]
	if k == rank {
		return low
	}
	from, to := normalQuantile(k/size), normalQuantile((k+1)/size)
	return low + (normalQuantile(p)-from)/(to-from)*(high-low)
}

func normalQuantile(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

func normalBelow(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
