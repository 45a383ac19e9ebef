package stat

// Thin is Steps for a chart: at most most of them (two at least), the first and
// the last among them, each as it is. They are spread evenly along the stairs,
// where the whole width and the whole fall of S count alike, so a leap is kept
// where it happens, and the stairs through the kept steps lie nowhere further
// from the full ones than 2 / (most - 1) of the fall.
func (c *Curve) Thin(most int) []Step {
	return thin(c.steps, most, func(s Step) (int64, float64) { return s.Bin, s.S })
}

// Thin is Steps for a chart, as Curve.Thin: the fall of S is the rise of the
// causes together, so each of them keeps its shape.
func (n *Incidence) Thin(most int) []IncidenceStep {
	return thin(n.steps, most, func(s IncidenceStep) (int64, float64) { return s.Bin, s.S })
}

func thin[T any](steps []T, most int, at func(T) (bin int64, s float64)) []T {
	most = max(most, 2)
	if len(steps) <= most {
		return steps
	}
	firstBin, firstS := at(steps[0])
	lastBin, lastS := at(steps[len(steps)-1])
	width, fall := float64(lastBin-firstBin), firstS-lastS
	// along is how far down the stairs a step lies, from 0 to 1.
	along := func(s T) float64 {
		bin, level := at(s)
		way := float64(bin-firstBin) / width
		if fall > 0 {
			way = (way + (firstS-level)/fall) / 2
		}
		return way
	}
	out := make([]T, 0, most)
	out = append(out, steps[0])
	mark := 1
	for _, s := range steps[1 : len(steps)-1] {
		passed := int(along(s) * float64(most-1))
		if passed >= mark {
			out = append(out, s)
			mark = passed + 1
		}
	}
	return append(out, steps[len(steps)-1])
}
