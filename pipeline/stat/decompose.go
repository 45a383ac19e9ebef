package stat

import (
	"fmt"
	"math/big"
)

// Effect is what one stratum does to a difference of two rates, exactly. A
// positive one raises the first less the second (the later period less the earlier).
type Effect struct {
	Stratum int
	Mix     *big.Rat // because its share of the volume differs
	Rate    *big.Rat // because its own rate differs
}

// Change is the difference of a rate between two periods, taken apart over strata.
// Rate, Mix and the sums over Strata agree exactly: Total = Mix + Rate.
type Change struct {
	Total  *big.Rat // after less before
	Mix    *big.Rat
	Rate   *big.Rat
	Strata []Effect // one per stratum that has a parcel in either period, in the order given
}

// Decompose takes the change of a pooled rate apart (Kitagawa 1955; with two
// factors the same as Shapley's shares): the rate effect of a stratum is its change
// of rate at its mean share, the mix effect its change of share at its mean rate
// less the mean of both pooled rates. Less that mean, since a gain of a stratum that
// is no better than the rest moves nothing; over all strata it cancels. A stratum
// that is new or has vanished has no change of rate: all of its effect is mix.
// before and after are aligned by stratum. It fails where a period is empty.
func Decompose(before, after []Count) (Change, error) {
	if len(before) != len(after) {
		return Change{}, fmt.Errorf("%d strata before, %d after", len(before), len(after))
	}
	b, err := pool(before)
	if err != nil {
		return Change{}, fmt.Errorf("before: %w", err)
	}
	a, err := pool(after)
	if err != nil {
		return Change{}, fmt.Errorf("after: %w", err)
	}
	if a.Den == 0 || b.Den == 0 {
		return Change{}, fmt.Errorf("%d before, %d after: an empty period has no rate to change", b.Den, a.Den)
	}
	half := big.NewRat(1, 2)
	center := new(big.Rat).Add(a.ratio(), b.ratio())
	center.Mul(center, half)
	out := Change{Total: new(big.Rat).Sub(a.ratio(), b.ratio())}
	var rates []*big.Rat
	for k := range before {
		was, is := before[k], after[k]
		if was.Den == 0 && is.Den == 0 {
			continue
		}
		r0, r1 := was.ratio(), is.ratio()
		if was.Den == 0 {
			r0 = r1
		}
		if is.Den == 0 {
			r1 = r0
		}
		s0, s1 := big.NewRat(was.Den, b.Den), big.NewRat(is.Den, a.Den)
		mix := new(big.Rat).Add(r0, r1)
		mix.Mul(mix, half).Sub(mix, center).Mul(mix, new(big.Rat).Sub(s1, s0))
		rate := new(big.Rat).Add(s0, s1)
		rate.Mul(rate, half).Mul(rate, new(big.Rat).Sub(r1, r0))
		out.Strata = append(out.Strata, Effect{k, mix, rate})
		rates = append(rates, rate)
	}
	out.Rate = ratioSum(rates)
	out.Mix = new(big.Rat).Sub(out.Total, out.Rate)
	return out, nil
}

// ratioSum adds up in halves: the denominators of a running sum would grow from the
// first stratum on.
func ratioSum(xs []*big.Rat) *big.Rat {
	switch len(xs) {
	case 0:
		return new(big.Rat)
	case 1:
		return new(big.Rat).Set(xs[0])
	}
	left, right := ratioSum(xs[:len(xs)/2]), ratioSum(xs[len(xs)/2:])
	return left.Add(left, right)
}
