package metric

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"waybill/pipeline/stat"
)

// pairs compares the largest groups two by two, each pair on its own common
// ground.
func (s *shared) pairs(out *Comparison) error {
	var in []*gathered
	for _, g := range s.groups {
		if !g.small && len(in) < s.rules.PairGroups {
			in = append(in, g)
		}
	}
	s.tests = max(1, len(in)*(len(in)-1)/2)
	var ps []float64
	var tested []int
	var reversed []*Reversal // by pair
	for i, a := range in {
		for _, b := range in[i+1:] {
			p, r, err := s.pair(a, b)
			if err != nil {
				return err
			}
			if p.P != nil && s.rules.enough(p) {
				ps, tested = append(ps, *p.P), append(tested, len(out.Pairs))
			}
			out.Pairs, reversed = append(out.Pairs, p), append(reversed, r)
		}
	}
	qs, err := stat.FalseDiscovery(ps)
	if err != nil {
		return err
	}
	for at, i := range tested {
		out.Pairs[i].Q = &qs[at]
	}
	for i := range out.Pairs {
		p := &out.Pairs[i]
		if p.Verdict, p.Why = s.rules.decide(*p); p.Verdict != "open" {
			p.Needed = 0
		}
		if (p.Verdict == "better" || p.Verdict == "worse") && reversed[i] != nil {
			out.Reversals = append(out.Reversals, *reversed[i])
		}
	}
	rank := map[string]int{"better": 0, "worse": 0, "open": 1, "little_common": 2, "no_common": 3}
	slices.SortStableFunc(out.Pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(rank[a.Verdict], rank[b.Verdict]), cmp.Compare(b.Due, a.Due), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
	return nil
}

// enough says that a pair has so much in common that its difference speaks of the
// two and not of a corner of them.
func (r CompareRules) enough(p Pair) bool {
	return p.Common >= r.LeastCommon && min(p.CommonA, p.CommonB) >= r.LeastGroup
}

// decide is the one rule of what may be called a difference: enough parcels in
// common strata, a q at or below Discovery, and an interval that leaves 0 out. q
// knows how many pairs were looked at and the interval does not, and they come by
// different ways from the same counts, so either alone can say more than there is.
func (r CompareRules) decide(p Pair) (verdict, why string) {
	switch {
	case p.Adjusted == nil:
		return "no_common", ""
	case !r.enough(p):
		return "little_common", ""
	}
	apart, rare := p.Adjusted.Low > 0 || p.Adjusted.High < 0, p.Q != nil && *p.Q <= r.Discovery
	switch {
	case apart && rare && p.Adjusted.Value > 0:
		return "better", ""
	case apart && rare:
		return "worse", ""
	case apart:
		return "open", "pairs"
	case rare:
		return "open", "interval"
	}
	return "open", "chance"
}

func (s *shared) pair(a, b *gathered) (Pair, *Reversal, error) {
	p := Pair{A: a.key, B: b.key, Due: a.due.Den + b.due.Den}
	crude, err := stat.Newcombe(a.due, b.due, s.rules.Level, a.design.Effect, b.design.Effect)
	if err != nil {
		return p, nil, err
	}
	p.Crude = *spanOf(crude.Value, crude.Interval)
	o, err := stat.Common([][]int64{dens(a.byStratum), dens(b.byStratum)}, s.rules.MinN)
	if err != nil || len(o.Used) == 0 {
		return p, nil, err
	}
	p.Common, p.Strata = o.Pooled, len(o.Used)
	ra, err1 := s.adjusted(o, a)
	rb, err2 := s.adjusted(o, b)
	if err := errors.Join(err1, err2); err != nil {
		return p, nil, err
	}
	p.CommonA, p.CommonB = ra.n, rb.n
	d := ra.rate.Minus(rb.rate)
	p.Adjusted = spanOf(d.Value, d.Interval)
	variance := ra.rate.Variance + rb.rate.Variance
	if v, ok := stat.TwoSidedP(d.Value, variance); ok {
		p.P = &v
	}
	p.Needed = s.needed(d.Value, ra, rb)
	if err := s.stratified(&p, o, a, b, ra, rb); err != nil {
		return p, nil, err
	}
	reversed, err := s.reversal(o, a, b)
	return p, reversed, err
}

// needed is how many parcels of each group would decide a difference of this size
// with the rules' power, at the mix, the rates and the shared fate seen. Its level
// is shared among the pairs (Bonferroni), which is no less than what q asks for.
func (s *shared) needed(difference float64, a, b adjustedRate) int64 {
	spread := a.rate.Variance*float64(a.n) + b.rate.Variance*float64(b.n)
	z := math.Sqrt2 * (math.Erfinv(1-(1-s.rules.Level)/float64(s.tests)) + math.Erfinv(2*s.rules.Power-1))
	n := math.Ceil(z * z * spread / (difference * difference))
	if !(n < 1e9) {
		return 0
	}
	return int64(n)
}

// stratified is Mantel and Haenszel's difference over the strata of the overlap,
// and whether the odds ratio is the same in them.
func (s *shared) stratified(p *Pair, o *stat.Overlap, a, b *gathered, ra, rb adjustedRate) error {
	design := math.Max(ra.design, rb.design)
	if v := ra.rate.Variance/ra.design + rb.rate.Variance/rb.design; v > 0 {
		design = (ra.rate.Variance + rb.rate.Variance) / v
	}
	var strata []stat.Pair
	for _, k := range o.Used {
		strata = append(strata, stat.Pair{A: a.byStratum[k], B: b.byStratum[k]})
	}
	m, err := stat.MantelHaenszel(strata, s.rules.Level, design)
	if err != nil {
		return err
	}
	p.Stratified = spanOf(m.Difference.Value, m.Difference.Interval)
	if m.HasHeterogeneity {
		p.Uneven = &m.Heterogeneity.P
	}
	return nil
}

// shownDrivers are the strata that a reversal names.
const shownDrivers = 3

func (s *shared) reversal(o *stat.Overlap, a, b *gathered) (*Reversal, error) {
	found, err := o.Reversals([][]stat.Count{a.byStratum, b.byStratum})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	r := found[0]
	out := &Reversal{A: a.key, B: b.key}
	out.Crude, _ = r.Crude.Float64()
	out.Adjusted, _ = r.Adjusted.Float64()
	for _, d := range r.Drivers {
		part, _ := d.Part.Float64()
		// those that pushed the way in which the order turned
		if part*(out.Crude-out.Adjusted) > 0 && len(out.Drivers) < shownDrivers {
			out.Drivers = append(out.Drivers, Driver{Stratum: s.strata[d.Stratum], Part: part})
		}
	}
	return out, nil
}
