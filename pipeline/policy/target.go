package policy

import (
	"math/big"
)

var one = big.NewRat(1, 1)

// fraction is the exact value of a decimal such as 0.80.
func fraction(s string) (*big.Rat, bool) {
	if !decimal.MatchString(s) {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// Compare says whether num / den meets a target, exactly: 80 of 100 meets
// >= 0.80. An empty cohort (den < 1) meets nothing, and the caller gives it no
// verdict; so does a target that no pack could hold.
func Compare(num, den int64, t Target) (met bool) {
	want, ok := fraction(t.Value)
	if !ok || den < 1 {
		return false
	}
	switch got := big.NewRat(num, den).Cmp(want); t.Op {
	case ">=":
		return got >= 0
	case "<=":
		return got <= 0
	case "<":
		return got < 0
	}
	return false
}
