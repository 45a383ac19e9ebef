package stat

import (
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/mathext"
)

// Funnel is where the rate of n parcels lies at the level if the true rate is the
// target: the control limits of a funnel plot (Spiegelhalter 2005), by convention
// at 0.95 and 0.998. They are the exact binomial ones, interpolated between the
// two counts around each tail as in his appendix, and clipped to [0, 1]. deff
// widens the distance of both from the target by its root: his multiplicative
// overdispersion, here the design effect of ship days. It fails where n < 1, the
// target lies outside [0, 1], the level outside (0, 1) or deff is not positive.
func Funnel(target float64, n int64, level, deff float64) (Interval, error) {
	if _, ok := normal(level); !ok {
		return Interval{}, fmt.Errorf("level %v is not between 0 and 1", level)
	}
	if err := positive(deff); err != nil {
		return Interval{}, err
	}
	switch {
	case n < 1:
		return Interval{}, fmt.Errorf("%d parcels have no rate", n)
	case !(target >= 0 && target <= 1):
		return Interval{}, fmt.Errorf("target %v is not between 0 and 1", target)
	case target == 0 || target == 1:
		return Interval{target, target}, nil
	}
	widen := math.Sqrt(deff)
	at := func(tail float64) float64 {
		return math.Min(1, math.Max(0, target+widen*(binomialLimit(target, n, tail)-target)))
	}
	return Interval{at((1 - level) / 2), at((1 + level) / 2)}, nil
}

// binomialLimit is (r - a) / n with r the first count at which the distribution
// reaches the tail, and a the part of the step to r that lies above it.
func binomialLimit(p float64, n int64, tail float64) float64 {
	below := func(r int64) float64 { // P(R <= r)
		switch {
		case r < 0:
			return 0
		case r >= n:
			return 1
		}
		return mathext.RegIncBeta(float64(n-r), float64(r)+1, 1-p)
	}
	r := int64(sort.Search(int(n), func(r int) bool { return below(int64(r)) >= tail }))
	high, low := below(r), below(r-1)
	return (float64(r) - (high-tail)/(high-low)) / float64(n)
}
