package stat

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Censored is the cause of durations that were still running when last seen.
const Censored = ""

// CauseCell is an additive count of durations that ended in one bin from one
// cause: delivered, returned, lost, destroyed, or Censored.
type CauseCell struct {
	Bin   int64 // floor(minutes / BinMinutes), not negative
	Cause string
	N     int64
}

// Share is the cumulative incidence of one cause at one time: the share of all
// durations that has ended from it by then.
type Share struct {
	F        float64
	Variance float64 // of F
	Events   int64   // that ended from the cause in the step's own bin
}

// IncidenceStep is the incidence from the end of Bin to the next step.
type IncidenceStep struct {
	Bin      int64
	AtRisk   int64 // running when the bin began
	Censored int64
	S        float64 // share that is still running after the bin's end
	Shares   []Share // in the order of Causes; they and S sum to 1
}

// Incidence is an Aalen-Johansen estimate of F_k(t) = P(T <= t, cause k). Its
// zero value is the incidence of no durations: S is 1 everywhere.
type Incidence struct {
	N        int64 // durations
	Censored int64
	causes   []string
	steps    []IncidenceStep
}

// AalenJohansen estimates the incidence from cells in any order; cells of one
// bin and cause add up. It fails on a negative bin or count and on counts that
// overflow.
//
// F_k is the sum of S(t-) d_k / n (Aalen and Johansen 1978), S the product limit
// over all causes; between two censorings that is one quotient of integers, as
// in KaplanMeier. The variance is the Greenwood-type one with the covariances of
// a multinomial in each bin (Andersen, Borgan, Gill and Keiding 1993, IV.4.1.3),
// by its recursion over S and F_k. Written out it is Marubini and Valsecchi's
// sum, which lifelines computes; and R's infinitesimal jackknife (the std.err of
// a multi-state survfit, one row per subject) is the same number, because the
// influences of one subject in two bins are orthogonal.
func AalenJohansen(cells []CauseCell) (*Incidence, error) {
	merged, err := mergeCauses(cells)
	if err != nil {
		return nil, err
	}
	inc := &Incidence{}
	bins := 0
	for i, m := range merged {
		if m.N > math.MaxInt64-inc.N {
			return nil, fmt.Errorf("bin %d: counts overflow", m.Bin)
		}
		inc.N += m.N
		if i == 0 || merged[i-1].Bin != m.Bin {
			bins++
		}
		if m.Cause == Censored {
			inc.Censored += m.N
		} else if at, found := slices.BinarySearch(inc.causes, m.Cause); !found {
			inc.causes = slices.Insert(inc.causes, at, m.Cause)
		}
	}
	inc.steps = make([]IncidenceStep, 0, bins)
	shares := make([]Share, bins*len(inc.causes)) // of all steps, one allocation
	state := newWalk(inc.N, len(inc.causes))
	for len(merged) > 0 {
		end := 1
		for end < len(merged) && merged[end].Bin == merged[0].Bin {
			end++
		}
		step := IncidenceStep{Bin: merged[0].Bin, AtRisk: state.atRisk}
		step.Shares, shares = shares[:len(inc.causes):len(inc.causes)], shares[len(inc.causes):]
		for _, m := range merged[:end] {
			if m.Cause == Censored {
				step.Censored = m.N
			} else {
				at, _ := slices.BinarySearch(inc.causes, m.Cause)
				step.Shares[at].Events = m.N
			}
		}
		state.walk(&step)
		inc.steps = append(inc.steps, step)
		merged = merged[end:]
	}
	return inc, nil
}

// walk carries the estimate from bin to bin.
type walk struct {
	atRisk  int64
	stretch int64   // at risk after the last censoring
	before  float64 // S there
	s       float64
	varS    float64
	causes  []walkCause
}

type walkCause struct {
	base float64 // F after the last censoring
	ends int64   // events since
	f    float64
	cov  float64 // of S and F
	varF float64
}

func newWalk(n int64, causes int) walk {
	return walk{atRisk: n, stretch: n, before: 1, s: 1, causes: make([]walkCause, causes)}
}

// walk lets the events of the step happen, then its censorings.
func (w *walk) walk(step *IncidenceStep) {
	n := float64(w.atRisk)
	left := w.atRisk
	for _, k := range step.Shares {
		left -= k.Events
	}
	events, stay := float64(w.atRisk-left), float64(left)/n
	for i := range step.Shares {
		c, k := &w.causes[i], &step.Shares[i]
		h := float64(k.Events) / n
		// 1 - h from the integers: it would lose its digits where nearly all end.
		other := float64(w.atRisk-k.Events) / n
		c.varF += h*(2*c.cov+h*w.varS) + w.s*w.s*h*other/n
		c.cov = stay * (c.cov + h*w.varS - w.s*w.s*h/n)
		c.ends += k.Events
		if k.Events > 0 {
			c.f = c.base + w.before*(float64(c.ends)/float64(w.stretch))
		}
	}
	if events > 0 {
		w.varS = stay*stay*w.varS + w.s*w.s*events/n*stay/n
		w.s = w.before * (float64(left) / float64(w.stretch))
	}
	w.settle()
	for i, c := range w.causes {
		step.Shares[i].F = c.f
		step.Shares[i].Variance = math.Max(0, c.varF) // rounding may pass below 0
	}
	step.S = w.s
	w.atRisk = left - step.Censored
	if step.Censored > 0 {
		w.before, w.stretch = w.s, w.atRisk
		for i := range w.causes {
			w.causes[i].base, w.causes[i].ends = w.causes[i].f, 0
		}
	}
}

// settle makes exact what rounding leaves a last bit away: where nothing runs
// any more and only one cause has ever ended anything, its share is 1 for sure.
func (w *walk) settle() {
	only := -1
	for i, c := range w.causes {
		if c.f > 0 {
			if only >= 0 {
				return
			}
			only = i
		}
	}
	if w.s == 0 && only >= 0 {
		w.causes[only].f, w.causes[only].varF = 1, 0
	}
}

// mergeCauses sorts a copy of the cells, adds up those of one bin and cause and
// drops empty ones.
func mergeCauses(cells []CauseCell) ([]CauseCell, error) {
	sorted := slices.Clone(cells)
	slices.SortFunc(sorted, func(a, b CauseCell) int {
		return cmp.Or(cmp.Compare(a.Bin, b.Bin), cmp.Compare(a.Cause, b.Cause))
	})
	out := sorted[:0]
	for _, m := range sorted {
		if m.Bin < 0 || m.N < 0 {
			return nil, fmt.Errorf("bin %d: %d durations: neither can be negative", m.Bin, m.N)
		}
		if m.N == 0 {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Bin == m.Bin && out[n-1].Cause == m.Cause {
			if m.N > math.MaxInt64-out[n-1].N {
				return nil, fmt.Errorf("bin %d: counts overflow", m.Bin)
			}
			out[n-1].N += m.N
			continue
		}
		out = append(out, m)
	}
	return out, nil
}

// Causes returns the causes that ended a duration, sorted, without Censored. The
// caller must not change the slice.
func (n *Incidence) Causes() []string { return n.causes }

// Steps returns one step per bin with a duration in it, in order. The caller
// must not change the slice, and thins it for a chart.
func (n *Incidence) Steps() []IncidenceStep { return n.steps }

// At is the step that holds at the end of a bin: the last one at or before it.
// Before the first one it is a step of nothing at the bin itself, with S = 1.
// Past the last duration it stays, which says nothing when S is above 0 there.
func (n *Incidence) At(bin int64) IncidenceStep {
	i, found := slices.BinarySearchFunc(n.steps, bin, func(s IncidenceStep, b int64) int {
		return cmp.Compare(s.Bin, b)
	})
	switch {
	case found:
		return n.steps[i]
	case i == 0:
		return IncidenceStep{Bin: bin, AtRisk: n.N, S: 1, Shares: make([]Share, len(n.causes))}
	}
	return n.steps[i-1]
}

// Share is the incidence of a cause at the end of a bin. A cause that ended
// nothing has a share of 0 everywhere.
func (n *Incidence) Share(cause string, bin int64) Share {
	at, found := slices.BinarySearch(n.causes, cause)
	if !found {
		return Share{}
	}
	return n.At(bin).Shares[at]
}

// Band is the pointwise interval of F at the level on the log-log scale of F
// itself: F^exp(±z se / (F log F)), as R's survfit with conf.type = "log-log"
// gives it for a state. At F = 0 it is [0, 0]. At F = 1 it is not defined: ok is
// false, as it is for a level outside (0, 1).
func (k Share) Band(level float64) (band Interval, ok bool) {
	z, ok := normal(level)
	switch {
	case !ok || k.F >= 1:
		return Interval{}, false
	case k.F <= 0:
		return Interval{0, 0}, true
	}
	log := math.Log(k.F)
	shift := -z * math.Sqrt(k.Variance) / (k.F * log) // not negative
	return Interval{math.Exp(log * math.Exp(shift)), math.Exp(log * math.Exp(-shift))}, true
}

// PlainBand is F ± z se, cut to [0, 1], and not defined where Band is not.
func (k Share) PlainBand(level float64) (band Interval, ok bool) {
	z, ok := normal(level)
	if !ok || k.F >= 1 {
		return Interval{}, false
	}
	half := z * math.Sqrt(k.Variance)
	return Interval{math.Max(0, k.F-half), math.Min(1, k.F+half)}, true
}

// Quantile is the smallest t by which a share p of all durations, whatever
// becomes of the others, has ended from the cause: F(t) >= p. It is not reached
// where F ends below p, as it does when many end otherwise. Its interval holds
// the t at which the pointwise log-log band contains p, by the rule of
// Curve.Quantile: Low is where the upper band first comes up to p, High where
// the lower one does, and where F is 1 only Low is settled. Nor does a step settle
// High at which the last running duration ended after others had been censored:
// the variance knows nothing of the censored ones there, and the interval would
// end too early in one of ten young cohorts (as simulated in the tests). Without
// censorings all is known at that step, and it counts.
//
// A p outside (0, 1) is never reached; a level outside it has no interval.
func (n *Incidence) Quantile(cause string, p, level float64) Quantile {
	q := Quantile{P: p, Level: level}
	at, found := slices.BinarySearch(n.causes, cause)
	if !found || !(p > 0 && p < 1) {
		return q
	}
	goal := p - reached
	_, valid := normal(level)
	for _, s := range n.steps {
		k := s.Shares[at]
		band, ok := k.Band(level)
		q.At.reach(s.Bin, k.F >= goal)
		q.Low.reach(s.Bin, ok && band.High >= goal || valid && k.F >= 1)
		q.High.reach(s.Bin, ok && band.Low >= goal && (s.S > 0 || n.Censored == 0))
		if q.At.Reached && q.High.Reached {
			break
		}
	}
	return q
}
