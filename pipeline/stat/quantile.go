package stat

// reached is how far above 1-p a step may lie and still count as there: 1-0.9
// is a little less than 0.1 in binary, and a product of quotients may be a few
// last bits too high. Real steps of a curve of up to 10^11 durations without
// censoring lie further apart.
const reached = 1e-12

// Crossing is the first bin at whose end a curve has come down to a level.
type Crossing struct {
	Bin     int64 // meaningless unless Reached
	Reached bool  // false: the curve ends above the level, the answer is "not reached"
}

// Hours is the upper edge of the bin; ok is false where it was not reached.
func (c Crossing) Hours() (hours float64, ok bool) {
	if !c.Reached {
		return 0, false
	}
	return BinHours(c.Bin), true
}

// Days is Hours / 24.
func (c Crossing) Days() (days float64, ok bool) {
	hours, ok := c.Hours()
	return hours / 24, ok
}

// Quantile is the time by which a share P has ended, with its interval. Low is
// at or before At, High at or after it; each of them may be not reached.
type Quantile struct {
	P, Level      float64
	At, Low, High Crossing
}

// Quantile is the smallest t with S(t) <= 1-p, without a midpoint on flat steps
// (lifelines' rule; R takes the middle of a step that lies exactly at 1-p). Its
// interval holds the t at which the pointwise log-log band at the level contains
// 1-p (Brookmeyer and Crowley 1982): Low is where the lower band first comes down
// to 1-p, High where the upper one does. Where S is 0 there is no band: nothing
// lies below it, so Low is reached there at the latest, but how much may lie
// above is unknown, so High may be not reached although the quantile is.
//
// A p outside (0, 1) is never reached; a level outside it has no interval.
func (c *Curve) Quantile(p, level float64) Quantile {
	q := Quantile{P: p, Level: level}
	if !(p > 0 && p < 1) {
		return q
	}
	goal := 1 - p + reached
	_, valid := normal(level)
	for _, s := range c.steps {
		q.At.reach(s.Bin, s.S <= goal)
		band, ok := s.Band(level)
		q.Low.reach(s.Bin, ok && band.Low <= goal || valid && s.S == 0)
		q.High.reach(s.Bin, ok && band.High <= goal)
		if q.At.Reached && q.High.Reached {
			break
		}
	}
	return q
}

// reach notes the first bin at which the level is there.
func (c *Crossing) reach(bin int64, there bool) {
	if there && !c.Reached {
		*c = Crossing{Bin: bin, Reached: true}
	}
}
