package metric

import (
	"cmp"
	"database/sql"
	"maps"
	"math"
	"math/big"
	"slices"
	"time"

	"waybill/pipeline/policy"
	"waybill/pipeline/stat"
)

// Change takes the on-time delivery rate of the report's week less that of the
// week before apart. Mix and Legs add up to Delta exactly; Channels and States
// each add up to the sum of Legs without what never had a channel.
type Change struct {
	Week     Week     `json:"week"`
	Previous Week     `json:"previous"`
	Num      int64    `json:"num"`
	Den      int64    `json:"den"`
	WasNum   int64    `json:"was_num"`
	WasDen   int64    `json:"was_den"`
	Delta    Effect   `json:"delta"`
	Mix      Effect   `json:"mix"`      // other channels and states than before
	Legs     []Effect `json:"legs"`     // within channels and states, by the leg that held late orders up; largest first
	Channels []Effect `json:"channels"` // the same by channel
	States   []Effect `json:"states"`   // and by destination state

	Sentences []Sentence `json:"sentences,omitempty"` // up to three, the change itself first
	Missing   string     `json:"missing,omitempty"`   // instead of all: open, no_orders, small
}

// Effect is a part of the change, as a fraction: -0.021 takes 2.1 points away.
type Effect struct {
	Name   string  `json:"name,omitempty"` // leg, channel or state
	Rest   bool    `json:"rest,omitempty"` // those with too few orders in either week to stand alone
	Points float64 `json:"points"`
	Noise  float64 `json:"noise"` // standard error, as if either week were a sample
	Clear  bool    `json:"clear"` // larger than noise makes the largest of so many
	Late   int64   `json:"late"`  // missed orders of the week
	Was    int64   `json:"was"`   // and of the week before

	exact *big.Rat
}

// Sentence says one thing about a change.
type Sentence struct {
	Kind string `json:"kind"` // total, mix, leg, channel, state
	Effect
}

const changeCell = "queries/cells/change_orders.sql"

// missedLeg of an order that had not moved at its deadline.
const notDispatched = "not_dispatched"

type place struct{ channel, state string }

// rest stands for the places that are too small; no export writes such a name.
const rest = "\x00"

// tallied is one place in two weeks, the one before first.
type tallied struct {
	due  [2]int64
	met  [2]int64
	late map[string][2]int64 // by leg
}

func (t *tallied) add(o *tallied) {
	for leg, n := range o.late {
		m := t.late[leg]
		t.late[leg] = [2]int64{m[0] + n[0], m[1] + n[1]}
	}
	for i := range 2 {
		t.due[i] += o.due[i]
		t.met[i] += o.met[i]
	}
}

func (t *tallied) count(which int, leg string, n int64) {
	t.due[which] += n
	if leg == "" {
		t.met[which] += n
		return
	}
	m := t.late[leg]
	m[which] += n
	t.late[leg] = m
}

type places map[place]*tallied

func (p places) at(k place) *tallied {
	if p[k] == nil {
		p[k] = &tallied{late: map[string][2]int64{}}
	}
	return p[k]
}

// pooled puts places with fewer than least orders in either week together, within
// their channel first.
func (p places) pooled(least int64) places {
	for _, wider := range []func(place) place{
		func(k place) place { return place{k.channel, rest} },
		func(place) place { return place{rest, rest} },
	} {
		out := places{}
		for k, t := range p {
			if min(t.due[0], t.due[1]) < least {
				k = wider(k)
			}
			out.at(k).add(t)
		}
		p = out
	}
	return p
}

// readChange reads the members of two weeks by shop.
func (t tables) readChange(report policy.Day) (map[shopKey]places, error) {
	t.from = report - week
	out := map[shopKey]places{}
	err := t.each(changeCell, `select coalesce(platform, ''), coalesce(shop_id, ''), week, coalesce(channel, ''), coalesce(state, ''), coalesce(leg, ''), orders
from {cell} where week = cast(? as date) or week = cast(? as date)`,
		func(rows *sql.Rows) error {
			var s shopKey
			var start time.Time
			var k place
			var leg string
			var n int64
			if err := rows.Scan(&s.platform, &s.id, &start, &k.channel, &k.state, &leg, &n); err != nil {
				return err
			}
			if out[s] == nil {
				out[s] = places{}
			}
			which := 0
			if policy.DayOf(start, time.UTC) == report {
				which = 1
			}
			out[s].at(k).count(which, leg, n)
			return nil
		}, (report - week).UTC(), report.UTC())
	return out, err
}

// countsByDueDay says that a shop's headline is counted by the day due, and gives its metric.
func (b *weekly) countsByDueDay(s ShopName) (policy.Metric, bool) {
	m, ok := headline(b.in.pack(s.Platform))
	return m, ok && m.Formula == dueFormula
}

// readChanges reads the members of the report's week and the one before, where a
// change of the headline can be explained.
func (b *weekly) readChanges() (map[shopKey]places, error) {
	for _, s := range b.shops {
		if _, ok := b.countsByDueDay(s); ok {
			return b.readChange(b.report)
		}
	}
	return nil, nil
}

// changes explains the headline of every shop, where it is counted by the day due.
func (b *weekly) changes(read map[shopKey]places) (map[shopKey]*Change, error) {
	out := map[shopKey]*Change{}
	for _, name := range b.shops {
		key := shopKey{name.Platform, name.ID}
		m, ok := b.countsByDueDay(name)
		if !ok {
			continue
		}
		loc := b.zones[name.Platform]
		h := b.rates.of(m.ID, key)
		m.Window, m.WindowDays, m.ShiftDays = policy.WeekWindow, 0, 0 // a platform's longer windows overlap from week to week
		now, was := b.calendar.point(m, h, b.report, loc), b.calendar.point(m, h, b.report-week, loc)
		c := &Change{Week: now.Week, Previous: was.Week}
		out[key] = c
		switch {
		case now.Week.State != Closed || was.Week.State != Closed:
			c.Missing = "open"
		case now.Den == 0 || was.Den == 0:
			c.Missing = "no_orders"
		case now.Den < m.MinN || was.Den < m.MinN:
			c.Missing = "small"
		}
		if c.Missing != "" {
			continue
		}
		if err := c.explain(read[key], max(1, m.MinN), b.effects[key]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// explain fills the parts. An order that never moved has no channel, so that it is
// no stratum but a leg of its own: with q the share of such orders and r the rate
// of the others, the rate is (1-q) r, whose change is that of q at the mean r and
// that of r at the mean 1-q. The change of r is mix and rate over places, and the
// rate part of a place falls to the legs by the change of their share of its orders.
func (c *Change) explain(all places, least int64, effect float64) error {
	sent, lost := places{}, [2]int64{}
	var total tallied
	total.late = map[string][2]int64{}
	for k, t := range all {
		total.add(t)
		own := &tallied{late: map[string][2]int64{}}
		own.add(t)
		if gone := t.late[notDispatched]; k.channel == "" && gone != [2]int64{} {
			delete(own.late, notDispatched)
			for i := range 2 {
				own.due[i] -= gone[i]
				lost[i] += gone[i]
			}
		}
		sent.at(k).add(own)
	}
	c.WasNum, c.WasDen, c.Num, c.Den = total.met[0], total.due[0], total.met[1], total.due[1]
	if c.Den == lost[1] || c.WasDen == lost[0] {
		c.Missing = "small"
		return nil
	}
	sent = sent.pooled(least)
	keys := slices.SortedFunc(maps.Keys(sent), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.state, b.state))
	})
	var before, after []stat.Count
	for _, k := range keys {
		t := sent[k]
		before, after = append(before, stat.Count{Num: t.met[0], Den: t.due[0]}), append(after, stat.Count{Num: t.met[1], Den: t.due[1]})
	}
	parts, err := stat.Decompose(before, after)
	if err != nil {
		return err
	}
	legs, channels, states := ledger{}, ledger{}, ledger{}
	mix, kept := newSum(), half(stay(lost[0], c.WasDen), stay(lost[1], c.Den))
	size := [2]int64{c.WasDen - lost[0], c.Den - lost[1]}
	middle := (float64(c.WasNum)/float64(size[0]) + float64(c.Num)/float64(size[1])) / 2
	noise := 0.0
	for _, e := range parts.Strata {
		t, k := sent[keys[e.Stratum]], keys[e.Stratum]
		mix.exact.Add(mix.exact, new(big.Rat).Mul(kept, e.Mix))
		share := new(big.Rat).Mul(kept, half(ratio(t.due[0], size[0]), ratio(t.due[1], size[1])))
		weight, _ := share.Float64()
		var rates, weeks float64
		for i := range 2 {
			if t.due[i] > 0 {
				rates += float64(t.met[i]) / float64(t.due[i])
				weeks++
			}
		}
		noise += mixNoise(t, size, rates/weeks-middle)
		if t.due[0] == 0 || t.due[1] == 0 {
			continue // all mix
		}
		whole := new(big.Rat).Mul(kept, e.Rate)
		late := [2]int64{t.due[0] - t.met[0], t.due[1] - t.met[1]}
		spread := weight * weight * (shareNoise(late[0], t.due[0]) + shareNoise(late[1], t.due[1]))
		channels.add(k.channel, whole, spread, late)
		states.add(k.state, whole, spread, late)
		for _, leg := range slices.Sorted(maps.Keys(t.late)) {
			n := t.late[leg]
			less := new(big.Rat).Sub(ratio(n[0], t.due[0]), ratio(n[1], t.due[1]))
			legs.add(leg, less.Mul(less, share), weight*weight*(shareNoise(n[0], t.due[0])+shareNoise(n[1], t.due[1])), n)
		}
	}
	if lost != [2]int64{} {
		r := half(ratio(total.met[0], c.WasDen-lost[0]), ratio(total.met[1], c.Den-lost[1]))
		less := new(big.Rat).Sub(ratio(lost[0], c.WasDen), ratio(lost[1], c.Den))
		f, _ := r.Float64()
		legs.add(notDispatched, less.Mul(less, r), f*f*(shareNoise(lost[0], c.WasDen)+shareNoise(lost[1], c.Den)), lost)
	}
	mix.variance = noise
	c.Mix = mix.effect("", effect, 1)
	delta := newSum()
	delta.exact.Sub(ratio(c.Num, c.Den), ratio(c.WasNum, c.WasDen))
	delta.variance = shareNoise(c.Num, c.Den) + shareNoise(c.WasNum, c.WasDen)
	delta.late = [2]int64{c.WasDen - c.WasNum, c.Den - c.Num}
	c.Delta = delta.effect("", effect, 1)
	c.Legs, c.Channels, c.States = legs.effects(effect), channels.effects(effect), states.effects(effect)
	c.Sentences = c.sentences()
	return nil
}

// sentences are the change, then the two parts that say most about it: what
// happened (a leg, or the mix), and where (a channel or a state), else what happened
// beside it. Parts against the change explain nothing.
func (c *Change) sentences() []Sentence {
	sign := float64(c.Delta.exact.Sign())
	toward := func(a, b Sentence) int { return cmp.Compare(towards(b.Points, sign), towards(a.Points, sign)) }
	what := []Sentence{{"mix", c.Mix}}
	for _, e := range c.Legs {
		what = append(what, Sentence{"leg", e})
	}
	slices.SortStableFunc(what, toward)
	var where []Sentence
	for _, kind := range []struct {
		name string
		list []Effect
	}{{"state", c.States}, {"channel", c.Channels}} {
		for _, e := range kind.list {
			if !e.Rest && len(kind.list) > 1 {
				where = append(where, Sentence{kind.name, e})
			}
		}
	}
	slices.SortStableFunc(where, toward)
	out := []Sentence{{"total", c.Delta}}
	for _, list := range [][]Sentence{what[:1], where, what[1:]} {
		if len(list) > 0 && len(out) < 3 && towards(list[0].Points, sign) > 0 {
			out = append(out, list[0])
		}
	}
	return out
}

func towards(points, sign float64) float64 {
	if sign == 0 {
		return math.Abs(points)
	}
	return points * sign
}

func ratio(num, den int64) *big.Rat {
	if den == 0 {
		return new(big.Rat)
	}
	return big.NewRat(num, den)
}

func stay(lost, den int64) *big.Rat { return ratio(den-lost, den) }

func half(a, b *big.Rat) *big.Rat {
	s := new(big.Rat).Add(a, b)
	return s.Mul(s, big.NewRat(1, 2))
}

// shareNoise is the variance of a share of n orders. Half an order is added to
// either side, so that none of ten is not taken for never.
func shareNoise(num, n int64) float64 {
	if n == 0 {
		return 0
	}
	p := (float64(num) + 0.5) / (float64(n) + 1)
	return p * (1 - p) / float64(n)
}

// mixNoise is what one place adds to the variance of the mix effect, when its rate
// lies so far from the mean and its share of either week is that of a sample.
func mixNoise(t *tallied, size [2]int64, apart float64) float64 {
	v := 0.0
	for i := range 2 {
		n := float64(size[i])
		v += float64(t.due[i]) / n * apart * apart / n
	}
	return v
}

// total of one part before it is an effect.
type partSum struct {
	exact    *big.Rat
	variance float64
	late     [2]int64
}

func newSum() *partSum { return &partSum{exact: new(big.Rat)} }

type ledger map[string]*partSum

func (l ledger) add(name string, points *big.Rat, variance float64, late [2]int64) {
	if l[name] == nil {
		l[name] = newSum()
	}
	s := l[name]
	s.exact.Add(s.exact, points)
	s.variance += variance
	s.late[0] += late[0]
	s.late[1] += late[1]
}

// effect of one of n parts. To be the largest of n is easier by chance: the bound
// of 1.96 standard errors grows as Bonferroni's would, which it is never below.
func (s *partSum) effect(name string, design float64, n int) Effect {
	e := Effect{Name: name, Late: s.late[1], Was: s.late[0], exact: s.exact}
	if name == rest {
		e.Name, e.Rest = "", true
	}
	e.Points, _ = s.exact.Float64()
	e.Noise = math.Sqrt(s.variance * max(1, design))
	e.Clear = math.Abs(e.Points) > e.Noise*math.Sqrt(1.96*1.96+2*math.Log(float64(max(1, n))))
	return e
}

func (l ledger) effects(design float64) []Effect {
	var out []Effect
	for _, name := range slices.Sorted(maps.Keys(l)) {
		out = append(out, l[name].effect(name, design, len(l)))
	}
	slices.SortStableFunc(out, func(a, b Effect) int {
		return new(big.Rat).Abs(b.exact).Cmp(new(big.Rat).Abs(a.exact))
	})
	return out
}
