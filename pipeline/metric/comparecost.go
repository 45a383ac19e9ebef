package metric

import (
	"cmp"
	"maps"
	"math"
	"math/big"
	"slices"

	"github.com/shopspring/decimal"

	"waybill/pipeline/stat"
)

const (
	costPlaces   = 4 // of amounts; sums are whole at this place
	costDraws    = 1000
	costSeed     = 1
	weightOfMean = 1000 // weight of a parcel of average standing in a standardised curve
)

// causes are the endings of a shipped parcel by their number in the cell.
var causes = []string{stat.Censored, "delivered", "returned", "lost", "destroyed", "otherwise"}

// quantiles fills the times of all shipped parcels, and those at the common mix:
// each parcel of a stratum counts with the stratum's common weight over the
// group's own.
func (s *shared) quantiles(out *Comparison) error {
	o, in, _, err := s.common(func(g *gathered) []int64 { return g.shippedByStratum }, s.rules.MinN)
	if err != nil {
		return err
	}
	for i, g := range s.groups {
		f, err := g.incidence(nil)
		if err != nil {
			return err
		}
		v := &out.Groups[i]
		for _, q := range []*Quantile{&v.Median, &v.P90} {
			found := f.Quantile("delivered", q.P, s.rules.Level)
			q.Days, q.Low, q.High = reached(found.At), reached(found.Low), reached(found.High)
		}
		if o == nil || len(o.Used) == 0 || !slices.Contains(in, i) {
			continue
		}
		total := int64(0)
		for _, k := range o.Used {
			total += g.shippedByStratum[k]
		}
		weight := make([]int64, len(s.strata))
		for at, k := range o.Used {
			weight[k] = int64(math.Round(weightOfMean * o.Weight[at] * float64(total) / float64(g.shippedByStratum[k])))
		}
		if f, err = g.incidence(weight); err != nil {
			return err
		}
		v.AdjustedMedian = reached(f.Quantile("delivered", v.Median.P, s.rules.Level).At)
		v.AdjustedP90 = reached(f.Quantile("delivered", v.P90.P, s.rules.Level).At)
	}
	return nil
}

// incidence is that of the group's shipped parcels; weight is by stratum, nil: each
// counts once.
func (g *gathered) incidence(weight []int64) (*stat.Incidence, error) {
	sums := map[timeKey]int64{}
	for k, n := range g.times {
		if weight != nil {
			n *= weight[k.stratum]
		}
		k.stratum = 0
		sums[k] += n
	}
	var cells []stat.CauseCell
	for k, n := range sums {
		if n > 0 {
			cells = append(cells, stat.CauseCell{Bin: k.bin, Cause: causes[min(k.ending, int64(len(causes)-1))], N: n})
		}
	}
	slices.SortFunc(cells, func(a, b stat.CauseCell) int { return cmp.Or(cmp.Compare(a.Bin, b.Bin), cmp.Compare(a.Cause, b.Cause)) })
	return stat.AalenJohansen(cells)
}

// money fills costs by currency, and who is on the front of price and speed.
func (s *shared) money(out *Comparison) error {
	currencies := map[string]bool{}
	for _, g := range s.groups {
		for c := range g.costs {
			currencies[c] = true
		}
	}
	for _, currency := range slices.Sorted(maps.Keys(currencies)) {
		if err := s.moneyIn(currency, out); err != nil {
			return err
		}
	}
	return nil
}

func (s *shared) moneyIn(currency string, out *Comparison) error {
	none := make([]int64, len(s.strata))
	counted := func(pick func(*costs) []money) func(*gathered) []int64 {
		return func(g *gathered) []int64 {
			c := g.costs[currency]
			if c == nil {
				return none
			}
			n := make([]int64, len(s.strata))
			for k, m := range pick(c) {
				n[k] = m.n
			}
			return n
		}
	}
	volume, dueVolume := counted(func(c *costs) []money { return c.byStratum }), counted(func(c *costs) []money { return c.dueByStratum })
	o, in, _, err := s.common(volume, s.rules.MinN)
	if err != nil {
		return err
	}
	due, dueIn, _, err := s.common(dueVolume, s.rules.MinN)
	if err != nil {
		return err
	}
	at, exact := map[int]*GroupCost{}, map[int]*big.Rat{}
	for i, g := range s.groups {
		c := g.costs[currency]
		if c == nil {
			continue
		}
		known := int64(0)
		for _, m := range g.costs {
			known += m.all.n
		}
		v := GroupCost{Currency: currency, N: c.all.n, DueN: c.due.n}
		if g.shipped > 0 {
			v.Missing = float64(g.shipped-known) / float64(g.shipped)
		}
		if c.all.n > 0 {
			v.Parcel = amountOf(big.NewRat(c.all.sum, c.all.n))
		}
		if c.dueOnTime > 0 {
			v.OnTime = amountOf(big.NewRat(c.due.sum, c.dueOnTime))
			if v.Interval, err = c.onTimeInterval(s.rules.Level); err != nil {
				return err
			}
		}
		if o != nil && len(o.Used) > 0 && slices.Contains(in, i) {
			v.Adjusted, exact[i] = s.standardCost(o, ground(o, s.groups, in, volume), c)
		}
		if due != nil && len(due.Used) > 0 && slices.Contains(dueIn, i) {
			v.Fair = fairOnTime(due, ground(due, s.groups, dueIn, dueVolume), c)
		}
		out.Groups[i].Costs = append(out.Groups[i].Costs, v)
	}
	for i := range out.Groups {
		if n := len(out.Groups[i].Costs); n > 0 && out.Groups[i].Costs[n-1].Currency == currency {
			at[i] = &out.Groups[i].Costs[n-1]
		}
	}
	front(out.Groups, at, exact)
	return nil
}

// amountOf is a number of ten-thousandths as a decimal of four places, half away
// from zero.
func amountOf(r *big.Rat) string {
	return decimal.NewFromBigRat(r, 0).Shift(-costPlaces).StringFixed(costPlaces)
}

// ground are the common weights as whole numbers: the pooled volume of the compared
// groups in each stratum of the overlap.
func ground(o *stat.Overlap, groups []*gathered, in []int, volume func(*gathered) []int64) []int64 {
	out := make([]int64, len(o.Used))
	for _, i := range in {
		n := volume(groups[i])
		for at, k := range o.Used {
			out[at] += n[k]
		}
	}
	return out
}

// standard is sum w x / n over the strata of the overlap, times the sum of weights:
// exact.
func standard(o *stat.Overlap, weights []int64, of func(k int) (x, n int64)) *big.Rat {
	out := new(big.Rat)
	for at, k := range o.Used {
		x, n := of(k)
		part := new(big.Rat).Mul(big.NewRat(x, n), new(big.Rat).SetInt64(weights[at]))
		out.Add(out, part)
	}
	return out
}

// standardCost is the cost per parcel at the common mix: an exact fraction of sums.
// Its interval takes ship days as clusters, each of which moves the mean by its
// residuals from the strata's own means, as stat.Overlap.DesignEffect does; fewer
// days than a bootstrap would need give none.
func (s *shared) standardCost(o *stat.Overlap, weights []int64, c *costs) (*Amount, *big.Rat) {
	total := int64(0)
	for _, w := range weights {
		total += w
	}
	value := standard(o, weights, func(k int) (int64, int64) { return c.byStratum[k].sum, c.byStratum[k].n })
	value.Quo(value, new(big.Rat).SetInt64(total))
	out := &Amount{Value: amountOf(value)}
	weight := make([]float64, len(s.strata))
	for at, k := range o.Used {
		weight[k] = o.Weight[at]
	}
	moved, present := make([]float64, len(s.days)), make([]bool, len(s.days))
	for _, d := range c.byDay {
		if m := c.byStratum[d.stratum]; weight[d.stratum] > 0 {
			moved[d.day] += weight[d.stratum] * (float64(d.sum) - float64(m.sum)/float64(m.n)*float64(d.n)) / float64(m.n)
			present[d.day] = true
		}
	}
	days, squares := 0, 0.0
	for i, is := range present {
		if is {
			days++
			squares += moved[i] * moved[i]
		}
	}
	if days >= stat.MinClusters {
		half := math.Sqrt2 * math.Erfinv(s.rules.Level) * math.Sqrt(squares*float64(days)/float64(days-1))
		middle, _ := value.Float64()
		out.Low, out.High = estimated(middle-half), estimated(middle+half)
	}
	return out, value
}

// fairOnTime is the cost per parcel on time at the common mix; empty where none is.
func fairOnTime(o *stat.Overlap, weights []int64, c *costs) string {
	onTime := standard(o, weights, func(k int) (int64, int64) { return c.onTime[k], c.dueByStratum[k].n })
	if onTime.Sign() == 0 {
		return ""
	}
	cost := standard(o, weights, func(k int) (int64, int64) { return c.dueByStratum[k].sum, c.dueByStratum[k].n })
	return amountOf(cost.Quo(cost, onTime))
}

// onTimeInterval is that of cost per parcel on time over ship days; nil where they
// are too few.
func (c *costs) onTimeInterval(level float64) (*[2]string, error) {
	var cost, onTime []float64
	for d := range c.dayCost {
		if c.dayCost[d] != 0 || c.dayOnTime[d] != 0 {
			cost, onTime = append(cost, c.dayCost[d]), append(onTime, c.dayOnTime[d])
		}
	}
	r, err := stat.Bootstrap(len(cost), stat.Ratio(cost, onTime), level, costDraws, costSeed)
	if err != nil || r.Refused {
		return nil, err
	}
	i := r.Percentile
	if r.HasBCa {
		i = r.BCa
	}
	return &[2]string{estimated(i.Low), estimated(i.High)}, nil
}

// front marks the groups that nobody beats in both the cost per parcel and the
// days, at the common mix.
func front(groups []ComparedGroup, costs map[int]*GroupCost, exact map[int]*big.Rat) {
	mark := func(days func(ComparedGroup) *float64, set func(*GroupCost)) {
		for i, c := range costs {
			beaten := exact[i] == nil || days(groups[i]) == nil
			for j := range costs {
				if beaten || j == i || exact[j] == nil || days(groups[j]) == nil {
					continue
				}
				cheaper := exact[j].Cmp(exact[i])
				faster := cmp.Compare(*days(groups[j]), *days(groups[i]))
				beaten = cheaper <= 0 && faster <= 0 && cheaper+faster < 0
			}
			if !beaten {
				set(c)
			}
		}
	}
	mark(func(g ComparedGroup) *float64 { return g.AdjustedMedian }, func(c *GroupCost) { c.FrontMedian = true })
	mark(func(g ComparedGroup) *float64 { return g.AdjustedP90 }, func(c *GroupCost) { c.FrontP90 = true })
}

// estimated is an estimate in ten-thousandths as a decimal text.
func estimated(v float64) string {
	return decimal.NewFromFloat(v).Round(0).Shift(-costPlaces).StringFixed(costPlaces)
}
