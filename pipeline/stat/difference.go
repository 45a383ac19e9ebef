package stat

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Newcombe is the difference of two independent rates, a - b, with the hybrid
// score interval (Newcombe 1998, method 10): the Wilson intervals of the two are
// squared and added. deffA and deffB are the design effects, as in Wilson. It
// stays in [-1, 1] and does not collapse where both rates are 0 or 1.
func Newcombe(a, b Count, level, deffA, deffB float64) (Estimate, error) {
	wa, err := Wilson(a.Num, a.Den, level, deffA)
	if err != nil {
		return Estimate{}, err
	}
	wb, err := Wilson(b.Num, b.Den, level, deffB)
	if err != nil {
		return Estimate{}, err
	}
	return squareAndAdd(Estimate{a.share(), wa}, Estimate{b.share(), wb}), nil
}

// squareAndAdd is the interval of the difference of two independent estimates
// from the interval of each (Zou and Donner 2008; Newcombe's method 10 for rates).
func squareAndAdd(a, b Estimate) Estimate {
	d := a.Value - b.Value
	return Estimate{d, Interval{
		d - math.Hypot(a.Value-a.Low, b.High-b.Value),
		d + math.Hypot(a.High-a.Value, b.Value-b.Low),
	}}
}

// DifferenceP is the two-sided p of "both rates are the same": the score test
// with the pooled rate, without continuity correction, its variance widened by the
// design effects. Where both are 0 or both are 1 it is 1.
func DifferenceP(a, b Count, deffA, deffB float64) (float64, error) {
	if err := positive(deffA, deffB); err != nil {
		return 0, err
	}
	for _, c := range []Count{a, b} {
		if err := c.check(false); err != nil {
			return 0, err
		}
	}
	all, err := pool([]Count{a, b})
	if err != nil {
		return 0, err
	}
	q := all.share()
	p, ok := TwoSidedP(a.share()-b.share(), q*(1-q)*(deffA/float64(a.Den)+deffB/float64(b.Den)))
	if !ok {
		return 1, nil
	}
	return p, nil
}

// TwoSidedP is the two-sided normal p of "the value is 0" for an estimate with a
// variance, as of the difference of two adjusted rates with the sum of theirs. ok
// is false without a positive variance: then nothing is known about chance.
func TwoSidedP(value, variance float64) (p float64, ok bool) {
	if !(variance > 0) {
		return 0, false
	}
	return math.Erfc(math.Abs(value) / math.Sqrt(2*variance)), true
}

// FalseDiscovery adjusts p values of one family for their number (Benjamini and
// Hochberg 1995), in the order in which they came: those at or below q are a set
// with an expected share of false ones of at most q. It fails on a p outside [0, 1].
func FalseDiscovery(p []float64) ([]float64, error) {
	for i, x := range p {
		if !(x >= 0 && x <= 1) {
			return nil, fmt.Errorf("p %d is %v, not between 0 and 1", i, x)
		}
	}
	order := ascending(p)
	out := make([]float64, len(p))
	least := 1.0
	for rank := len(p); rank > 0; rank-- {
		i := order[rank-1]
		least = math.Min(least, p[i]*float64(len(p))/float64(rank))
		out[i] = least
	}
	return out, nil
}

// ascending is the order of the values, those that are equal as they came.
func ascending(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(values[i], values[j]) })
	return order
}
