package stat

import (
	"fmt"
	"math"
	"math/big"

	"gonum.org/v1/gonum/mathext"
)

// Count is a rate as it was counted: Num of Den parcels, orders or lines.
type Count struct{ Num, Den int64 }

// Estimate is a value with its interval.
type Estimate struct {
	Value float64
	Interval
}

// check tells whether the count is a share; Den 0 is one only where empty is allowed.
func (c Count) check(empty bool) error {
	if c.Num < 0 || c.Num > c.Den || c.Den == 0 && !empty {
		return fmt.Errorf("%d of %d is not a share", c.Num, c.Den)
	}
	return nil
}

// share is Num / Den, which must not be asked for where Den is 0.
func (c Count) share() float64 { return float64(c.Num) / float64(c.Den) }

// ratio is the exact share, 0 where Den is 0.
func (c Count) ratio() *big.Rat {
	if c.Den == 0 {
		return new(big.Rat)
	}
	return big.NewRat(c.Num, c.Den)
}

// pool adds counts up. It fails on one that is not a share and on overflow;
// empty ones are allowed, and so is an empty total.
func pool(counts []Count) (Count, error) {
	var all Count
	for i, c := range counts {
		if err := c.check(true); err != nil {
			return Count{}, fmt.Errorf("count %d: %w", i, err)
		}
		if c.Den > math.MaxInt64-all.Den {
			return Count{}, fmt.Errorf("count %d: counts overflow", i)
		}
		all.Num += c.Num
		all.Den += c.Den
	}
	return all, nil
}

// positive tells whether every x is a positive finite number, as a design effect must be.
func positive(xs ...float64) error {
	for _, x := range xs {
		if !(x > 0) || math.IsInf(x, 1) {
			return fmt.Errorf("design effect %v is not a positive number", x)
		}
	}
	return nil
}

// ClopperPearson is the exact interval of a rate (Clopper and Pearson 1934): it
// covers at least at the level for every true rate, for independent parcels, and
// is therefore wider than Wilson's. It is the one for compliance claims and for
// fewer than 30.
func ClopperPearson(c Count, level float64) (Interval, error) {
	if _, ok := normal(level); !ok {
		return Interval{}, fmt.Errorf("level %v is not between 0 and 1", level)
	}
	if err := c.check(false); err != nil {
		return Interval{}, err
	}
	tail := (1 - level) / 2
	x, n := float64(c.Num), float64(c.Den)
	out := Interval{0, 1}
	if c.Num > 0 {
		out.Low = mathext.InvRegIncBeta(x, n-x+1, tail)
	}
	if c.Num < c.Den {
		out.High = mathext.InvRegIncBeta(x+1, n-x, 1-tail)
	}
	return out, nil
}

// Concentration is the Herfindahl-Hirschman index of volumes: the sum of squared
// shares, 1 / k for k equal ones up to 1 where one has all. It fails on a negative
// volume and where there is none at all.
func Concentration(volumes []int64) (float64, error) {
	total := 0.0
	for i, v := range volumes {
		if v < 0 {
			return 0, fmt.Errorf("volume %d is %d: it cannot be negative", i, v)
		}
		total += float64(v)
	}
	if total == 0 {
		return 0, fmt.Errorf("no volume: there is no concentration of nothing")
	}
	var index sum
	for _, v := range volumes {
		share := float64(v) / total
		index.add(share * share)
	}
	return index.value(), nil
}
