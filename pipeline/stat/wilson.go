package stat

import (
	"fmt"
	"math"
)

// Wilson is the score interval of num / den (Wilson 1927) at a level such as
// 0.95. deff is the design effect: the factor by which clusters that share their
// fate (the parcels of one flight) widen the variance; den / deff is then the
// effective size. 1 means independent. It fails where den < 1, num lies outside
// [0, den], the level outside (0, 1) or deff below a positive finite number.
func Wilson(num, den int64, level, deff float64) (Interval, error) {
	z, ok := normal(level)
	switch {
	case !ok:
		return Interval{}, fmt.Errorf("level %v is not between 0 and 1", level)
	case den < 1 || num < 0 || num > den:
		return Interval{}, fmt.Errorf("%d of %d is not a share", num, den)
	case !(deff > 0) || math.IsInf(deff, 1):
		return Interval{}, fmt.Errorf("design effect %v is not a positive number", deff)
	}
	return score(float64(num)/float64(den), float64(den)/deff, z), nil
}

// score is Wilson's interval of a rate p that is known as well as from n parcels.
func score(p, n, z float64) Interval {
	z2 := z * z
	middle := (p + z2/(2*n)) / (1 + z2/n)
	half := z / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	out := Interval{math.Max(0, middle-half), math.Min(1, middle+half)}
	// The ends are exact at the borders; the difference may miss them by a last bit.
	if p == 0 {
		out.Low = 0
	}
	if p == 1 {
		out.High = 1
	}
	return out
}
