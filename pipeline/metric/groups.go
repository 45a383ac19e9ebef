package metric

import (
	"cmp"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/policy"
	"waybill/pipeline/stat"
)

const (
	level       = 0.95 // of every interval
	shownStates = 60
	curvePoints = 200
	transitCell = "queries/cells/transit.sql"
)

// span of weeks, both ends included.
type span struct{ from, to policy.Day }

func (s span) args() []any { return []any{s.from.UTC(), s.to.UTC()} }

// groups reads the headline rate by one column of the cells, channel or state,
// and puts the transit times beside it. Only weeks that are closed count, and no shop of which
// no scan is known.
func (t tables) groups(in Input, c calendar, column string, w span, zones map[string]*time.Location, blind map[shopKey]bool, curves map[[2]string]Transit) ([]Group, error) {
	due := map[string]*Group{}
	at := func(key string) *Group {
		if due[key] == nil {
			due[key] = &Group{Key: key}
		}
		return due[key]
	}
	minimum := int64(0)
	var read []measure
	for _, p := range in.packs() {
		m, ok := headline(p)
		if !ok || slices.Contains(read, measureOf(m)) {
			continue
		}
		k := measureOf(m)
		read = append(read, k)
		minimum = max(minimum, m.MinN)
		err := t.each(k.formula, `select coalesce(`+column+`, ''), coalesce(platform, ''), coalesce(shop_id, ''), week, `+k.sums()+`
from {cell} where metric = ? and week >= cast(? as date) and week <= cast(? as date)
group by `+column+`, platform, shop_id, week order by `+column+`, platform, shop_id, week`,
			func(rows *sql.Rows) error {
				var key, platform, shop string
				var start time.Time
				var n tally
				if err := rows.Scan(&key, &platform, &shop, &start, &n.num, &n.den, &n.open, &n.excluded, &n.unknown); err != nil {
					return err
				}
				loc := zones[platform]
				if loc == nil {
					loc = time.UTC
				}
				if in.counts(platform, k) && !blind[shopKey{platform, shop}] && c.state(policy.DayOf(start, time.UTC), loc) == Closed {
					g := at(key)
					g.Due += n.den - n.open
					g.OnTime += n.num
				}
				return nil
			}, append([]any{k.id}, w.args()...)...)
		if err != nil {
			return nil, err
		}
	}
	for key, tr := range curves {
		g := at(key[0])
		g.Parcels = tr.N + tr.Negative
		g.Transit = tr
		g.Transit.Curve = nil
	}
	var out []Group
	for _, key := range slices.Sorted(maps.Keys(due)) {
		g := due[key]
		if g.Due == 0 && g.Parcels == 0 {
			continue
		}
		g.Small = g.Due < max(minimum, 1)
		if g.Parcels == 0 {
			g.Transit = noTransit()
		}
		if g.Due > 0 {
			i, err := stat.Wilson(g.OnTime, g.Due, level, 1)
			if err != nil {
				return nil, err
			}
			g.Low, g.High = i.Low, i.High
		}
		out = append(out, *g)
	}
	slices.SortStableFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Due, a.Due), cmp.Compare(b.Parcels, a.Parcels), cmp.Compare(a.Key, b.Key))
	})
	return out, nil
}

// transitKeys are the columns of the transit cell by which times are grouped. The first names the grouping.
type transitKeys []string

var (
	perShop    = transitKeys{"platform", "shop_id"}
	perChannel = transitKeys{"channel"}
	perState   = transitKeys{"state"}
)

// transits makes one curve per value of each grouping, over parcels of the ship
// weeks of w. The cell is read once for all of them.
func (t tables) transits(w span, groupings ...transitKeys) (map[string]map[[2]string]Transit, error) {
	var columns, sets []string
	for _, g := range groupings {
		second := "''"
		if len(g) > 1 {
			second = "coalesce(" + g[1] + ", '')"
		}
		columns = append(columns, "grouping("+g[0]+"), coalesce("+g[0]+", ''), "+second)
		sets = append(sets, "("+strings.Join(g, ", ")+", bin)")
	}
	type group struct {
		cells          []stat.Cell
		negative, open int64
	}
	found := map[string]map[[2]string]*group{}
	absent, keys := make([]int64, len(groupings)), make([][2]string, len(groupings))
	err := t.each(transitCell, `select `+strings.Join(columns, ", ")+`, bin,
  cast(sum(events) as bigint), cast(sum(censored) as bigint), cast(sum("open") as bigint), cast(sum(negative) as bigint)
from {cell} where ship_week >= cast(? as date) and ship_week <= cast(? as date) group by grouping sets (`+strings.Join(sets, ", ")+`)`,
		func(rows *sql.Rows) error {
			var bin sql.NullInt64
			var c stat.Cell
			var running, wrong int64
			var into []any
			for i := range groupings {
				into = append(into, &absent[i], &keys[i][0], &keys[i][1])
			}
			if err := rows.Scan(append(into, &bin, &c.Events, &c.Censored, &running, &wrong)...); err != nil {
				return err
			}
			i := slices.Index(absent, 0)
			name := groupings[i][0]
			if found[name] == nil {
				found[name] = map[[2]string]*group{}
			}
			g := found[name][keys[i]]
			if g == nil {
				g = &group{}
				found[name][keys[i]] = g
			}
			c.Bin = bin.Int64
			g.negative += wrong
			g.open += running
			if bin.Valid {
				g.cells = append(g.cells, c)
			}
			return nil
		}, w.args()...)
	if err != nil {
		return nil, err
	}
	out := map[string]map[[2]string]Transit{}
	for name, list := range found {
		out[name] = map[[2]string]Transit{}
		for key, g := range list {
			curve, err := stat.KaplanMeier(g.cells)
			if err != nil {
				return nil, err
			}
			tr := transitOf(curve)
			tr.Negative, tr.Open = g.negative, g.open
			out[name][key] = tr
		}
	}
	return out, nil
}

func noTransit() Transit {
	return Transit{Median: Quantile{P: 0.5}, P90: Quantile{P: 0.9}}
}

func transitOf(c *stat.Curve) Transit {
	return Transit{
		N:      c.N,
		Median: quantile(c, 0.5), P90: quantile(c, 0.9),
		Curve: curveOf(c),
	}
}

func quantile(c *stat.Curve, p float64) Quantile {
	q := c.Quantile(p, level)
	return Quantile{P: p, Days: reached(q.At), Low: reached(q.Low), High: reached(q.High)}
}

func reached(c stat.Crossing) *float64 {
	if d, ok := c.Days(); ok {
		return &d
	}
	return nil
}

// curveOf thins the steps at which somebody was delivered to what a chart can
// show, first and last kept. Where everybody is delivered there is no band: it
// then reaches from the one before to 1.
func curveOf(c *stat.Curve) []CurvePoint {
	var all []CurvePoint
	low := 0.0
	for _, s := range c.Steps() {
		if s.Events == 0 {
			continue
		}
		p := CurvePoint{Days: s.Hours() / 24, Delivered: 1 - s.S, Low: low, High: 1}
		if band, ok := s.Band(level); ok {
			p.Low, p.High = 1-band.High, 1-band.Low
		}
		low = p.Low
		all = append(all, p)
	}
	if len(all) <= curvePoints {
		return all
	}
	out := make([]CurvePoint, curvePoints)
	for i := range out {
		out[i] = all[i*(len(all)-1)/(curvePoints-1)]
	}
	return out
}
