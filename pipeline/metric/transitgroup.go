package metric

import (
	"cmp"
	"slices"

	"waybill/pipeline/stat"
)

// Endings of a parcel as the cell transit_parcels numbers them.
const (
	endOpen = iota
	endDelivered
	endReturned
	endLost
	endDestroyed
	endWithdrawn
	endKinds
)

// causeOf names the competing risks; what is on the way or withdrawn is censored.
var causeOf = [endKinds]string{endOpen: stat.Censored, endDelivered: "delivered", endReturned: "returned", endLost: "lost", endDestroyed: "destroyed", endWithdrawn: stat.Censored}

const binsOfDay = 24 * 60 / stat.BinMinutes

// lastBin of d days: its upper edge is their end.
func lastBin(d int64) int64 { return d*binsOfDay - 1 }

// endCell counts parcels of one ending and bin.
type endCell struct{ ending, bin, n int64 }

// parcelEnds is the parcels of a group.
type parcelEnds struct {
	cells    []endCell
	negative int64
}

// join adds the parcels of another cohort.
func (c *parcelEnds) join(o *parcelEnds) {
	c.cells = append(c.cells, o.cells...)
	c.negative += o.negative
}

// settle adds up what is equal, so that every estimate sorts less.
func (c *parcelEnds) settle() {
	slices.SortFunc(c.cells, func(a, b endCell) int {
		return cmp.Or(cmp.Compare(a.bin, b.bin), cmp.Compare(a.ending, b.ending))
	})
	out := c.cells[:0]
	for _, x := range c.cells {
		if n := len(out); n > 0 && out[n-1].bin == x.bin && out[n-1].ending == x.ending {
			out[n-1].n += x.n
			continue
		}
		out = append(out, x)
	}
	c.cells = out
}

func (c *parcelEnds) total() int64 {
	n := int64(0)
	for _, x := range c.cells {
		n += x.n
	}
	return n
}

// competing is the incidence of every ending.
func (c *parcelEnds) competing() (*stat.Incidence, error) {
	cells := make([]stat.CauseCell, len(c.cells))
	for i, x := range c.cells {
		cells[i] = stat.CauseCell{Bin: x.bin, Cause: causeOf[x.ending], N: x.n}
	}
	return stat.AalenJohansen(cells)
}

// single are the cells of the time if endDelivered: every other ending censors.
func (c *parcelEnds) single() []stat.Cell {
	cells := make([]stat.Cell, len(c.cells))
	for i, x := range c.cells {
		cells[i].Bin = x.bin
		if x.ending == endDelivered {
			cells[i].Events = x.n
		} else {
			cells[i].Censored = x.n
		}
	}
	return cells
}

// deliveredOnly is the curve of a report that forgets all other parcels.
func (c *parcelEnds) deliveredOnly() (*stat.Curve, error) {
	var cells []stat.Cell
	for _, x := range c.cells {
		if x.ending == endDelivered {
			cells = append(cells, stat.Cell{Bin: x.bin, Events: x.n})
		}
	}
	return stat.KaplanMeier(cells)
}

// mature is the share that has ended or was followed for a number of days.
func (c *parcelEnds) mature(days int64) float64 {
	n, young := int64(0), int64(0)
	for _, x := range c.cells {
		n += x.n
		if x.ending == endOpen && x.bin < days*binsOfDay {
			young += x.n
		}
	}
	if n == 0 {
		return 0
	}
	return float64(n-young) / float64(n)
}

// naiveQuantile sets a delivered-only quantile beside the right one.
func naiveQuantile(c *stat.Curve, right Quantile) Naive {
	out := Naive{P: right.P, Days: reached(c.Quantile(right.P, level).At)}
	if out.Days != nil && right.Days != nil {
		bias := *out.Days - *right.Days
		out.Bias = &bias
	}
	return out
}

func incidenceQuantile(i *stat.Incidence, p float64) Quantile {
	q := i.Quantile(causeOf[endDelivered], p, level)
	return Quantile{P: p, Days: reached(q.At), Low: reached(q.Low), High: reached(q.High)}
}

// groupDepth says how much of a group is estimated.
type groupDepth int

const (
	onlyFigures groupDepth = iota // quantiles and counts
	withCurves                    // and endings, the mean, both curves
)

// group estimates the figures of a cohort. The keys are the caller's.
func (r TransitRules) group(c *parcelEnds, d groupDepth) (TransitGroup, error) {
	g := TransitGroup{Negative: c.negative, Mature: c.mature(r.FollowedDays)}
	counts := [endKinds]*int64{endOpen: &g.Open, endDelivered: &g.Delivered, endReturned: &g.Returned, endLost: &g.Lost, endDestroyed: &g.Destroyed, endWithdrawn: &g.Withdrawn}
	for _, x := range c.cells {
		*counts[x.ending] += x.n
		g.N += x.n
	}
	g.Small = g.N < r.MinN
	all, err := c.competing()
	if err != nil {
		return g, err
	}
	single, err := stat.KaplanMeier(c.single())
	if err != nil {
		return g, err
	}
	simple, err := c.deliveredOnly()
	if err != nil {
		return g, err
	}
	for _, p := range r.Quantiles {
		q := incidenceQuantile(all, p)
		g.All = append(g.All, q)
		g.IfDelivered = append(g.IfDelivered, quantile(single, p))
		g.Naive = append(g.Naive, naiveQuantile(simple, q))
	}
	if d == withCurves {
		g.Endings = r.endings(all)
		g.Mean = r.mean(single)
		g.Curve = incidencePoints(all)
		g.Conditional = conditionalPoints(single)
	}
	return g, nil
}

// endings are the shares by the rules' days, delivered first.
func (r TransitRules) endings(i *stat.Incidence) []EndingShare {
	steps := i.Steps()
	if len(steps) == 0 {
		return nil
	}
	last := steps[len(steps)-1]
	var out []EndingShare
	for _, days := range r.EndDays {
		bin := lastBin(days)
		for ending := endDelivered; ending <= endDestroyed; ending++ {
			s := i.Share(causeOf[ending], bin)
			e := EndingShare{Cause: causeOf[ending], Days: days, Share: s.F, Low: s.F, High: s.F, Known: last.Bin >= bin || i.At(bin).S == 0}
			if band, ok := s.Band(level); ok {
				e.Low, e.High = band.Low, band.High
			}
			out = append(out, e)
		}
	}
	return out
}

// mean is the restricted mean in days; nil where the curve does not reach it.
func (r TransitRules) mean(c *stat.Curve) *Estimate {
	m, ok := c.RMST(lastBin(r.MeanDays))
	if !ok {
		return nil
	}
	i, ok := m.Interval(level)
	if !ok {
		return nil
	}
	return &Estimate{m.Hours / 24, i.Low / 24, i.High / 24}
}

// incidencePoints are the steps at which somebody was delivered, thinned.
func incidencePoints(i *stat.Incidence) []TransitPoint {
	var out []TransitPoint
	at, found := slices.BinarySearch(i.Causes(), causeOf[endDelivered])
	if !found {
		return nil
	}
	low, plain := 0.0, 0.0
	for _, s := range i.Thin(curvePoints) {
		k := s.Shares[at]
		p := TransitPoint{Days: stat.BinHours(s.Bin) / 24, Share: k.F, Low: low, High: 1, PlainLow: plain, PlainHigh: 1}
		if band, ok := k.Band(level); ok {
			p.Low, p.High = band.Low, band.High
		}
		if band, ok := k.PlainBand(level); ok {
			p.PlainLow, p.PlainHigh = band.Low, band.High
		}
		low, plain = p.Low, p.PlainLow
		out = append(out, p)
	}
	return out
}

// conditionalPoints are the same of the time if delivered. Where everybody is delivered
// there is no band: it then reaches from the one before to 1.
func conditionalPoints(c *stat.Curve) []TransitPoint {
	var out []TransitPoint
	low, plain := 0.0, 0.0
	for _, s := range c.Thin(curvePoints) {
		p := TransitPoint{Days: s.Hours() / 24, Share: 1 - s.S, Low: low, High: 1, PlainLow: plain, PlainHigh: 1}
		if band, ok := s.Band(level); ok {
			p.Low, p.High = 1-band.High, 1-band.Low
		}
		if band, ok := s.PlainBand(level); ok {
			p.PlainLow, p.PlainHigh = 1-band.High, 1-band.Low
		}
		low, plain = p.Low, p.PlainLow
		out = append(out, p)
	}
	return out
}
