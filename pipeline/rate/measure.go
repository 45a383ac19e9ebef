package rate

import (
	"fmt"
	"strings"
)

// Quanta in a tick, which is 0.0001 of a unit. A quantum of weight is 1/16 ng,
// so that ounces of 28.349523125 g are whole; one of length is 0.00001 mm.
var (
	weightTick = map[string]int64{"g": 1_600_000, "kg": 1_600_000_000, "oz": 45_359_237, "lb": 725_747_792}
	lengthTick = map[string]int64{"mm": 10, "cm": 100, "in": 254}
)

// WeightTick gives the quanta in 0.0001 of a weight unit.
func WeightTick(unit string) (int64, bool) {
	n, ok := weightTick[unit]
	return n, ok
}

// LengthTick gives the quanta in 0.0001 of a unit of length.
func LengthTick(unit string) (int64, bool) {
	n, ok := lengthTick[unit]
	return n, ok
}

// Scaled reads a decimal as a whole number of 10^-places, exactly. A sign and
// more digits than fit are refused.
func Scaled(s string, places int) (int64, error) {
	whole, part, _ := strings.Cut(s, ".")
	if whole == "" || len(whole) > 9 || len(part) > places || strings.HasSuffix(s, ".") {
		return 0, fmt.Errorf("%q is no decimal of at most 9 digits before and %d behind the point", s, places)
	}
	var n int64
	for _, d := range whole + part + strings.Repeat("0", places-len(part)) {
		if d < '0' || d > '9' {
			return 0, fmt.Errorf("%q is no decimal of at most 9 digits before and %d behind the point", s, places)
		}
		n = n*10 + int64(d-'0')
	}
	return n, nil
}

// moneyScale makes e8 of e4.
const moneyScale = 10_000
