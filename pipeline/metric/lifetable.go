package metric

import (
	"math"

	"waybill/pipeline/policy"
	"waybill/pipeline/stat"
)

const (
	never    = policy.Day(math.MaxInt32)
	oldest   = 60  // days after which an open order teaches nothing more
	halfLife = 28. // days after which a day counts half in the table
)

// dueCell is n orders of one channel that were made, fall due, arrive and leave
// the rate on the same local days. A late arrival is after the day due, an
// arrival in time is not.
type dueCell struct {
	channel                  string
	made, due, arrived, left policy.Day
	open                     bool // undecided at the as-of
	n                        int64
}

// exits of one day, by age.
type exits struct {
	age  int
	left bool
	n    float64
}

// hazards are the chances that an order of an age in whole days arrives, or
// leaves the rate, on the day, given that it is still there.
type hazards struct {
	arrive, leave [oldest + 1]float64
	size          [oldest + 1]float64 // effective number of orders behind arrive
}

// lifetable counts by age who was there on a day and who went. It counts days,
// not the orders made in a span: what happened yesterday to old orders is in it,
// and nobody needs to be waited for.
type lifetable struct {
	alive                  [oldest + 1]float64
	there, arrived, leaved [oldest + 1]float64 // decayed sums over days
}

// step adds one day.
func (t *lifetable) step(made float64, gone []exits) {
	fade := math.Exp2(-1 / halfLife)
	copy(t.alive[1:], t.alive[:oldest])
	t.alive[0] = made
	for a := range t.alive {
		t.there[a] = t.there[a]*fade + t.alive[a]
		t.arrived[a] *= fade
		t.leaved[a] *= fade
	}
	for _, e := range gone {
		t.alive[e.age] -= e.n
		if e.left {
			t.leaved[e.age] += e.n
		} else {
			t.arrived[e.age] += e.n
		}
	}
}

func (t *lifetable) add(o *lifetable) {
	for a := range t.there {
		t.alive[a] += o.alive[a]
		t.there[a] += o.there[a]
		t.arrived[a] += o.arrived[a]
		t.leaved[a] += o.leaved[a]
	}
}

// shrunk are the hazards with a parent's counted as so many more orders at each
// age. Faded counts are worth twice their number in an equally weighted sample.
func (t *lifetable) shrunk(parent *hazards, strength float64) *hazards {
	h := &hazards{}
	for a := range t.there {
		all := t.there[a] + strength
		h.size[a] = 2*t.there[a] + math.Min(strength, parent.size[a])
		if all > 0 {
			h.arrive[a] = (t.arrived[a] + strength*parent.arrive[a]) / all
			h.leave[a] = (t.leaved[a] + strength*parent.leave[a]) / all
		}
	}
	return h
}

// strengthOf says how many orders of the parent a child is to be given: the
// beta-binomial moment estimate over all ages, from how far the children lie from
// the parent beyond what chance does.
func strengthOf(children []*lifetable, parent *hazards) float64 {
	const least, most = 2, 200
	excess, room := 0.0, 0.0
	for _, c := range children {
		for a, p := range parent.arrive {
			n := c.there[a]
			if v := n * p * (1 - p); v >= 1 {
				d := c.arrived[a] - n*p
				excess += d*d/v - 1
				room += n - 1
			}
		}
	}
	if len(children) < 2 || room <= 0 || excess <= 0 {
		return most
	}
	rho := excess / room
	return math.Max(least, math.Min(most, 1/rho-1))
}

// chance of one order.
type chance struct {
	arrive, leave float64
	spread        float64 // standard error of arrive
}

// chance that an order of an age, there on a day's beginning, arrives on or before
// the day due, or leaves by then. rest is the part of the first day that is to come.
func (h *hazards) chance(day policy.Day, age int, due policy.Day, rest float64, weekdays *[7]float64) chance {
	var c chance
	here, noise := 1.0, 0.0
	for d := day; d <= due; d++ {
		a := min(age+int(d-day), oldest)
		arrive := math.Min(0.98, h.arrive[a]*weekdays[d.Weekday()])
		leave := math.Min(1-arrive, h.leave[a])
		if d == day {
			arrive, leave = 1-math.Pow(1-arrive, rest), 1-math.Pow(1-leave, rest)
		}
		c.arrive += here * arrive
		c.leave += here * leave
		here *= math.Max(0, 1-arrive-leave)
		if h.size[a] > 0 {
			noise += arrive / ((1 - arrive) * h.size[a])
		}
	}
	c.spread = (1 - c.arrive) * math.Sqrt(noise)
	return c
}

// designEffect is how much wider the day an order was made on spreads the count of
// arrivals in time than chance would: what a day does to all channels at once is in
// it, the channels' own rates are not. At least 1.
func designEffect(days [][]stat.Count) float64 {
	if len(days) < 2 {
		return 1
	}
	totals := make([]stat.Count, len(days[0]))
	for _, row := range days {
		for k, n := range row {
			totals[k].Num += n.Num
			totals[k].Den += n.Den
		}
	}
	between, plain := 0.0, 0.0
	for _, row := range days {
		moved := 0.0
		for k, n := range row {
			if totals[k].Den > 0 {
				moved += float64(n.Num) - float64(n.Den)*float64(totals[k].Num)/float64(totals[k].Den)
			}
		}
		between += moved * moved
	}
	for _, t := range totals {
		if t.Den > 0 {
			plain += float64(t.Num) * float64(t.Den-t.Num) / float64(t.Den)
		}
	}
	if plain == 0 {
		return 1
	}
	return math.Max(1, float64(len(days))/float64(len(days)-1)*between/plain)
}
