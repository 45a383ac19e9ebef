package cli

import (
	"fmt"
	"math"
	"strings"
	"time"

	"waybill/pipeline/stat"
)

const (
	censoredAsOf = "2026-10-01T07:00:00Z"
	youngWeek    = "2026-09-21" // of which many parcels are on their way then
)

// shownCohort is the one whose curves are drawn.
const shownCohort = 4

// leastDrawn is how many parcels a curve is drawn for: the last few make leaps.
const leastDrawn = 5

// trips are the parcels of a ship week: how many, how many are delivered, and
// the mean of those in days.
type trips struct {
	n, delivered int64
	mean         float64
}

const outbound = `from shipments_as_of where shop_id = '` + dueShop + `' and coalesce(direction, 'outbound') <> 'return' and coalesce(picked_up_at, first_scan_at) is not null`

func tripsByWeek(s space, flags ...string) map[string]trips {
	s.Helper()
	out := map[string]trips{}
	for _, r := range s.rows(`select ship_week, count(*), count(delivered_at), coalesce(sum(cast(round(seconds_between(coalesce(picked_up_at, first_scan_at), delivered_at)) as bigint)), 0) `+outbound+` group by 1`, flags...) {
		t := trips{n: s.number(r[1]), delivered: s.number(r[2])}
		if t.delivered > 0 {
			t.mean = float64(s.number(r[3])) / float64(t.delivered) / 86400
		}
		out[r[0]] = t
	}
	return out
}

// cohort is the parcels of the two ship weeks before a Tuesday, seen on that
// Tuesday as the page estimates them, by those delivered so far, and in the end.
type cohort struct {
	from, to              string
	seen, delivered, ends *stat.Curve
}

// cohorts lie four weeks apart.
func cohorts(s space) []cohort {
	s.Helper()
	var out []cohort
	tuesday := time.Date(2026, 2, 3, 8, 0, 0, 0, time.UTC)
	for range 10 {
		c := cohort{from: tuesday.AddDate(0, 0, -15).Format(time.DateOnly), to: tuesday.AddDate(0, 0, -8).Format(time.DateOnly)}
		c.seen, c.ends = curveOf(s, c, "--as-of", tuesday.Format(time.RFC3339)), curveOf(s, c)
		c.delivered = withoutOpen(s, c.seen)
		out = append(out, c)
		tuesday = tuesday.AddDate(0, 0, 28)
	}
	return out
}

func curveOf(s space, k cohort, flags ...string) *stat.Curve {
	s.Helper()
	var cells []stat.Cell
	for _, r := range s.rows(fmt.Sprintf(`select bin, cast(sum(events) as bigint), cast(sum(censored) as bigint) from %s
where shop_id = '%s' and ship_week between date '%s' and date '%s' and bin is not null group by bin`, cellQuery(s, "transit"), dueShop, k.from, k.to), flags...) {
		cells = append(cells, stat.Cell{Bin: s.number(r[0]), Events: s.number(r[1]), Censored: s.number(r[2])})
	}
	c, err := stat.KaplanMeier(cells)
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// median with its interval, in days.
func (s space) median(c *stat.Curve) (at, low, high float64) {
	s.Helper()
	q := c.Quantile(0.5, level)
	return s.days(q.At, "a median"), s.days(q.Low, "its lower end"), s.days(q.High, "its upper end")
}

// days of a quantile that must be reached.
func (s space) days(c stat.Crossing, what string) float64 {
	s.Helper()
	d, ok := c.Days()
	if !ok {
		s.Errorf("%s is not reached", what)
	}
	return d
}

// risen are the stairs of the delivered share of a curve.
func risen(c *stat.Curve, to float64) []xy {
	out := []xy{{0, 0}}
	for _, step := range c.Thin(150) {
		if d := step.Hours() / 24; d <= to {
			out = append(out, xy{d, 1 - step.S})
		}
	}
	return append(out, xy{to, out[len(out)-1].y})
}

func explainCensoring(s space) explanation {
	then, end := tripsByWeek(s, "--as-of", censoredAsOf), tripsByWeek(s)
	weeks := []string{"2026-07-27", "2026-08-03", "2026-08-10", "2026-08-17", "2026-08-24", "2026-08-31", "2026-09-07", "2026-09-14", "2026-09-21"}
	means := newPlot("Mean days of the parcels delivered so far, by ship week: it falls towards the present, and was level in the end", -0.3, 8.3, 5, 10)
	var xs []tick
	var seen, final []xy
	for i, w := range weeks {
		xs = append(xs, tick{float64(i), w[5:]})
		seen = append(seen, xy{float64(i), then[w].mean})
		final = append(final, xy{float64(i), end[w].mean})
	}
	means.axes("shipped in the week that begins on", xs, []tick{{5, "5 days"}, {6, "6"}, {7, "7"}, {8, "8"}, {9, "9"}, {10, "10"}})
	means.line(final, blue, "")
	means.line(seen, orange, "5 4")
	for i := range seen {
		means.dot(final[i].x, final[i].y, 3.5, blue)
		means.ring(seen[i].x, seen[i].y, 3.5, orange)
	}
	means.legend(key{"delivered by " + dayText(s, censoredAsOf), orange, "5 4"}, key{"the same weeks in the end", blue, ""})
	a, z := then[youngWeek], end[youngWeek]
	s.claim(a.delivered > 0 && a.mean < z.mean-1, "the mean of delivered parcels is days too short in a young week")

	var curve, naive, known *stat.Curve
	var off, offNaive float64
	short, held, all := 0, 0, cohorts(s)
	for i, c := range all {
		at, low, high := s.median(c.seen)
		simple, _, _ := s.median(c.delivered)
		came, _, _ := s.median(c.ends)
		off, offNaive = off+(at-came)/float64(len(all)), offNaive+(simple-came)/float64(len(all))
		if simple < came {
			short++
		}
		if low <= came && came <= high {
			held++
		}
		s.claim(10*c.ends.Censored < c.ends.N, "the parcels of "+c.from+" are all but decided in the end")
		if i == shownCohort {
			curve, naive, known = c.seen, c.delivered, c.ends
			s.claim(low <= came && came <= high && simple < came && came-simple > 2*(came-at), "the estimate of the figure is better than what was delivered so far")
		}
	}
	s.claim(offNaive < -0.2 && -offNaive > 3*off && off > offNaive/3, "the estimate is off by less, and to no side")
	m, lo, hi := s.median(curve)
	v, _, _ := s.median(naive)
	f, _, _ := s.median(known)
	fig := newPlot("Share delivered by days since pickup: of the parcels delivered so far, estimated with those on their way, and as it came out", 0, 16, 0, 1)
	fig.axes("days since pickup", []tick{{0, "0"}, {2, "2"}, {4, "4"}, {6, "6"}, {8, "8"}, {10, "10"}, {12, "12"}, {14, "14"}, {16, "16"}},
		[]tick{{0, "0 %"}, {0.25, "25 %"}, {0.5, "50 %"}, {0.75, "75 %"}, {1, "100 %"}})
	var low, high []xy
	until := 0.0
	for _, step := range curve.Steps() {
		if step.AtRisk < leastDrawn {
			break
		}
		until = step.Hours() / 24
		if band, ok := step.Band(level); ok {
			low, high = append(low, xy{until, 1 - band.High}), append(high, xy{until, 1 - band.Low})
		}
	}
	fig.strip(low, high, blue)
	fig.stairs(risen(naive, until), orange, "5 4")
	fig.stairs(risen(known, 16), ink, "2 3")
	fig.stairs(risen(curve, until), blue, "")

	fig.legend(key{"estimate", blue, ""}, key{"parcels delivered so far", orange, "5 4"}, key{"what came out", ink, "2 3"})
	n := curve.N
	return explanation{
		parts: map[string]string{
			"means": fmt.Sprintf(`
In the demo, %s shipped %d parcels in the week of %s. On %s, %d of them were delivered, after %.1f days on average. When all that
could be known was known, %d were delivered, after %.1f days. Nothing had become slower: the slow ones had not arrived yet.

`, dueShop, a.n, dayText(s, youngWeek), dayText(s, censoredAsOf), a.delivered, a.mean, z.delivered, z.mean),
			"curves": fmt.Sprintf(`
The %d parcels of the two ship weeks from %s on, seen on %s with %d of them not delivered yet:

| | median, days |
|---|---|
| of the parcels delivered so far | %.1f |
| estimate with those on their way (95 %% interval) | %.1f (%.1f to %.1f) |
| as it came out | %.1f |

The same on %d Tuesdays, four weeks apart: the median of the parcels delivered so far was too short on %d of them, by %.2f days on
average over all. The estimate was off by %.2f days on average, and its interval held what came out on %d of %d.

`, n, dayText(s, all[shownCohort].from), dayText(s, dayAfter(s, all[shownCohort].to, 8)), curve.Censored, v, m, lo, hi, f, len(all), short, -offNaive, math.Abs(off), held, len(all)),
			"ends": endsOf(s),
		},
		figures: map[string]*plot{"censoring-means.svg": means, "censoring-curves.svg": fig},
	}
}

// endsOf counts how the parcels of a year end, and what a share "if delivered" is
// beside one of all.
func endsOf(s space) string {
	s.Helper()
	var cells []stat.CauseCell
	var plain []stat.Cell
	count := map[string]int64{}
	for _, r := range s.rows(`select cause, cast(floor(seconds_between(from_at, to_at) / 600) as bigint), count(*) from (
select case when delivered_at is not null then 'delivered' else coalesce(terminal, '') end as cause, coalesce(picked_up_at, first_scan_at) as from_at, coalesce(delivered_at, terminal_at, as_of) as to_at
from (select p.*, s.as_of from shipments_as_of as p cross join session as s) ` + strings.TrimPrefix(outbound, "from shipments_as_of ") + `) group by 1, 2 order by 1, 2`) {
		n := s.number(r[2])
		count[r[0]] += n
		cells = append(cells, stat.CauseCell{Bin: s.number(r[1]), Cause: r[0], N: n})
		if r[0] == "delivered" {
			plain = append(plain, stat.Cell{Bin: s.number(r[1]), Events: n})
		} else {
			plain = append(plain, stat.Cell{Bin: s.number(r[1]), Censored: n})
		}
	}
	all, err := stat.AalenJohansen(cells)
	if err != nil {
		s.Fatal(err)
	}
	curve, err := stat.KaplanMeier(plain)
	if err != nil {
		s.Fatal(err)
	}
	const days = 30
	bin := int64(days*24*60/stat.BinMinutes - 1)
	of, ifDelivered := all.Share("delivered", bin).F, 1-curve.At(bin)
	s.claim(of < ifDelivered, "losses make the share of all parcels smaller")
	s.claim(count["returned"] > 0 && count["lost"] > 0 && count["destroyed"] > 0, "parcels end in every way")
	return fmt.Sprintf(`
Of the %d parcels that %s ever sent, %d were delivered, %d came back, %d were lost and %d destroyed; %d have no end. Within %d days
%s of all are delivered. If one asks for a parcel that is delivered at all, it is %s.

`, curve.N, dueShop, count["delivered"], count["returned"], count["lost"], count["destroyed"], count[stat.Censored], days, percent(of), percent(ifDelivered))
}
