package metric

import (
	"maps"
	"math"
	"math/big"
	"slices"

	"waybill/pipeline/policy"
	"waybill/pipeline/stat"
)

const (
	leads         = 3   // weeks forecast: the running one and two coming
	historyWeeks  = 4   // closed weeks without which there is no forecast
	volumeWeeks   = 4   // of which the orders to come are the mean, by weekday
	clusterDays   = 105 // made in the 13 weeks whose deadlines lie behind, and the two after
	forecastLevel = 0.80
)

// outlooks forecasts the due weeks of one platform's shops, and every past one
// from its own Monday with what was known then.
type outlooks struct {
	shops []*shopOutlook
	first policy.Day // made
	day   policy.Day // next to be counted
}

type shopOutlook struct {
	key      shopKey
	channels []*channelOutlook
	first    policy.Day // due
	weekdays [7]struct{ seen, meant float64 }
	factors  [7]float64
	missed   [leads][]miss
}

type channelOutlook struct {
	name  string
	table lifetable
	made  []int64                  // by day from outlooks.first
	gone  [][]exits                // likewise
	cells [][]dueCell              // by day made, likewise
	due   map[policy.Day][]dueCell // by due week
	now   *hazards
}

// miss is one past forecast beside what came.
type miss struct {
	week            policy.Day
	mean, came, sd2 float64 // sd2 is the variance before calibration
	covered         bool
}

func newOutlooks(cells map[shopKey][]dueCell) *outlooks {
	o := &outlooks{first: never}
	last := policy.Day(0)
	for _, list := range cells {
		for _, c := range list {
			o.first = min(o.first, c.made)
			last = max(last, c.made)
			for _, d := range []policy.Day{c.arrived, c.left} {
				if d != never {
					last = max(last, d)
				}
			}
		}
	}
	o.day = o.first
	size := int(last-o.first) + 1
	for _, key := range slices.SortedFunc(maps.Keys(cells), byShop) {
		s := &shopOutlook{key: key, first: never}
		names := map[string]*channelOutlook{}
		for _, c := range cells[key] {
			s.first = min(s.first, c.due)
			ch := names[c.channel]
			if ch == nil {
				ch = &channelOutlook{name: c.channel, made: make([]int64, size), gone: make([][]exits, size), cells: make([][]dueCell, size), due: map[policy.Day][]dueCell{}}
				names[c.channel] = ch
			}
			ch.add(c, o.first)
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			s.channels = append(s.channels, names[name])
		}
		o.shops = append(o.shops, s)
	}
	return o
}

func (ch *channelOutlook) add(c dueCell, first policy.Day) {
	at := int(c.made - first)
	ch.made[at] += c.n
	ch.cells[at] = append(ch.cells[at], c)
	ch.due[monday(c.due)] = append(ch.due[monday(c.due)], c)
	end, left := c.arrived, false
	if c.left < end {
		end, left = c.left, true
	}
	if end == never {
		return
	}
	end = max(end, c.made)
	if age := int(end - c.made); age <= oldest {
		ch.gone[int(end-first)] = append(ch.gone[int(end-first)], exits{age, left, float64(c.n)})
	}
}

// advance counts every day before one.
func (o *outlooks) advance(to policy.Day) {
	for ; o.day < to; o.day++ {
		at := int(o.day - o.first)
		for _, s := range o.shops {
			var before, today lifetable
			for _, ch := range s.channels {
				made, gone := 0.0, []exits(nil)
				if at < len(ch.made) {
					made, gone = float64(ch.made[at]), ch.gone[at]
				}
				before.add(&ch.table)
				ch.table.step(made, gone)
				for _, e := range gone {
					if !e.left {
						today.arrived[e.age] += e.n
					}
				}
			}
			// ages that were seen before say how many were meant to come on this weekday
			seen, meant := 0.0, 0.0
			for a := 1; a <= oldest; a++ {
				if before.there[a] > 0 {
					seen += today.arrived[a]
					meant += before.alive[a-1] * before.arrived[a] / before.there[a]
				}
			}
			w := &s.weekdays[o.day.Weekday()]
			fade := math.Exp2(-7 / (3 * halfLife))
			w.seen, w.meant = w.seen*fade+seen, w.meant*fade+meant
		}
	}
}

// learn sets the hazards from what is counted: a channel is drawn to its shop, the
// shop to all shops of the platform.
func (o *outlooks) learn() {
	var all lifetable
	tables := make([]*lifetable, len(o.shops))
	for i, s := range o.shops {
		tables[i] = &lifetable{}
		for _, ch := range s.channels {
			tables[i].add(&ch.table)
		}
		all.add(tables[i])
	}
	top := all.shrunk(&hazards{}, 0)
	strength := strengthOf(tables, top)
	for i, s := range o.shops {
		own := tables[i].shrunk(top, strength)
		children := make([]*lifetable, len(s.channels))
		for k, ch := range s.channels {
			children[k] = &ch.table
		}
		weight := strengthOf(children, own)
		for _, ch := range s.channels {
			ch.now = ch.table.shrunk(own, weight)
		}
		for d, w := range s.weekdays {
			// as if a few days' worth had come as meant
			const doubt = 20
			s.factors[d] = (w.seen + doubt) / (w.meant + doubt)
		}
	}
}

// cut is how far facts are known: every day before day, and a part of it.
type cut struct {
	day  policy.Day
	rest float64 // part of day that is to come; 1 at its beginning
	past bool    // asks as if nothing from day on were known
	late bool    // facts end before the as-of, so that what is called late may not be
}

// sums of a week as a cut sees it.
type sums struct {
	num, den, open int64
	hits, binomial float64 // of the undecided: expected arrivals in time and their variance if independent
	tilt           float64 // sum of p times its binomial variance
	shift          float64 // sum of the standard errors of p
	rest           float64 // undecided that stay in the rate, those to come included
	leave          float64 // of the open ones, that a cancellation will take out
	coming         float64 // not made yet
}

func (s *sums) expect(n float64, c chance) {
	stay := n * (1 - c.leave)
	if stay <= 0 {
		return
	}
	p := math.Min(1, c.arrive/(1-c.leave))
	s.hits += stay * p
	s.binomial += stay * p * (1 - p)
	s.tilt += stay * p * (1 - p) * p
	s.shift += stay * c.spread
	s.rest += stay
}

// sum of one due week.
func (o *outlooks) sum(s *shopOutlook, w policy.Day, at cut) sums {
	var out sums
	for _, ch := range s.channels {
		type same struct {
			day policy.Day
			age int
			due policy.Day
		}
		known := map[same]chance{}
		expect := func(n float64, day policy.Day, age int, due policy.Day, rest float64) chance {
			k := same{day, age, due}
			c, ok := known[k]
			if !ok {
				c = ch.now.chance(day, age, due, rest, &s.factors)
				known[k] = c
			}
			out.expect(n, c)
			return c
		}
		for _, c := range ch.due[w] {
			switch at.state(c) {
			case "yes":
				out.num += c.n
				out.den += c.n
			case "no":
				out.den += c.n
			case "open":
				out.open += c.n
				p := expect(float64(c.n), at.day, max(0, int(at.day-c.made)), c.due, at.rest)
				out.leave += float64(c.n) * p.leave
			}
		}
		for d := at.day; d < w+week; d++ {
			part, rest := 1.0, 1.0
			if d == at.day {
				part, rest = at.rest, at.rest
			}
			for back := 1; back <= volumeWeeks; back++ {
				// the same weekday of the last whole weeks
				from := d - policy.Day(7*((int(d-at.day)/7)+back))
				i := int(from - o.first)
				if i < 0 || i >= len(ch.cells) {
					continue
				}
				for _, c := range ch.cells[i] {
					due := d + (c.due - c.made)
					if due < w || due >= w+week {
						continue
					}
					n := part * float64(c.n) / volumeWeeks
					p := expect(n, d, 0, due, rest)
					out.coming += n * (1 - p.leave)
				}
			}
		}
	}
	return out
}

// state of an order at the cut: yes, no, open, or empty where it does not count.
func (at cut) state(c dueCell) string {
	if at.past {
		switch {
		case c.made >= at.day || c.left < at.day:
			return ""
		case c.arrived < at.day && c.arrived <= c.due:
			return "yes"
		case c.arrived < at.day || c.due < at.day:
			return "no"
		}
		return "open"
	}
	switch {
	case c.left != never:
		return ""
	case c.arrived != never && c.arrived <= c.due:
		return "yes"
	case c.open || at.late && c.arrived == never && c.due >= at.day:
		return "open"
	}
	return "no"
}

// effect is the design effect over the orders of the trailing weeks whose deadline
// has passed before a day.
func (o *outlooks) effect(s *shopOutlook, day policy.Day) float64 {
	var days [][]stat.Count
	for d := max(o.first, day-clusterDays); d < day; d++ {
		row := make([]stat.Count, len(s.channels))
		some := false
		for k, ch := range s.channels {
			if i := int(d - o.first); i < len(ch.cells) {
				for _, c := range ch.cells[i] {
					if c.due < day && c.left == never {
						some = true
						row[k].Den += c.n
						if c.arrived <= c.due {
							row[k].Num += c.n
						}
					}
				}
			}
		}
		if some {
			days = append(days, row)
		}
	}
	return designEffect(days)
}

// calibration is by how much past forecasts of a lead erred more than they said,
// in variance: a shop's own experience drawn to all shops', that drawn to the lead
// before, since a week further off is no better known. The last factor is that of
// Student's quantile over the normal one for so many weeks, to first order.
func (o *outlooks) calibration(s *shopOutlook, lead int, day policy.Day) float64 {
	const recent, doubt = 26, 4
	gather := func(list []miss) (total, n float64) {
		for _, m := range list {
			if m.week+week <= day && m.week >= day-recent*week && m.sd2 > 0 {
				e := m.came - m.mean
				total += math.Min(16, e*e/m.sd2)
				n++
			}
		}
		return total, n
	}
	common, weeks := 1.0, 0.0
	for l := range lead + 1 {
		all := 0.0
		weeks = 0
		for _, other := range o.shops {
			t, n := gather(other.missed[l])
			all, weeks = all+t, weeks+n
		}
		common = (all + doubt*common) / (weeks + doubt)
	}
	own, n := gather(s.missed[lead])
	return math.Max(0.5, (own+doubt*common)/(n+doubt)) * (1 + 1.3/(n+doubt))
}

// predicted is the final rate of a week.
type predicted struct {
	sums
	total     int64   // expected members
	raw       float64 // variance before calibration
	rate      float64
	low, high float64
	below     float64
	fixed     bool // nobody is undecided
}

// predict turns the sums into the distribution of the final rate. False where no
// member is known or expected.
func predict(s sums, effect, calibration float64, target *big.Rat) (predicted, bool, error) {
	out := predicted{sums: s}
	rest := int64(math.Floor(s.rest + 0.5))
	out.total = s.den + rest
	if out.total == 0 {
		return out, false, nil
	}
	if rest == 0 {
		out.rate = float64(s.num) / float64(s.den)
		out.low, out.high, out.fixed = out.rate, out.rate, true
		if big.NewRat(s.num, s.den).Cmp(target) < 0 {
			out.below = 1
		}
		return out, true, nil
	}
	hits := s.hits * float64(rest) / s.rest
	variance := effect*s.binomial + s.shift*s.shift
	size := float64(out.total)
	out.raw = variance / (size * size)
	f, err := stat.Predict(stat.Count{Num: s.num, Den: s.den}, undecided(rest, hits, s, variance*calibration),
		1, forecastLevel, target)
	if err != nil {
		return out, false, err
	}
	out.rate, out.low, out.high, out.below = f.Value, f.Low, f.High, f.Below
	return out, true, nil
}

// undecided gives the rest as groups with the wanted mean and variance. Orders whose
// chances differ spread less than equal ones: then some are counted as sure, so many
// that the others' variance is right.
func undecided(rest int64, hits float64, s sums, variance float64) []stat.Open {
	n := float64(rest)
	p := hits / n
	equal := n * p * (1 - p)
	if s.binomial <= 0 || variance >= equal {
		return []stat.Open{{N: rest, P: p, Variance: math.Max(0, variance-equal) / (n * n)}}
	}
	q := s.tilt / s.binomial
	unsure := max(1, min(rest, int64(math.Floor(s.binomial/(q*(1-q))+0.5))))
	sure := max(0, min(rest-unsure, int64(math.Floor(hits-float64(unsure)*q+0.5))))
	q = math.Max(0, math.Min(1, (hits-float64(sure))/float64(unsure)))
	m := float64(unsure)
	return []stat.Open{{N: sure, P: 1}, {N: rest - unsure - sure}, {N: unsure, P: q, Variance: math.Max(0, variance-m*q*(1-q)) / (m * m)}}
}

// ready says whether enough due weeks lie behind a day.
func (s *shopOutlook) ready(day policy.Day) bool {
	first := monday(s.first)
	if first < s.first {
		first += week // the week in which the exports begin is none
	}
	return day-first >= historyWeeks*week
}

// replay forecasts every past week from the Mondays up to two weeks before, with
// what was known then, and keeps beside it what came.
func (o *outlooks) replay(until policy.Day) error {
	if len(o.shops) == 0 {
		return nil
	}
	zero := new(big.Rat)
	for day := monday(o.first) + week; day <= until; day += week {
		o.advance(day)
		o.learn()
		at := cut{day: day, rest: 1, past: true}
		for _, s := range o.shops {
			if !s.ready(day) {
				continue
			}
			effect := o.effect(s, day)
			for lead := range leads {
				w := day + policy.Day(lead)*week
				if w+week > until {
					continue
				}
				came, ok := s.came(w)
				if !ok {
					continue
				}
				p, ok, err := predict(o.sum(s, w, at), effect, o.calibration(s, lead, day), zero)
				if err != nil {
					return err
				}
				if !ok {
					continue
				}
				s.missed[lead] = append(s.missed[lead], miss{w, p.rate, came, p.raw, p.low <= came && came <= p.high})
			}
		}
	}
	o.advance(until)
	o.learn()
	return nil
}

// came is the rate of a week that is over.
func (s *shopOutlook) came(w policy.Day) (float64, bool) {
	num, den := int64(0), int64(0)
	for _, ch := range s.channels {
		for _, c := range ch.due[w] {
			if c.left == never {
				den += c.n
				if c.arrived <= c.due {
					num += c.n
				}
			}
		}
	}
	if den == 0 {
		return 0, false
	}
	return float64(num) / float64(den), true
}
