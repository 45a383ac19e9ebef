package stat

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// ErrNoOverlap says that the compared groups share no stratum, so that no
// adjusted number exists.
var ErrNoOverlap = errors.New("no stratum has enough of every group")

// Overlap is the common ground of groups that are compared: the strata in which
// each of them has enough, weighted by the pooled volume of all of them.
type Overlap struct {
	Used   []int     // indices of the strata, ascending; empty where there is no common ground
	Weight []float64 // by position in Used, sums to 1
	Groups []float64 // by group: the share of its volume that lies in Used, 0 for a group of none
	Pooled float64   // the same of the volume of all groups

	volume []int64 // pooled, by position in Used: Weight is volume / total, exactly
	total  int64
	strata int
}

// Common finds the strata in which every group has at least nMin (and at least 1).
// volumes[g][k] is the volume of group g in stratum k. It fails on rows of
// different length, negative volumes, overflow and without two groups.
func Common(volumes [][]int64, nMin int64) (*Overlap, error) {
	if len(volumes) < 2 {
		return nil, fmt.Errorf("%d groups: nothing to compare", len(volumes))
	}
	o := &Overlap{strata: len(volumes[0]), Groups: make([]float64, len(volumes))}
	all, byGroup, inside := int64(0), make([]int64, len(volumes)), make([]int64, len(volumes))
	for g, row := range volumes {
		if len(row) != o.strata {
			return nil, fmt.Errorf("group %d has %d strata, the first has %d", g, len(row), o.strata)
		}
		for k, n := range row {
			if n < 0 || n > math.MaxInt64-all {
				return nil, fmt.Errorf("group %d, stratum %d: volume %d is negative or too large", g, k, n)
			}
			all += n
			byGroup[g] += n
		}
	}
	for k := range o.strata {
		pooled, enough := int64(0), true
		for g := range volumes {
			pooled += volumes[g][k]
			enough = enough && volumes[g][k] >= max(nMin, 1)
		}
		if !enough {
			continue
		}
		o.Used = append(o.Used, k)
		o.volume = append(o.volume, pooled)
		o.total += pooled
		for g := range volumes {
			inside[g] += volumes[g][k]
		}
	}
	for _, v := range o.volume {
		o.Weight = append(o.Weight, float64(v)/float64(o.total))
	}
	for g, n := range byGroup {
		if n > 0 {
			o.Groups[g] = float64(inside[g]) / float64(n)
		}
	}
	if all > 0 {
		o.Pooled = float64(o.total) / float64(all)
	}
	return o, nil
}

// Adjusted is a rate or a mean at the common mix, beside the group's own.
type Adjusted struct {
	Crude    float64 // over all strata of the group, at its own mix
	Estimate         // at the weights of the overlap
	Variance float64 // of Value, with the design effect; 0 for a rate where each stratum is 0 or 1
}

// Rate is the directly standardised rate sum w p of a group, cells by stratum.
// Variance is deff sum w^2 p (1-p) / n, the weights taken as given. The interval is
// scoreBand's, which stays in [0, 1] and does not collapse where each stratum is 0
// or 1. It fails with ErrNoOverlap where nothing is common.
func (o *Overlap) Rate(cells []Count, level, deff float64) (Adjusted, error) {
	z, err := o.check(len(cells), level, deff)
	if err != nil {
		return Adjusted{}, err
	}
	all, err := pool(cells)
	if err != nil {
		return Adjusted{}, err
	}
	used := make([]weighted, len(o.Used))
	for i, k := range o.Used {
		if err := cells[k].check(false); err != nil {
			return Adjusted{}, fmt.Errorf("stratum %d: %w", k, err)
		}
		used[i] = weighted{o.Weight[i], float64(cells[k].Num), float64(cells[k].Den)}
	}
	out := Adjusted{Crude: all.share()}
	var variance sum
	for _, s := range used {
		p := s.num / s.den
		variance.add(s.weight * s.weight * p * (1 - p) / s.den)
	}
	out.Variance = deff * variance.value()
	out.Value, out.Interval = scoreBand(used, z*math.Sqrt(deff))
	return out, nil
}

// Moments are additive sums of a quantity over N parcels, for instance of cost in
// cents. Integers are exact below 2^53.
type Moments struct {
	N          int64
	Sum        float64
	SumSquares float64
}

// Mean is the directly standardised mean of a group, cells by stratum, in the unit
// of Sum. The variance is deff sum w^2 s^2 / n with s^2 each stratum's own; the
// interval takes Student's t at Welch's degrees of freedom. A stratum of one
// parcel has no variance: take 2 or more as nMin, else it fails.
func (o *Overlap) Mean(cells []Moments, level, deff float64) (Adjusted, error) {
	if _, err := o.check(len(cells), level, deff); err != nil {
		return Adjusted{}, err
	}
	var total, volume sum
	for k, c := range cells {
		if c.N < 0 || c.N == 0 && (c.Sum != 0 || c.SumSquares != 0) || !(c.SumSquares >= 0) || math.IsInf(c.SumSquares, 1) || math.IsNaN(c.Sum) || math.IsInf(c.Sum, 0) {
			return Adjusted{}, fmt.Errorf("stratum %d: sum %v and squares %v of %d are not moments", k, c.Sum, c.SumSquares, c.N)
		}
		total.add(c.Sum)
		volume.add(float64(c.N))
	}
	var value, variance, squares sum
	for i, k := range o.Used {
		c := cells[k]
		if c.N < 2 {
			return Adjusted{}, fmt.Errorf("stratum %d has %d parcels: a variance needs two; try: a least volume of 2", k, c.N)
		}
		w, n := o.Weight[i], float64(c.N)
		// Sum^2 / N in full, since it may be as large as SumSquares.
		mean := c.Sum / n
		s2 := math.Max(0, math.FMA(-mean, c.Sum, c.SumSquares)) / (n - 1)
		part := w * w * s2 / n
		value.add(w * mean)
		variance.add(part)
		squares.add(part * part / (n - 1))
	}
	out := Adjusted{Crude: total.value() / volume.value(), Variance: deff * variance.value()}
	out.Value = value.value()
	out.Interval = Interval{out.Value, out.Value}
	if v := variance.value(); v > 0 {
		t := distuv.StudentsT{Sigma: 1, Nu: v * v / squares.value()}.Quantile((1 + level) / 2)
		half := t * math.Sqrt(out.Variance)
		out.Interval = Interval{out.Value - half, out.Value + half}
	}
	return out, nil
}

// Minus is the difference of two adjusted values at the same overlap and level,
// with the interval of squareAndAdd, Newcombe's for rates. The groups are taken as
// independent: where they share their fate (one flight), the interval is too wide.
func (a Adjusted) Minus(b Adjusted) Estimate { return squareAndAdd(a.Estimate, b.Estimate) }

func (o *Overlap) check(strata int, level, deff float64) (z float64, err error) {
	z, ok := normal(level)
	switch {
	case !ok:
		return 0, fmt.Errorf("level %v is not between 0 and 1", level)
	case strata != o.strata:
		return 0, fmt.Errorf("%d strata, the overlap has %d", strata, o.strata)
	case len(o.Used) == 0:
		return 0, ErrNoOverlap
	}
	return z, positive(deff)
}
