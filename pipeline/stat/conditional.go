package stat

import "slices"

// Chance is a probability on condition that a duration is still running.
type Chance struct {
	P       float64
	Defined bool // false: nothing was running at that age, P says nothing
	// AtLeast says that the last duration lies before the time asked for while
	// some were still running: P is what happened until then, the rest unknown.
	AtLeast bool
}

// Chance is P(T <= by | T > open) = 1 - S(by) / S(open), both at the upper edges of
// their bins. A parcel that is x minutes old has outlived bin floor(x / 10) - 1;
// with open = -1 nothing has been outlived. It is 0 where by is not after open,
// and not defined where S(open) is 0 or the curve has no durations.
func (c *Curve) Chance(open, by int64) Chance {
	if len(c.steps) == 0 {
		return Chance{}
	}
	last := c.steps[len(c.steps)-1]
	running := c.At(open)
	return chance(running, running-c.At(by), open, by, last.Bin, last.S)
}

// Chance is the probability that the cause ends a duration until by that is
// still running at open: (F(by) - F(open)) / S(open), and otherwise as
// Curve.Chance. It is lower than that of the curve which takes other causes for
// censorings, since what has been lost is not delivered later.
func (n *Incidence) Chance(cause string, open, by int64) Chance {
	if len(n.steps) == 0 {
		return Chance{}
	}
	last := n.steps[len(n.steps)-1]
	from := n.At(open)
	rise := 0.0
	if at, found := slices.BinarySearch(n.causes, cause); found {
		rise = n.At(by).Shares[at].F - from.Shares[at].F
	}
	return chance(from.S, rise, open, by, last.Bin, last.S)
}

func chance(running, ended float64, open, by, last int64, lastS float64) Chance {
	switch {
	case running <= 0:
		return Chance{}
	case by <= open:
		return Chance{Defined: true}
	}
	return Chance{P: min(1, max(0, ended/running)), Defined: true, AtLeast: by > last && lastS > 0}
}
