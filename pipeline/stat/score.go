package stat

import "math"

// weighted is one stratum of a standardised rate.
type weighted struct{ weight, num, den float64 }

// scoreBand is a standardised rate with its score interval: the rates at which
// (value - rate)^2 = z^2 V, where V is the variance sum w^2 p (1-p) / n at the
// likeliest stratum rates that have the rate. For one stratum it is Wilson's. The
// variance of a stratum is taken times n / (n-1+h), h its share of V: so much
// too small is p (1-p) on average when p was fitted to the n parcels (the fit is
// free in all but one direction, hence h).
//
// The likeliest rates solve num/p - (den-num)/(1-p) = pull w for one number, the
// pull, and fall as it grows: the search runs over it. Where all strata are 1 the
// stratum with the most weight per parcel moves first, so the interval allows for
// the worst that the counts may hide. How often it holds the truth is simulated in
// the tests.
func scoreBand(strata []weighted, z float64) (float64, Interval) {
	var value sum
	zeros, ones, scale := true, true, 0.0
	for _, s := range strata {
		value.add(s.weight * s.num / s.den)
		zeros = zeros && s.num == 0
		ones = ones && s.num == s.den
		scale = math.Max(scale, s.den/s.weight)
	}
	switch {
	case zeros:
		return 0, Interval{0, scoreEnd(strata, 0, z, -scale)}
	case ones:
		return 1, Interval{scoreEnd(strata, 1, z, scale), 1}
	}
	v := math.Min(1, math.Max(0, value.value()))
	return v, Interval{math.Min(v, scoreEnd(strata, v, z, scale)), math.Max(v, scoreEnd(strata, v, z, -scale))}
}

// scoreEnd is the end of the interval on the side of the sign of scale: the pull
// runs from 0 to infinity in units of it.
func scoreEnd(strata []weighted, value, z, scale float64) float64 {
	near, far := 0.0, 1.0
	for range 100 {
		middle := (near + far) / 2
		rate, variance := pulled(strata, scale*middle/(1-middle))
		if gap := value - rate; gap*gap < z*z*variance || gap == 0 {
			near = middle
		} else {
			far = middle
		}
	}
	rate, _ := pulled(strata, scale*near/(1-near))
	return math.Min(1, math.Max(0, rate))
}

// pulled is the standardised rate at a pull, and its variance.
func pulled(strata []weighted, pull float64) (rate, variance float64) {
	var r, v, corrected sum
	for _, s := range strata {
		p := s.at(pull)
		r.add(s.weight * p)
		v.add(s.weight * s.weight * p * (1 - p) / s.den)
	}
	if v.value() == 0 {
		return r.value(), 0
	}
	for _, s := range strata {
		p := s.at(pull)
		part := s.weight * s.weight * p * (1 - p) / s.den
		corrected.add(part * math.Min(2, s.den/(s.den-1+part/v.value())))
	}
	return r.value(), corrected.value()
}

// at is the likeliest rate of the stratum at a pull: the root in [0, 1] of
// t p^2 - (t + den) p + num with t = pull w.
func (s weighted) at(pull float64) float64 {
	t := pull * s.weight
	switch {
	case s.num == 0 && t >= -s.den:
		return 0
	case s.num == s.den && t <= s.den:
		return 1
	case t < 0: // the same for the misses
		return 1 - weighted{s.weight, s.den - s.num, s.den}.at(-pull)
	}
	b := t + s.den
	return 2 * s.num / (b + math.Sqrt(math.Max(0, b*b-4*t*s.num)))
}
