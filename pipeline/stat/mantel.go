package stat

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Pair is one stratum of a comparison of a with b.
type Pair struct{ A, B Count }

// Stratified compares a with b within strata.
type Stratified struct {
	Strata  int // strata with a parcel of each
	Skipped int // strata in which a or b is empty: they say nothing about the difference

	Difference Estimate // common risk difference, a - b
	Variance   float64  // of Difference

	OddsRatio    Estimate
	HasOddsRatio bool // false: some sum of products is 0, the ratio is 0, infinite or undefined

	// Heterogeneity asks whether the odds ratio is the same in all strata.
	Heterogeneity    Heterogeneity
	HasHeterogeneity bool // false: no odds ratio, or fewer than two strata can tell
}

// Heterogeneity is a chi-squared test.
type Heterogeneity struct {
	ChiSquared float64
	DF         int
	P          float64
}

// MantelHaenszel pools the strata of a comparison (Mantel and Haenszel 1959): the
// risk difference with the variance of Sato (1989), which holds for few large and
// for many sparse strata; the odds ratio with the interval of Robins, Breslow and
// Greenland (1986); and the test of Breslow and Day (1980) with Tarone's
// correction (1985) of equal odds ratios. deff is the design effect of the
// difference: it widens both intervals and shrinks ChiSquared. Strata where both
// hit or both miss entirely take part in the difference and not in the test.
//
// It fails where no stratum has both.
func MantelHaenszel(strata []Pair, level, deff float64) (Stratified, error) {
	z, ok := normal(level)
	if !ok {
		return Stratified{}, fmt.Errorf("level %v is not between 0 and 1", level)
	}
	if err := positive(deff); err != nil {
		return Stratified{}, err
	}
	var out Stratified
	var used []Pair
	for i, s := range strata {
		for _, c := range []Count{s.A, s.B} {
			if err := c.check(true); err != nil {
				return Stratified{}, fmt.Errorf("stratum %d: %w", i, err)
			}
		}
		if s.A.Den == 0 || s.B.Den == 0 {
			out.Skipped++
			continue
		}
		used = append(used, s)
	}
	out.Strata = len(used)
	if out.Strata == 0 {
		return Stratified{}, fmt.Errorf("no stratum has parcels of both")
	}
	out.difference(used, z, deff)
	out.oddsRatio(used, z, deff)
	if out.HasOddsRatio {
		out.Heterogeneity, out.HasHeterogeneity = breslowDay(used, out.OddsRatio.Value, deff)
	}
	return out, nil
}

func (out *Stratified) difference(strata []Pair, z, deff float64) {
	var weight, difference, p, q sum
	for _, s := range strata {
		a, na, b, nb := s.floats()
		n := na + nb
		weight.add(na * nb / n)
		difference.add((a*nb - b*na) / n)
		p.add((na*na*b - nb*nb*a + na*nb*(nb-na)/2) / (n * n))
		q.add((a*(nb-b) + b*(na-a)) / (2 * n))
	}
	d := difference.value() / weight.value()
	// Sato's sum is an unbiased estimate, not a square: it may fall below 0 by chance.
	out.Variance = deff * math.Max(0, d*p.value()+q.value()) / (weight.value() * weight.value())
	half := z * math.Sqrt(out.Variance)
	out.Difference = Estimate{d, Interval{math.Max(-1, d-half), math.Min(1, d+half)}}
}

func (out *Stratified) oddsRatio(strata []Pair, z, deff float64) {
	var r, s, pr, mixed, qs sum
	for _, k := range strata {
		a, na, b, nb := k.floats()
		n := na + nb
		rk, sk := a*(nb-b)/n, (na-a)*b/n
		pk, qk := (a+nb-b)/n, (na-a+b)/n
		r.add(rk)
		s.add(sk)
		pr.add(pk * rk)
		mixed.add(pk*sk + qk*rk)
		qs.add(qk * sk)
	}
	hit, miss := r.value(), s.value()
	if hit == 0 || miss == 0 {
		return
	}
	ratio := hit / miss
	variance := deff * (pr.value()/(2*hit*hit) + mixed.value()/(2*hit*miss) + qs.value()/(2*miss*miss))
	span := math.Exp(z * math.Sqrt(variance))
	out.OddsRatio, out.HasOddsRatio = Estimate{ratio, Interval{ratio / span, ratio * span}}, true
}

func breslowDay(strata []Pair, ratio, deff float64) (h Heterogeneity, ok bool) {
	var chi, gap, total sum
	n := 0
	for _, s := range strata {
		a, na, b, nb := s.floats()
		if a+b == 0 || a+b == na+nb {
			continue
		}
		fit := fitted(ratio, na, nb, a+b)
		variance := 1 / (1/fit + 1/(na-fit) + 1/(a+b-fit) + 1/(nb-a-b+fit))
		chi.add((a - fit) * (a - fit) / variance)
		gap.add(a - fit)
		total.add(variance)
		n++
	}
	if n < 2 {
		return h, false
	}
	h.ChiSquared = math.Max(0, chi.value()-gap.value()*gap.value()/total.value()) / deff
	h.DF = n - 1
	h.P = distuv.ChiSquared{K: float64(h.DF)}.Survival(h.ChiSquared)
	return h, true
}

// fitted is the number of hits of a, out of na, that has the odds ratio at the
// margins of its stratum: the root of (1-r) x^2 + (nb - m + r (na + m)) x - r na m
// that lies in the table, by whichever of its two forms adds like signs.
func fitted(ratio, na, nb, hits float64) float64 {
	linear := nb - hits + ratio*(na+hits)
	constant := ratio * na * hits
	root := math.Sqrt(math.Max(0, linear*linear+4*(1-ratio)*constant))
	if linear < 0 { // then ratio < 1
		return (root - linear) / (2 * (1 - ratio))
	}
	return 2 * constant / (linear + root)
}

func (s Pair) floats() (a, na, b, nb float64) {
	return float64(s.A.Num), float64(s.A.Den), float64(s.B.Num), float64(s.B.Den)
}
