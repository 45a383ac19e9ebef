package cli

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"waybill/pipeline/stat"
)

var (
	compared  = []string{"HD-ECO", "NH-STD"}
	kinds     = []string{"peak", "south", "elsewhere", "far"}
	kindNames = []string{"due in December", "South (TX, FL, GA, LA, TN)", "elsewhere", "Alaska, Hawaii"}
)

// leastOfKind is how many orders of each channel a kind needs here.
const leastOfKind = 20

// kindOf is what makes an order hard: the weeks before Christmas, or where it goes.
const kindOf = `case when due_week between date '2025-12-01' and date '2025-12-29' then 'peak'
  when state in ('TX', 'FL', 'GA', 'LA', 'TN') then 'south' when state in ('AK', 'HI') then 'far' else 'elsewhere' end`

// mix is the orders of the compared channels: by channel, ship week and kind.
type mix struct {
	cells    [][]stat.Count   // by channel and kind
	clusters [][][]stat.Count // by channel, ship week and kind
}

// readMix counts the decided orders of which a condition on kind and channel
// holds; serial numbers the orders of each kind and channel.
func readMix(s space, where string) mix {
	s.Helper()
	m := mix{cells: [][]stat.Count{make([]stat.Count, len(kinds)), make([]stat.Count, len(kinds))}, clusters: make([][][]stat.Count, len(compared))}
	last := []string{"", ""}
	for _, r := range s.rows(fmt.Sprintf(`select channel, ship_week, kind, count(*) filter (where on_time = 'yes'), count(*) from (
select channel, on_time, week_start(local_date(dispatched_at, 'America/Los_Angeles')) as ship_week, %s as kind,
  row_number() over (partition by channel, %s order by order_id) as serial
from orders_as_of where not excluded_due and on_time in ('yes', 'no') and channel in ('%s') and dispatched_at is not null)
where %s group by 1, 2, 3 order by 1, 2, 3`, kindOf, kindOf, strings.Join(compared, "', '"), where)) {
		g, k := slices.Index(compared, r[0]), slices.Index(kinds, r[2])
		if last[g] != r[1] {
			m.clusters[g], last[g] = append(m.clusters[g], make([]stat.Count, len(kinds))), r[1]
		}
		c := stat.Count{Num: s.number(r[3]), Den: s.number(r[4])}
		m.clusters[g][len(m.clusters[g])-1][k] = c
		m.cells[g][k] = stat.Count{Num: m.cells[g][k].Num + c.Num, Den: m.cells[g][k].Den + c.Den}
	}
	return m
}

// adjusted is the rates of both channels at the mix of what they share.
func (m mix) adjusted(s space) (*stat.Overlap, []stat.Adjusted) {
	s.Helper()
	volumes := make([][]int64, len(compared))
	for g, row := range m.cells {
		for _, c := range row {
			volumes[g] = append(volumes[g], c.Den)
		}
	}
	o, err := stat.Common(volumes, leastOfKind)
	if err != nil {
		s.Fatal(err)
	}
	var out []stat.Adjusted
	for g := range compared {
		d, err := o.DesignEffect(m.clusters[g])
		if err != nil {
			s.Fatal(err)
		}
		a, err := o.Rate(m.cells[g], level, d.Effect)
		if err != nil {
			s.Fatal(err)
		}
		out = append(out, a)
	}
	return o, out
}

func explainAdjusted(s space) explanation {
	whole := readMix(s, "true")
	steered := readMix(s, "(kind <> 'elsewhere') = (channel = 'NH-STD') or serial % 5 = 1")
	_, even := whole.adjusted(s)
	o, adj := steered.adjusted(s)
	crude, fair := adj[0].Crude-adj[1].Crude, adj[0].Minus(adj[1])
	s.claim(crude > 0.01 && fair.Value < -0.01, "the order of the channels turns round")
	s.claim(even[0].Crude < even[1].Crude && math.Abs(even[0].Crude-even[0].Value)+math.Abs(even[1].Crude-even[1].Value) < 0.01, "with all orders adjusting moves nothing")
	chance := "It holds zero: what is left may be chance, but nothing speaks for " + compared[0] + " any more"
	if fair.High < 0 {
		chance = "That is more than chance"
	}
	turned, err := o.Reversals(steered.cells)
	if err != nil || len(turned) != 1 {
		s.Fatalf("%d reversals, %v", len(turned), err)
	}
	driver := turned[0].Drivers[0]
	part, _ := driver.Part.Float64()
	s.claim(kinds[driver.Stratum] == "elsewhere" && part > 0, "the easy orders turn the order")

	fig := newPlot("Share on time by kind of order and over all: one channel is ahead over all and behind in every kind", 0.66, 1, 5.6, -0.6)
	rows := []tick{{3.3, "over all"}, {4.6, "adjusted"}}
	var table strings.Builder
	fmt.Fprintf(&table, "\n| | %s | %s |\n|---|---|---|\n", compared[0], compared[1])
	colours := []string{orange, blue}
	at := 0
	for k, name := range kindNames {
		a, b := steered.cells[0][k], steered.cells[1][k]
		fmt.Fprintf(&table, "| %s | %s | %s |\n", name, fraction(a.Num, a.Den), fraction(b.Num, b.Den))
		if !slices.Contains(o.Used, k) {
			continue
		}
		s.claim(a.Num*b.Den < b.Num*a.Den, compared[1]+" is ahead in "+name)
		short, _, _ := strings.Cut(name, " (")
		rows = append(rows, tick{float64(at), strings.TrimPrefix(short, "due in ")})
		for g, c := range []stat.Count{a, b} {
			fig.dot(shareOf(c.Num, c.Den), float64(at), 3+0.6*math.Sqrt(float64(c.Den)), colours[g])
		}
		at++
	}
	s.claim(at == 3, "three kinds are common")
	fig.axes("share of orders on time", []tick{{0.7, "70 %"}, {0.8, "80 %"}, {0.9, "90 %"}, {1, "100 %"}}, rows)
	for g, colour := range colours {
		dy := float64(14*g - 7)
		fig.dot(adj[g].Crude, 3.3, 5, colour)
		fig.mark(adj[g].Value, 4.6, dy, colour)
		fig.span(adj[g].Low, adj[g].High, 4.6, dy, colour)
	}
	fig.legend(key{compared[0], orange, ""}, key{compared[1], blue, ""})
	fmt.Fprintf(&table, "| **over all** | %s | %s |\n", fraction(total(steered.cells[0]).Num, total(steered.cells[0]).Den), fraction(total(steered.cells[1]).Num, total(steered.cells[1]).Den))
	fmt.Fprintf(&table, "| **adjusted**, 95 %% interval | %s (%s to %s) | %s (%s to %s) |\n",
		percent(adj[0].Value), percent(adj[0].Low), percent(adj[0].High), percent(adj[1].Value), percent(adj[1].Low), percent(adj[1].High))

	// channels of shops with other promises share no order of one promise
	apart := map[string][]int64{"HD-STD": {0, 0}, "NH-FAST": {0, 0}}
	for _, r := range s.rows("select channel, shop_id, count(*) from orders_as_of where channel in ('HD-STD', 'NH-FAST') group by 1, 2") {
		apart[r[0]][slices.Index([]string{"shop-A", "shop-B"}, r[1])] = s.number(r[2])
	}
	none, err := stat.Common([][]int64{apart["HD-STD"], apart["NH-FAST"]}, 1)
	if err != nil {
		s.Fatal(err)
	}
	_, err = none.Rate(make([]stat.Count, 2), level, 1)
	s.claim(errors.Is(err, stat.ErrNoOverlap), "channels with other promises have no adjusted rate")
	return explanation{
		parts: map[string]string{
			"even": fmt.Sprintf(`
The demo's shop-A has several channels under one promise. Over a year, %s delivers %s of its orders in time, %s %s. Both carry
about the same share of every kind of order, so adjusting moves little: %s and %s.

`, compared[0], percent(even[0].Crude), compared[1], percent(even[1].Crude), percent(even[0].Value), percent(even[1].Value)),
			"steered": fmt.Sprintf(`
Now suppose that the seller had trusted %s with what is hard: December, the South and the far states, and sent the rest by %s. We take
the orders that would have gone that way, and of the others each fifth. They are orders of the demo as they were, only fewer:
%s
Over all, %s is ahead by %.1f points. In every kind that can be compared it is behind. Adjusted it is behind by %.1f points, with an
interval from %.1f ahead to %.1f behind. %s.
What turns the order most is *%s*, with %.1f points: easy orders, and nearly all of them in one channel.

`, compared[1], compared[0], table.String(), compared[0], 100*crude, -100*fair.Value, 100*fair.High, -100*fair.Low, chance, kindNames[driver.Stratum], 100*part),
			"overlap": fmt.Sprintf(`
Alaska and Hawaii have %d orders by %s and %d by %s. Here a kind needs %d of each, so it is left out. What is left holds %s of the
orders of %s and %s of those of %s.

`, steered.cells[0][3].Den, compared[0], steered.cells[1][3].Den, compared[1], leastOfKind, percent(o.Groups[0]), compared[0], percent(o.Groups[1]), compared[1]),
		},
		figures: map[string]*plot{"adjusted-comparison.svg": fig},
	}
}
