package stat

import (
	"fmt"
	"math"
	"math/big"
)

// Open is a group of parcels that are not decided yet, each of which will hit with
// probability P.
type Open struct {
	N        int64
	P        float64
	Variance float64 // of P itself, as an estimate; 0 where it is known, or P is 0 or 1
}

// Forecast is what the rate of a cohort may become once its open parcels are decided.
type Forecast struct {
	Estimate            // mean and interval of the final rate, within what is still possible
	Variance float64    // of the final rate
	Below    float64    // probability that it ends below the target
	Most     Count      // the final count if every open parcel hits
	Least    Count      // and if every one misses
	Needed   Completion // what the target still asks for
}

// mostOpen bounds the table of a forecast, one number per open parcel.
const mostOpen = 10_000_000

// Completion is the exact count that a cohort lacks.
type Completion struct {
	Hits     int64 // open parcels that must hit, 0 where the target is safe
	Possible bool  // false: more than there are open ones, the target is missed already
}

// Needed is how many of the open parcels must hit for num / den to be at least the
// target once they are decided: known is what is decided, open how many are not.
// It is exact: the target is a fraction, as the platform states it. It fails on
// counts that are none, on an empty cohort and on a target outside [0, 1].
func Needed(known Count, open int64, target *big.Rat) (Completion, error) {
	if err := known.check(true); err != nil {
		return Completion{}, err
	}
	switch {
	case open < 0 || open > math.MaxInt64-known.Den:
		return Completion{}, fmt.Errorf("%d open parcels beside %d: negative or too large", open, known.Den)
	case known.Den+open == 0:
		return Completion{}, fmt.Errorf("an empty cohort has no rate")
	case target.Sign() < 0 || target.Cmp(big.NewRat(1, 1)) > 0:
		return Completion{}, fmt.Errorf("target %s is not between 0 and 1", target.RatString())
	}
	hits := new(big.Int).Mul(target.Num(), big.NewInt(known.Den+open))
	hits.Add(hits, new(big.Int).Sub(target.Denom(), big.NewInt(1))).Div(hits, target.Denom())
	lacks := max(0, hits.Int64()-known.Num) // at most Den + open, which fits
	return Completion{lacks, lacks <= open}, nil
}

// Predict is the distribution of a cohort's final rate. known is what is decided,
// open what is not, deff the design effect among the open parcels (those of one
// ship day hit or miss together), target the least rate that passes.
//
// The number of hits among the open ones has mean sum N P and variance
// deff sum N P (1-P) + (sum N sd(P))^2: errors of P are taken as common to all
// groups, as they are when one curve gives every P. It is a beta-binomial count
// with these two moments, so it has the bounds and the lumps of a count; where the
// variance is below a binomial count's it is the binomial. Groups whose P is 0 or 1
// are decided. The interval takes the first counts at which the
// distribution reaches (1-level)/2 and (1+level)/2.
func Predict(known Count, open []Open, deff, level float64, target *big.Rat) (Forecast, error) {
	if _, ok := normal(level); !ok {
		return Forecast{}, fmt.Errorf("level %v is not between 0 and 1", level)
	}
	if err := positive(deff); err != nil {
		return Forecast{}, err
	}
	still, sure := int64(0), int64(0) // open ones; those among them that are sure to hit
	unsure := int64(0)
	var mean, variance, shift sum
	for i, g := range open {
		if g.N < 0 || g.N > mostOpen || !(g.P >= 0 && g.P <= 1) || !(g.Variance >= 0) || math.IsInf(g.Variance, 1) {
			return Forecast{}, fmt.Errorf("open group %d: %d parcels of probability %v, variance %v", i, g.N, g.P, g.Variance)
		}
		certain := g.P == 0 || g.P == 1
		if certain && g.Variance > 0 {
			return Forecast{}, fmt.Errorf("open group %d: a probability of %v cannot have the variance %v", i, g.P, g.Variance)
		}
		still += g.N
		switch {
		case certain && g.P == 1:
			sure += g.N
		case !certain:
			unsure += g.N
			mean.add(float64(g.N) * g.P)
			variance.add(float64(g.N) * g.P * (1 - g.P))
			shift.add(float64(g.N) * math.Sqrt(g.Variance))
		}
	}
	needed, err := Needed(known, still, target)
	if err != nil {
		return Forecast{}, err
	}
	needed.Possible = needed.Hits <= sure+unsure
	if unsure > mostOpen {
		return Forecast{}, fmt.Errorf("%d open parcels are more than a forecast can count", unsure)
	}
	f := Forecast{Needed: needed}
	size := float64(known.Den + still)
	f.Most = Count{known.Num + sure + unsure, known.Den + still}
	f.Least = Count{known.Num + sure, known.Den + still}
	floor := float64(f.Least.Num)
	f.Value = (floor + mean.value()) / size
	f.Interval = Interval{f.Value, f.Value}
	hits := hitCount{weights: []float64{1}}
	if unsure > 0 {
		hits = betaBinomial(unsure, mean.value(), deff*variance.value()+shift.value()*shift.value())
		f.Variance = hits.variance / (size * size)
		f.Interval = Interval{
			(floor + float64(hits.quantile((1-level)/2))) / size,
			(floor + float64(hits.quantile((1+level)/2))) / size,
		}
	}
	f.Below = hits.below(needed.Hits - sure)
	return f, nil
}

// hitCount is the distribution of a count from 0 to len(weights) - 1.
type hitCount struct {
	weights  []float64 // sum to 1
	variance float64
}

// betaBinomial has n trials, the mean (above 0, below n), and the variance as far as a beta-binomial
// count can have it: at least a binomial one's, below that of all or nothing.
func betaBinomial(n int64, mean, variance float64) hitCount {
	size := float64(n)
	p := mean / size
	h := hitCount{weights: make([]float64, n+1)}
	plain := size * p * (1 - p)
	rho := 0.0
	if n > 1 {
		rho = math.Min(0.999, math.Max(0, (variance/plain-1)/(size-1)))
	}
	h.variance = plain * (1 + (size-1)*rho)
	// With the beta's a = p (1-rho)/rho, b likewise, one weight to the next is
	// (n-k)/(k+1) (k+a)/(n-k-1+b); times rho/(1-rho) there is no division by 0.
	scale := rho / (1 - rho)
	step := func(k float64) float64 {
		return (size - k) / (k + 1) * (p + k*scale) / (1 - p + (size-k-1)*scale)
	}
	start := min(n, int64(mean))
	h.weights[start] = 1
	for k := start; k < n; k++ {
		h.weights[k+1] = h.weights[k] * step(float64(k))
	}
	for k := start; k > 0; k-- {
		h.weights[k-1] = h.weights[k] / step(float64(k-1))
	}
	var all sum
	for _, w := range h.weights {
		all.add(w)
	}
	for k := range h.weights {
		h.weights[k] /= all.value()
	}
	return h
}

// below is P(count < k).
func (h hitCount) below(k int64) float64 {
	var s sum
	for i := int64(0); i < min(k, int64(len(h.weights))); i++ {
		s.add(h.weights[i])
	}
	return math.Min(1, s.value())
}

// quantile is the first count at which the distribution reaches p.
func (h hitCount) quantile(p float64) int64 {
	var s sum
	for k, w := range h.weights {
		s.add(w)
		if s.value() >= p-reached {
			return int64(k)
		}
	}
	return int64(len(h.weights) - 1)
}
