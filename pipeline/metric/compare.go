package metric

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"waybill/pipeline/stat"
)

// shared is a comparison in the making: counts by group, stratum and ship day.
type shared struct {
	rules  CompareRules
	by     string
	strata [][]string // values of each stratum
	days   []int64
	groups []*gathered
	tests  int     // pairs
	design float64 // common to groups with too few days for their own
}

// gathered are the sums of one group.
type gathered struct {
	key                             string
	due                             stat.Count
	shipped, moving, lost, returned int64
	byStratum                       []stat.Count
	byDay                           []stat.Count
	byDayStratum                    [][]stat.Count // day, stratum
	shippedByStratum                []int64        // of those with a time
	times                           map[timeKey]int64
	costs                           map[string]*costs
	small                           bool
	design                          stat.Design
}

type timeKey struct {
	stratum int
	ending  int64
	bin     int64
}

// dayCost is what parcels of one ship day and stratum cost.
type dayCost struct {
	day, stratum int
	n, sum       int64
}

// costs of one currency.
type costs struct {
	byDay        []dayCost
	all          money
	due          money
	dueOnTime    int64
	byStratum    []money
	dueByStratum []money
	onTime       []int64   // due parcels with a cost that were on time, by stratum
	dayCost      []float64 // of due parcels, by day
	dayOnTime    []float64
}

// compare makes a comparison of channels or of states. Strata are those of the
// rules without the column that makes the groups.
func compare(cells comparedCells, by string, rules CompareRules) (Comparison, error) {
	s, err := fitting(cells, by, rules)
	if err != nil {
		return Comparison{}, err
	}
	out := Comparison{By: by, Strata: s.columns()}
	if len(s.groups) == 0 {
		return out, nil
	}
	if err := s.designs(); err != nil {
		return out, err
	}
	out.Design = s.design
	if err := s.rates(&out); err != nil {
		return out, err
	}
	if err := s.adjust(&out); err != nil {
		return out, err
	}
	if err := s.quantiles(&out); err != nil {
		return out, err
	}
	if err := s.money(&out); err != nil {
		return out, err
	}
	return out, s.pairs(&out)
}

// fitting gathers by the rules' strata. Where they leave too little in common, the
// built-in ones give way from the last on: coarser strata that can be compared say
// more than fine ones that cannot. Strata that the workspace states stay.
func fitting(cells comparedCells, by string, rules CompareRules) (*shared, error) {
	var best *shared
	pooled := -1.0
	for {
		s := gather(cells, by, rules)
		o, _, _, err := s.common((*gathered).dues, rules.MinN)
		if err != nil {
			return nil, err
		}
		share := 0.0
		if o != nil {
			share = o.Pooled
		}
		if share > pooled {
			best, pooled = s, share
		}
		if o == nil || share >= rules.LeastCommon || rules.Own || len(s.columns()) < 2 {
			return best, nil
		}
		rules.Strata = rules.Strata[:len(rules.Strata)-1]
	}
}

// dues are the group's due parcels by stratum.
func (g *gathered) dues() []int64 { return dens(g.byStratum) }

// columns are the rules' strata without the one that makes the groups.
func (s *shared) columns() []string {
	var out []string
	for _, c := range s.rules.Strata {
		if c != s.by {
			out = append(out, c)
		}
	}
	return out
}

func gather(cells comparedCells, by string, rules CompareRules) *shared {
	s := &shared{rules: rules, by: by}
	var kept []int
	for i, c := range rules.Strata {
		if c != by {
			kept = append(kept, i)
		}
	}
	// what each cell is here: its group and its stratum
	group, stratum := make([]*gathered, len(cells.cells)), make([]int, len(cells.cells))
	total, byKey := map[string]*gathered{}, map[string][]string{}
	var keys []string
	for i, c := range cells.cells {
		name := c.channel
		if by == "state" {
			name = c.state
		}
		if total[name] == nil {
			total[name] = &gathered{key: name, times: map[timeKey]int64{}, costs: map[string]*costs{}}
		}
		group[i] = total[name]
		var values []string
		for _, at := range kept {
			values = append(values, c.stratum[at])
		}
		key := strings.Join(values, "\x00")
		byKey[key], keys = values, append(keys, key)
	}
	at := map[string]int{}
	for i, key := range slices.Sorted(maps.Keys(byKey)) {
		at[key] = i
		s.strata = append(s.strata, byKey[key])
	}
	for i, key := range keys {
		stratum[i] = at[key]
	}
	dayAt := map[int64]int{}
	for _, c := range cells.parcels {
		dayAt[c.day] = 0
	}
	s.days = slices.Sorted(maps.Keys(dayAt))
	for i, d := range s.days {
		dayAt[d] = i
	}
	for _, g := range total {
		g.open(len(s.strata), len(s.days))
	}
	for _, c := range cells.parcels {
		group[c.cell].add(c, stratum[c.cell], dayAt[c.day])
	}
	for _, c := range cells.times {
		g, k := group[c.cell], stratum[c.cell]
		g.times[timeKey{k, c.ending, c.bin}] += c.n
		g.shippedByStratum[k] += c.n
	}
	s.groups = slices.SortedFunc(maps.Values(total), func(a, b *gathered) int {
		return cmp.Or(cmp.Compare(b.due.Den, a.due.Den), cmp.Compare(b.shipped, a.shipped), cmp.Compare(a.key, b.key))
	})
	for _, g := range s.groups {
		g.small = g.due.Den < rules.LeastGroup
	}
	return s
}

func (g *gathered) open(strata, days int) {
	g.byStratum, g.byDay, g.byDayStratum = make([]stat.Count, strata), make([]stat.Count, days), make([][]stat.Count, days)
	g.shippedByStratum = make([]int64, strata)
}

func (g *gathered) add(c parcelCell, stratum, day int) {
	strata, days := len(g.byStratum), len(g.byDay)
	g.shipped, g.moving, g.lost, g.returned = g.shipped+c.shipped, g.moving+c.open, g.lost+c.lost, g.returned+c.returned
	if c.due > 0 {
		if g.byDayStratum[day] == nil {
			g.byDayStratum[day] = make([]stat.Count, strata)
		}
		for _, n := range []*stat.Count{&g.due, &g.byStratum[stratum], &g.byDay[day], &g.byDayStratum[day][stratum]} {
			n.Num, n.Den = n.Num+c.onTime, n.Den+c.due
		}
	}
	if c.currency == "" {
		return
	}
	m := g.costs[c.currency]
	if m == nil {
		m = &costs{byStratum: make([]money, strata), dueByStratum: make([]money, strata), onTime: make([]int64, strata),
			dayCost: make([]float64, days), dayOnTime: make([]float64, days)}
		g.costs[c.currency] = m
	}
	m.byDay = append(m.byDay, dayCost{day, stratum, c.cost.n, c.cost.sum})
	m.all.add(c.cost)
	m.byStratum[stratum].add(c.cost)
	m.due.add(c.dueCost)
	m.dueByStratum[stratum].add(c.dueCost)
	m.dueOnTime += c.dueCostOnTime
	m.onTime[stratum] += c.dueCostOnTime
	m.dayCost[day] += float64(c.dueCost.sum)
	m.dayOnTime[day] += float64(c.dueCostOnTime)
}

// clusters are the group's counts by ship day and stratum, days without a due
// parcel left out.
func (g *gathered) clusters() [][]stat.Count {
	var out [][]stat.Count
	for _, row := range g.byDayStratum {
		if row != nil {
			out = append(out, row)
		}
	}
	return out
}

// designs estimates each group's design effect. One of fewer ship days than a
// bootstrap would need takes the mean of the others, weighted by parcels.
func (s *shared) designs() error {
	sum, weight := 0.0, 0.0
	for _, g := range s.groups {
		var err error
		if g.design, err = stat.DesignEffect(g.byDay); err != nil {
			return err
		}
		if g.design.Known && g.design.Clusters >= stat.MinClusters {
			sum += g.design.Effect * float64(g.due.Den)
			weight += float64(g.due.Den)
		}
	}
	s.design = 1
	if weight > 0 {
		s.design = sum / weight
	}
	for _, g := range s.groups {
		if !g.design.Known || g.design.Clusters < stat.MinClusters {
			g.design.Effect = math.Max(s.design, g.design.Effect)
		}
	}
	return nil
}

func spanOf(value float64, i stat.Interval) *Span { return &Span{value, i.Low, i.High} }

// rates fills crude rates, shrunk rates and the funnel.
func (s *shared) rates(out *Comparison) error {
	var counts []stat.Count
	var all stat.Count
	for _, g := range s.groups {
		counts = append(counts, g.due)
		all.Num, all.Den = all.Num+g.due.Num, all.Den+g.due.Den
	}
	withDue := 0
	for _, n := range counts {
		if n.Den > 0 {
			withDue++
		}
	}
	if all.Den > 0 {
		out.Target = float64(all.Num) / float64(all.Den)
	}
	var prior stat.Prior
	if withDue > 1 {
		var err error
		if prior, err = stat.FitPrior(counts, s.design); err != nil {
			return err
		}
	}
	largest := int64(0)
	for _, g := range s.groups {
		v := ComparedGroup{Key: g.key, Due: g.due.Den, OnTime: g.due.Num, Shipped: g.shipped, Open: g.moving, Lost: g.lost, Returned: g.returned,
			Design: g.design.Effect, Days: g.design.Clusters, Small: g.small, Median: Quantile{P: 0.5}, P90: Quantile{P: 0.9}}
		if g.due.Den > 0 {
			largest = max(largest, g.due.Den)
			i, err := stat.Wilson(g.due.Num, g.due.Den, s.rules.Level, g.design.Effect)
			if err != nil {
				return err
			}
			v.Crude = spanOf(float64(g.due.Num)/float64(g.due.Den), i)
			if withDue > 1 {
				e, err := prior.Shrink(g.due, s.rules.Level, g.design.Effect)
				if err != nil {
					return err
				}
				v.Shrunk = spanOf(e.Value, e.Interval)
			}
			at, err := s.limit(out.Target, g.due.Den)
			if err != nil {
				return err
			}
			v.Outside = at.outside(v.Crude.Value)
		}
		out.Groups = append(out.Groups, v)
	}
	if largest == 0 {
		return nil
	}
	// n at even steps of its root, so that the limits bend smoothly
	const points = 40
	last := int64(0)
	for i := 1; i <= points; i++ {
		part := float64(i) / points
		n := max(1, int64(math.Round(1.1*float64(largest)*part*part)))
		if n == last {
			continue
		}
		last = n
		at, err := s.limit(out.Target, n)
		if err != nil {
			return err
		}
		out.Funnel = append(out.Funnel, at)
	}
	return nil
}

func (s *shared) limit(target float64, n int64) (Limit, error) {
	inner, err := stat.Funnel(target, n, 0.95, s.design)
	if err != nil {
		return Limit{}, err
	}
	outer, err := stat.Funnel(target, n, 0.998, s.design)
	return Limit{N: n, Low95: inner.Low, High95: inner.High, Low998: outer.Low, High998: outer.High}, err
}

func (l Limit) outside(rate float64) string {
	switch {
	case rate < l.Low998:
		return "low_998"
	case rate > l.High998:
		return "high_998"
	case rate < l.Low95:
		return "low_95"
	case rate > l.High95:
		return "high_95"
	}
	return ""
}

// common finds the ground that the groups with a volume share: all that are not
// small, and as long as less than LeastCommon of their volume lies in common
// strata, all but the smallest. left are those that gave way; the overlap is nil
// where fewer than two groups have a volume.
func (s *shared) common(volume func(*gathered) []int64, minN int64) (o *stat.Overlap, in, left []int, err error) {
	var size []int64
	for i, g := range s.groups {
		total := int64(0)
		for _, n := range volume(g) {
			total += n
		}
		size = append(size, total)
		if !g.small && total > 0 {
			in = append(in, i)
		}
	}
	slices.SortStableFunc(in, func(a, b int) int { return cmp.Compare(size[b], size[a]) })
	for len(in) > 1 {
		var rows [][]int64
		for _, i := range in {
			rows = append(rows, volume(s.groups[i]))
		}
		if o, err = stat.Common(rows, minN); err != nil || o.Pooled >= s.rules.LeastCommon || len(in) == 2 {
			return o, in, left, err
		}
		last := len(in) - 1
		left = append(left, in[last])
		in = in[:last]
	}
	return nil, in, left, nil
}

func dens(counts []stat.Count) []int64 {
	out := make([]int64, len(counts))
	for i, c := range counts {
		out[i] = c.Den
	}
	return out
}

// adjust fills the rates at the common mix.
func (s *shared) adjust(out *Comparison) error {
	o, in, left, err := s.common((*gathered).dues, s.rules.MinN)
	if err != nil {
		return err
	}
	for i, g := range s.groups {
		switch v := &out.Groups[i]; {
		case g.small:
			v.Why = "small"
		case slices.Contains(left, i):
			v.Why = "left_out"
		case o == nil:
			v.Why = "alone"
		case len(o.Used) == 0:
			v.Why = "no_common"
		}
	}
	if o == nil || len(o.Used) == 0 {
		return nil
	}
	out.Common, out.Cells = o.Pooled, len(o.Used)
	for at, i := range in {
		a, err := s.adjusted(o, s.groups[i])
		if err != nil {
			return err
		}
		out.Groups[i].Adjusted, out.Groups[i].Common = spanOf(a.rate.Value, a.rate.Interval), o.Groups[at]
	}
	return nil
}

// adjustedRate is a group's rate at an overlap, with the design effect there.
type adjustedRate struct {
	rate   stat.Adjusted
	design float64
	n      int64 // parcels in the overlap
}

func (s *shared) adjusted(o *stat.Overlap, g *gathered) (adjustedRate, error) {
	d, err := o.DesignEffect(g.clusters())
	if err != nil {
		return adjustedRate{}, err
	}
	if !d.Known || d.Clusters < stat.MinClusters {
		d.Effect = math.Max(d.Effect, s.design)
	}
	r, err := o.Rate(g.byStratum, s.rules.Level, d.Effect)
	out := adjustedRate{rate: r, design: d.Effect}
	for _, k := range o.Used {
		out.n += g.byStratum[k].Den
	}
	return out, err
}
