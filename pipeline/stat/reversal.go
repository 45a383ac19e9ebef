package stat

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
)

// Reversal is a pair of groups whose order turns round once their mix is the same
// (Simpson's paradox): the one with the higher crude rate has the lower adjusted one.
type Reversal struct {
	A, B     int      // groups, A < B
	Crude    *big.Rat // crude rate of A less that of B, over all their strata
	Adjusted *big.Rat // standardised rate of A less that of B, of the other sign
	// Drivers are what each stratum adds to Crude - Adjusted, largest first; they
	// sum to it exactly. Strata outside the overlap are among them.
	Drivers []Driver
}

// Driver is one stratum's part of a crude difference less the adjusted one.
type Driver struct {
	Stratum int
	Part    *big.Rat
}

// Reversals names the pairs of groups whose crude and standardised order disagree,
// decided in exact fractions; equal rates are no order. cells[g][k] is the count
// of group g in stratum k, as given to Common. A stratum's part is
// (s - w) (p - r) of A less the same of B, with s the share of the group's volume,
// w the weight of the overlap (0 outside), p its rate and r the crude rate of all
// groups: much volume in a stratum that is worse than the rest drags a group down.
// r cancels in the sum.
func (o *Overlap) Reversals(cells [][]Count) ([]Reversal, error) {
	if len(o.Used) == 0 {
		return nil, ErrNoOverlap
	}
	if len(cells) != len(o.Groups) {
		return nil, fmt.Errorf("%d groups, the overlap has %d", len(cells), len(o.Groups))
	}
	crude := make([]Count, len(cells))
	adjusted := make([]*big.Rat, len(cells))
	for g, row := range cells {
		if len(row) != o.strata {
			return nil, fmt.Errorf("group %d has %d strata, the overlap has %d", g, len(row), o.strata)
		}
		var err error
		if crude[g], err = pool(row); err != nil {
			return nil, fmt.Errorf("group %d: %w", g, err)
		}
		var parts []*big.Rat
		for i, k := range o.Used {
			if err := row[k].check(false); err != nil {
				return nil, fmt.Errorf("group %d, stratum %d: %w", g, k, err)
			}
			parts = append(parts, new(big.Rat).Mul(big.NewRat(o.volume[i], o.total), row[k].ratio()))
		}
		adjusted[g] = ratioSum(parts)
	}
	all, err := pool(crude)
	if err != nil {
		return nil, err
	}
	var out []Reversal
	for a := range cells {
		for b := a + 1; b < len(cells); b++ {
			r := Reversal{A: a, B: b}
			r.Crude = new(big.Rat).Sub(crude[a].ratio(), crude[b].ratio())
			r.Adjusted = new(big.Rat).Sub(adjusted[a], adjusted[b])
			if r.Crude.Sign()*r.Adjusted.Sign() >= 0 {
				continue
			}
			r.Drivers = o.drivers(cells[a], cells[b], crude[a].Den, crude[b].Den, all.ratio())
			out = append(out, r)
		}
	}
	return out, nil
}

func (o *Overlap) drivers(a, b []Count, volumeA, volumeB int64, center *big.Rat) []Driver {
	weight := make([]*big.Rat, o.strata)
	for i, k := range o.Used {
		weight[k] = big.NewRat(o.volume[i], o.total)
	}
	part := func(c Count, volume int64, w *big.Rat) *big.Rat {
		if c.Den == 0 { // no volume outside the overlap: nothing to add
			return new(big.Rat)
		}
		excess := big.NewRat(c.Den, volume)
		if w != nil {
			excess.Sub(excess, w)
		}
		worse := new(big.Rat).Sub(c.ratio(), center)
		return excess.Mul(excess, worse)
	}
	var out []Driver
	for k := range o.strata {
		p := part(a[k], volumeA, weight[k])
		if p.Sub(p, part(b[k], volumeB, weight[k])); p.Sign() != 0 {
			out = append(out, Driver{k, p})
		}
	}
	slices.SortStableFunc(out, func(x, y Driver) int {
		return cmp.Or(new(big.Rat).Abs(y.Part).Cmp(new(big.Rat).Abs(x.Part)), cmp.Compare(x.Stratum, y.Stratum))
	})
	return out
}
