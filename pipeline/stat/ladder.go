package stat

import (
	"errors"
	"math"
)

// Ladder is what a development triangle says of what is still to come
// (chain ladder; its standard errors are Mack's, 1993, distribution-free).
type Ladder struct {
	Factors  []float64 // from age j to age j+1
	Ultimate []float64 // per row, in the unit of the triangle
	ToCome   []float64 // Ultimate less the newest known value
	SE       []float64 // standard error of ToCome; nil where HasSE is not set
	Total    float64   // sum of ToCome
	TotalSE  float64
	HasSE    bool // enough rows show each step; else there are no standard errors
}

// ErrTriangle says that there is nothing to learn a step from.
var ErrTriangle = errors.New("a development triangle needs two rows, and a positive value wherever a step is learnt from")

// ChainLadder extends cumulative amounts to the age of the oldest row. Row i is
// an origin, oldest first; its values are cumulative at ages 0, 1, …; a younger
// row is not longer than an older one.
func ChainLadder(rows [][]float64) (Ladder, error) {
	if len(rows) < 2 || len(rows[0]) < 2 {
		return Ladder{}, ErrTriangle
	}
	ages := len(rows[0])
	out := Ladder{Factors: make([]float64, ages-1)}
	sigma2 := make([]float64, ages-1)
	base := make([]float64, ages-1) // sum of the values that a step is learnt from
	for j := range ages - 1 {
		var from, to float64
		n := 0
		for _, r := range rows {
			if len(r) > j+1 {
				from, to, n = from+r[j], to+r[j+1], n+1
			}
		}
		if from <= 0 {
			return Ladder{}, ErrTriangle
		}
		f := to / from
		out.Factors[j], base[j], sigma2[j] = f, from, math.NaN()
		if n > 1 {
			sum := 0.0
			for _, r := range rows {
				if len(r) > j+1 && r[j] > 0 {
					d := r[j+1]/r[j] - f
					sum += r[j] * d * d
				}
			}
			sigma2[j] = sum / float64(n-1)
		}
	}
	// the last step is seen once: Mack's extrapolation
	if j := ages - 2; math.IsNaN(sigma2[j]) && j >= 2 && !math.IsNaN(sigma2[j-1]) && !math.IsNaN(sigma2[j-2]) {
		a, b := sigma2[j-1], sigma2[j-2]
		sigma2[j] = math.Min(math.Min(a, b), ratio(a*a, b))
	}
	for i, r := range rows {
		if len(r) == 0 || len(r) > ages || i > 0 && len(r) > len(rows[i-1]) {
			return Ladder{}, ErrTriangle
		}
		at := r[len(r)-1]
		ultimate, relative := at, 0.0
		for j := len(r) - 1; j < ages-1; j++ {
			if ultimate > 0 {
				relative += sigma2[j] / (out.Factors[j] * out.Factors[j]) * (1/ultimate + 1/base[j])
			}
			ultimate *= out.Factors[j]
		}
		out.Ultimate = append(out.Ultimate, ultimate)
		out.ToCome = append(out.ToCome, ultimate-at)
		out.SE = append(out.SE, ultimate*math.Sqrt(relative))
		out.Total += ultimate - at
	}
	// rows share the factors, so their errors are not independent
	variance := 0.0
	for i, r := range rows {
		variance += out.SE[i] * out.SE[i]
		later := 0.0
		for _, u := range out.Ultimate[i+1:] {
			later += u
		}
		shared := 0.0
		for j := len(r) - 1; j < ages-1; j++ {
			shared += 2 * sigma2[j] / (out.Factors[j] * out.Factors[j]) / base[j]
		}
		if shared > 0 || math.IsNaN(shared) {
			variance += out.Ultimate[i] * later * shared
		}
	}
	if out.TotalSE = math.Sqrt(variance); math.IsNaN(out.TotalSE) {
		out.SE, out.TotalSE = nil, 0
	} else {
		out.HasSE = true
	}
	return out, nil
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
