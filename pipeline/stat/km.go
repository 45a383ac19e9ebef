package stat

import (
	"fmt"
	"math"
	"slices"
)

// BinMinutes is the width of a duration bin.
const BinMinutes = 10

// Cell is an additive count of durations that end in one bin.
type Cell struct {
	Bin      int64 // floor(minutes / BinMinutes), not negative
	Events   int64 // durations that ended there, delivered for instance
	Censored int64 // durations that were still running when last seen there
}

// Step is the curve from the end of Bin to the next step.
type Step struct {
	Bin      int64
	AtRisk   int64 // running when the bin began
	Events   int64
	Censored int64
	S        float64 // share that runs longer than the bin's end
	// Hazard is Greenwood's sum of d / (n (n - d)) up to here: the variance of
	// log S. It is meaningful where S > 0 only.
	Hazard float64
}

// Interval is a closed interval at the level with which it was asked for.
type Interval struct{ Low, High float64 }

// Curve is a Kaplan-Meier estimate of S(t) = P(T > t). Its zero value is the
// curve of no durations: S is 1 everywhere.
type Curve struct {
	N        int64 // durations
	Events   int64
	Censored int64
	steps    []Step
}

// KaplanMeier estimates the curve from cells in any order; cells of one bin add
// up. It fails on a negative bin or count and on counts that overflow.
//
// The estimate is the product limit S = prod (1 - d_i / n_i) of Kaplan and Meier
// (1958). Between two censorings the factors telescope to one quotient of
// integers, which is what is computed: one rounding per stretch, not per step.
func KaplanMeier(cells []Cell) (*Curve, error) {
	merged, err := merge(cells)
	if err != nil {
		return nil, err
	}
	c := &Curve{}
	for _, m := range merged {
		if m.Events > math.MaxInt64-m.Censored || m.Events+m.Censored > math.MaxInt64-c.N {
			return nil, fmt.Errorf("bin %d: counts overflow", m.Bin)
		}
		c.N += m.Events + m.Censored
		c.Events += m.Events
		c.Censored += m.Censored
	}
	c.steps = make([]Step, 0, len(merged))
	atRisk, stretch, before := c.N, c.N, 1.0
	hazard := sum{}
	s := 1.0
	for _, m := range merged {
		left := atRisk - m.Events
		if m.Events > 0 {
			s = before * (float64(left) / float64(stretch))
			if left > 0 {
				hazard.add(float64(m.Events) / float64(atRisk) / float64(left))
			}
		}
		c.steps = append(c.steps, Step{
			Bin: m.Bin, AtRisk: atRisk, Events: m.Events, Censored: m.Censored,
			S: s, Hazard: hazard.value(),
		})
		if m.Censored > 0 {
			before, stretch = s, left-m.Censored
		}
		atRisk = left - m.Censored
	}
	return c, nil
}

// merge sorts a copy of the cells, adds up those of one bin and drops empty ones.
func merge(cells []Cell) ([]Cell, error) {
	sorted := slices.Clone(cells)
	slices.SortFunc(sorted, func(a, b Cell) int {
		switch {
		case a.Bin < b.Bin:
			return -1
		case a.Bin > b.Bin:
			return 1
		}
		return 0
	})
	out := sorted[:0]
	for _, m := range sorted {
		if m.Bin < 0 || m.Events < 0 || m.Censored < 0 {
			return nil, fmt.Errorf("bin %d: %d events, %d censored: none of them can be negative", m.Bin, m.Events, m.Censored)
		}
		if m.Events == 0 && m.Censored == 0 {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Bin == m.Bin {
			if m.Events > math.MaxInt64-out[n-1].Events || m.Censored > math.MaxInt64-out[n-1].Censored {
				return nil, fmt.Errorf("bin %d: counts overflow", m.Bin)
			}
			out[n-1].Events += m.Events
			out[n-1].Censored += m.Censored
			continue
		}
		out = append(out, m)
	}
	return out, nil
}

// Steps returns one step per bin with a duration in it, in order. Steps of
// censorings alone are among them (S does not move there). The caller must not
// change the slice, and thins it for a chart.
func (c *Curve) Steps() []Step { return c.steps }

// At is S at the end of a bin: the share that runs longer. Past the last
// duration it stays at its last value, which says nothing when that is above 0.
func (c *Curve) At(bin int64) float64 {
	i, found := slices.BinarySearchFunc(c.steps, bin, func(s Step, b int64) int {
		switch {
		case s.Bin < b:
			return -1
		case s.Bin > b:
			return 1
		}
		return 0
	})
	if found {
		return c.steps[i].S
	}
	if i == 0 {
		return 1
	}
	return c.steps[i-1].S
}

// Variance is Greenwood's variance of S (1926), S^2 sum d / (n (n - d)). At S = 0
// the formula is not defined; it is 0 there, its limit along the curve.
func (s Step) Variance() float64 { return s.S * s.S * s.Hazard }

// Band is the pointwise log-log interval of S at the level, 0.95 for instance:
// S^exp(±z sqrt(Hazard) / log S), which stays in [0, 1] (Kalbfleisch and
// Prentice). At S = 1 it is [1, 1]. At S = 0 it is not defined: ok is false, as
// it is for a level outside (0, 1).
func (s Step) Band(level float64) (band Interval, ok bool) {
	z, ok := normal(level)
	switch {
	case !ok || s.S <= 0:
		return Interval{}, false
	case s.S >= 1:
		return Interval{1, 1}, true
	}
	log := math.Log(s.S)
	shift := z * math.Sqrt(s.Hazard) / log // negative
	return Interval{math.Exp(log * math.Exp(-shift)), math.Exp(log * math.Exp(shift))}, true
}

// PlainBand is S ± z se with Greenwood's variance, cut to [0, 1]. At S = 1 it is
// [1, 1]; it is not defined where Band is not. It is symmetric, so it is the one
// to add up or to draw around a difference; near 0 and 1 Band covers better.
func (s Step) PlainBand(level float64) (band Interval, ok bool) {
	z, ok := normal(level)
	if !ok || s.S <= 0 {
		return Interval{}, false
	}
	half := z * math.Sqrt(s.Variance())
	return Interval{math.Max(0, s.S-half), math.Min(1, s.S+half)}, true
}

// Hours is the time of the step: the upper edge of its bin.
func (s Step) Hours() float64 { return BinHours(s.Bin) }

// BinHours is the upper edge of a bin in hours.
func BinHours(bin int64) float64 { return (float64(bin) + 1) * BinMinutes / 60 }

// normal is the two-sided quantile of the standard normal distribution, 1.96 for 0.95.
func normal(level float64) (z float64, ok bool) {
	if !(level > 0 && level < 1) {
		return 0, false
	}
	return math.Sqrt2 * math.Erfinv(level), true
}

// sum is Neumaier's compensated sum: a year has 52,560 bins.
type sum struct{ total, lost float64 }

func (s *sum) add(x float64) {
	t := s.total + x
	if math.Abs(s.total) >= math.Abs(x) {
		s.lost += (s.total - t) + x
	} else {
		s.lost += (x - t) + s.total
	}
	s.total = t
}

func (s *sum) value() float64 { return s.total + s.lost }
