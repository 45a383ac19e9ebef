package stat

import (
	"math"
	"testing"
)

// A mean that is far from both ends is mean ± 1.96 se; it cannot lie below 0 or
// above tau.
func TestIntervalOfAMean(t *testing.T) {
	day := int64(143) // its upper edge is 24 hours
	for _, c := range []struct {
		mean      Mean
		low, high float64
	}{
		{Mean{day, 12, 4}, 12 - 1.959964*2, 12 + 1.959964*2},
		{Mean{day, 1, 4}, 0, 1 + 1.959964*2},
		{Mean{day, 23, 4}, 23 - 1.959964*2, 24},
	} {
		i, ok := c.mean.Interval(0.95)
		if !ok || math.Abs(i.Low-c.low) > 1e-5 || math.Abs(i.High-c.high) > 1e-5 {
			t.Errorf("%+v: %+v, want %g to %g", c.mean, i, c.low, c.high)
		}
	}
	if _, ok := (Mean{day, 12, 4}).Interval(1); ok {
		t.Error("level 1 has an interval")
	}
}
