package stat

import "math"

// Mean is a restricted mean: the mean of min(T, tau).
type Mean struct {
	Tau      int64   // the bin at whose upper edge durations are cut
	Hours    float64 // from the start to at most tau
	Variance float64 // of Hours, in square hours
}

// Difference is a difference in hours with its interval at a level.
type Difference struct {
	Hours    float64
	Variance float64 // square hours
	Level    float64
	Interval Interval
}

// RMST is the restricted mean survival time up to the upper edge of bin tau: the
// area under S from 0 to there, in hours. S is 1 from 0 to the first step and
// moves at the upper edges only, so the area is a sum of rectangles, and it is
// the mean of the durations rounded up to their edges: above the mean of the
// exact times by no more than one bin, about half of one where a bin's
// durations lie evenly. Between two curves the difference takes that away.
//
// The variance is sum A^2 d / (n (n - d)) over the events before tau, A the area
// from the event to tau (what R's survfit prints as se(rmean), squared; no
// small-sample factor).
//
// ok is false where the data does not reach tau: the last duration lies before it
// and S is above 0, so what follows is unknown (R goes on level there), and for a
// tau below 0.
func (c *Curve) RMST(tau int64) (mean Mean, ok bool) {
	if tau < 0 || len(c.steps) == 0 {
		return Mean{}, false
	}
	if last := c.steps[len(c.steps)-1]; last.Bin < tau && last.S > 0 {
		return Mean{}, false
	}
	// Backwards, so that the area up to tau is there when a step needs it.
	area, variance := sum{}, sum{}
	next := edge(tau)
	for i := len(c.steps) - 1; i >= 0; i-- {
		s := c.steps[i]
		if s.Bin >= tau {
			continue
		}
		area.add(s.S * (next - edge(s.Bin)))
		next = edge(s.Bin)
		if left := s.AtRisk - s.Events; left > 0 { // else S is 0, and so is the area
			a := area.value()
			variance.add(a * a * (float64(s.Events) / float64(s.AtRisk) / float64(left)))
		}
	}
	area.add(next)
	const hours = BinMinutes / 60.0
	return Mean{Tau: tau, Hours: area.value() * hours, Variance: variance.value() * hours * hours}, true
}

// Interval is the normal interval of a restricted mean in hours, cut to what a
// mean of min(T, tau) can be: 0 to tau. ok is false for a level outside (0, 1).
func (m Mean) Interval(level float64) (i Interval, ok bool) {
	z, ok := normal(level)
	if !ok {
		return Interval{}, false
	}
	half := z * math.Sqrt(m.Variance)
	return Interval{math.Max(0, m.Hours-half), math.Min(BinHours(m.Tau), m.Hours+half)}, true
}

// edge is the upper edge of a bin, in bins.
func edge(bin int64) float64 { return float64(bin) + 1 }

// RMSTDifference is the restricted mean of a less that of b, up to the same tau,
// with the normal interval of two independent curves. ok is false where either
// has no restricted mean there and for a level outside (0, 1).
func RMSTDifference(a, b *Curve, tau int64, level float64) (diff Difference, ok bool) {
	z, valid := normal(level)
	m, okM := a.RMST(tau)
	n, okN := b.RMST(tau)
	if !valid || !okM || !okN {
		return Difference{}, false
	}
	diff = Difference{Hours: m.Hours - n.Hours, Variance: m.Variance + n.Variance, Level: level}
	half := z * math.Sqrt(diff.Variance)
	diff.Interval = Interval{diff.Hours - half, diff.Hours + half}
	return diff, true
}
