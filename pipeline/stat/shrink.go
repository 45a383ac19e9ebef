package stat

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Prior is what is known of a group's rate before its own parcels: a beta
// distribution around Mean that is worth Strength parcels.
type Prior struct {
	Mean     float64
	Strength float64
	Likely   bool // by maximum likelihood; false: by moments
}

// At is the prior of the same strength around another mean: the rate of the
// group's own parent, itself drawn to the whole before.
func (p Prior) At(mean float64) Prior {
	p.Mean = mean
	return p
}

// FitPrior finds the prior from the groups of one parent, as the beta-binomial
// distribution of their counts. deff is the design effect within a group: its
// counts are worth as much as 1 / deff of them. Groups without parcels are passed
// over. It fails where fewer than two have any.
//
// The fit is by maximum likelihood where the likelihood of the strength has one
// maximum inside the bounds, else by moments (Kleinman 1973, weights by size). The
// strength is kept between 1 parcel and all parcels of the parent: groups that do
// not differ more than by chance say nothing more exact than the parent's rate is
// known. The mean is kept half a parcel away from 0 and 1.
func FitPrior(groups []Count, deff float64) (Prior, error) {
	if err := positive(deff); err != nil {
		return Prior{}, err
	}
	all, err := pool(groups)
	if err != nil {
		return Prior{}, err
	}
	f := betaFit{}
	for _, g := range groups {
		if g.Den > 0 {
			f.hit = append(f.hit, float64(g.Num)/deff)
			f.miss = append(f.miss, float64(g.Den-g.Num)/deff)
		}
	}
	if len(f.hit) < 2 {
		return Prior{}, fmt.Errorf("%d groups have parcels: how groups differ needs two", len(f.hit))
	}
	f.size = math.Max(1, float64(all.Den)/deff)
	edge := 0.5 / (f.size + 1)
	f.low, f.high = edge, 1-edge
	p := f.moments(all.share())
	if strength, ok := f.strength(); ok {
		p = Prior{Mean: f.mean(strength), Strength: strength, Likely: true}
	}
	p.Mean = math.Min(f.high, math.Max(f.low, p.Mean))
	return p, nil
}

// betaFit holds the effective hits and misses of each group, and the bounds.
type betaFit struct {
	hit, miss []float64
	size      float64 // of the parent, the upper bound of the strength
	low, high float64 // of the mean
}

func (f betaFit) moments(pooled float64) Prior {
	var spread, chance, extra sum
	for i := range f.hit {
		n := f.hit[i] + f.miss[i]
		p := f.hit[i] / n
		spread.add(n * (p - pooled) * (p - pooled))
		chance.add(1 - n/f.size)
		extra.add((n - 1) * (1 - n/f.size))
	}
	p := Prior{Mean: pooled, Strength: f.size}
	binomial := pooled * (1 - pooled)
	if binomial > 0 && extra.value() > 0 {
		// rho = 1 / (strength + 1) is the correlation of two parcels of one group.
		rho := (spread.value()/binomial - chance.value()) / extra.value()
		if rho > 1/(f.size+1) {
			p.Strength = math.Max(1, 1/rho-1)
		}
	}
	return p
}

// mean is the likeliest mean at a strength. The likelihood is concave in it, so
// the root of its slope is found by halving.
func (f betaFit) mean(strength float64) float64 {
	low, high := f.low, f.high
	for range 60 {
		middle := (low + high) / 2
		a, b := strength*middle, strength*(1-middle)
		var slope sum
		for i := range f.hit {
			slope.add(mathext.Digamma(f.hit[i]+a) - mathext.Digamma(a) - mathext.Digamma(f.miss[i]+b) + mathext.Digamma(b))
		}
		if slope.value() > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// slope is how the likelihood rises with the strength at its likeliest mean.
func (f betaFit) slope(strength float64) float64 {
	m := f.mean(strength)
	a, b := strength*m, strength*(1-m)
	var s sum
	for i := range f.hit {
		s.add(m * (mathext.Digamma(f.hit[i]+a) - mathext.Digamma(a)))
		s.add((1 - m) * (mathext.Digamma(f.miss[i]+b) - mathext.Digamma(b)))
		s.add(mathext.Digamma(strength) - mathext.Digamma(f.hit[i]+f.miss[i]+strength))
	}
	return s.value()
}

// strength is the likeliest one; ok is false unless the slope turns exactly once,
// from rising to falling, inside the bounds.
func (f betaFit) strength() (strength float64, ok bool) {
	const grid = 24
	width := math.Log(f.size) / grid
	turn := 0
	for i := range grid + 1 {
		rising := f.slope(math.Exp(width*float64(i))) > 0
		switch {
		case i == 0 && !rising, turn > 0 && rising:
			return 0, false
		case turn == 0 && !rising:
			turn = i
		}
	}
	if turn == 0 {
		return 0, false
	}
	low, high := width*float64(turn-1), width*float64(turn)
	for range 50 {
		middle := (low + high) / 2
		if f.slope(math.Exp(middle)) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Exp((low + high) / 2), true
}

// Shrink draws the rate of a group to its parent's: the mean and the equal-tailed
// interval of the beta distribution of its rate, given the prior and its count,
// worth 1 / deff of its parcels. A group without parcels has the prior's.
func (p Prior) Shrink(group Count, level, deff float64) (Estimate, error) {
	if _, ok := normal(level); !ok {
		return Estimate{}, fmt.Errorf("level %v is not between 0 and 1", level)
	}
	if err := positive(deff); err != nil {
		return Estimate{}, err
	}
	if err := group.check(true); err != nil {
		return Estimate{}, err
	}
	if !(p.Mean > 0 && p.Mean < 1 && p.Strength > 0) || math.IsInf(p.Strength, 1) {
		return Estimate{}, fmt.Errorf("a prior of mean %v and strength %v is none", p.Mean, p.Strength)
	}
	a := p.Strength*p.Mean + float64(group.Num)/deff
	b := p.Strength*(1-p.Mean) + float64(group.Den-group.Num)/deff
	tail := (1 - level) / 2
	return Estimate{a / (a + b), Interval{mathext.InvRegIncBeta(a, b, tail), mathext.InvRegIncBeta(a, b, 1-tail)}}, nil
}
