package cli

import (
	"fmt"
	"math"
	"strings"

	"waybill/pipeline/demo"
	"waybill/pipeline/stat"
)

// clustersOf are the decided orders of each channel by the local day of dispatch,
// or by the Monday of its week.
func clustersOf(s space, by string) map[string][]stat.Count {
	s.Helper()
	out := map[string][]stat.Count{}
	for _, r := range s.rows(fmt.Sprintf(`select channel, %s as cluster, count(*) filter (where on_time = 'yes'), count(*) from orders_as_of
where not excluded_due and on_time in ('yes', 'no') and channel is not null and dispatched_at is not null group by 1, 2 order by 1, 2`, by)) {
		out[r[0]] = append(out[r[0]], stat.Count{Num: s.number(r[2]), Den: s.number(r[3])})
	}
	return out
}

func total(counts []stat.Count) stat.Count {
	var t stat.Count
	for _, c := range counts {
		t.Num += c.Num
		t.Den += c.Den
	}
	return t
}

func (s space) design(counts []stat.Count) float64 {
	s.Helper()
	d, err := stat.DesignEffect(counts)
	if err != nil || !d.Known {
		s.Fatalf("design effect: %+v, %v", d, err)
	}
	return d.Effect
}

func (s space) wilson(c stat.Count, deff float64) stat.Interval {
	s.Helper()
	i, err := stat.Wilson(c.Num, c.Den, level, deff)
	if err != nil {
		s.Fatal(err)
	}
	return i
}

func explainIntervals(s space) explanation {
	byDay, byWeek := clustersOf(s, "local_date(dispatched_at, 'America/Los_Angeles')"), clustersOf(s, "week_start(local_date(dispatched_at, 'America/Los_Angeles'))")
	channels := []string{"OW-GND", "NH-FAST", "HD-STD", "HD-ECO", "PB-DDP", "NH-STD"}
	fig := newPlot("Rate of each channel with two intervals: the one that knows of shared fate is wider", 0.77, 0.95, 5.6, -0.6)
	var rows []tick
	for i, c := range channels {
		rows = append(rows, tick{float64(i), c})
	}
	fig.axes("share of orders on time", []tick{{0.80, "80 %"}, {0.84, "84 %"}, {0.88, "88 %"}, {0.92, "92 %"}}, rows)
	var table strings.Builder
	table.WriteString("\n| channel | orders | on time | interval, parcels by themselves | design effect by ship day | by ship week | interval by ship week |\n|---|---|---|---|---|---|---|\n")
	for i, c := range channels {
		t := total(byWeek[c])
		if t != total(byDay[c]) {
			s.Fatalf("%s: days and weeks differ", c)
		}
		day, week := s.design(byDay[c]), s.design(byWeek[c])
		alone, shared := s.wilson(t, 1), s.wilson(t, week)
		s.claim(week > day && week > 1.2, c+" has ship weeks that share their fate")
		fig.span(alone.Low, alone.High, float64(i), -7, orange)
		fig.span(shared.Low, shared.High, float64(i), 7, blue)
		fig.dot(shareOf(t.Num, t.Den), float64(i), 4.5, ink)
		fmt.Fprintf(&table, "| %s | %d | %s | %s to %s | %.1f | %.1f | %s to %s |\n", c, t.Den, percent(shareOf(t.Num, t.Den)), percent(alone.Low), percent(alone.High), day, week, percent(shared.Low), percent(shared.High))
	}
	fig.legend(key{"each parcel by itself", orange, ""}, key{"with the design effect of ship weeks", blue, ""})
	return explanation{
		parts: map[string]string{
			"census":   censusOf(s),
			"channels": "\n" + table.String() + "\n",
			"coverage": coverageOf(s, byWeek),
		},
		figures: map[string]*plot{"intervals.svg": fig},
	}
}

// censusOf takes the closed week that misses the target by the fewest orders,
// the newest of them: an interval around it holds the target.
func censusOf(s space) string {
	s.Helper()
	var found demo.DueWeek
	lacks := int64(math.MaxInt64)
	for _, w := range s.truth().DueWeeks {
		needed := (4*w.Due+4)/5 - w.OnTime
		if w.Open == 0 && w.Due >= 30 && needed > 0 && (needed < lacks || needed == lacks && w.Week >= found.Week) {
			found, lacks = w, needed
		}
	}
	c := stat.Count{Num: found.OnTime, Den: found.Due}
	i := s.wilson(c, 1)
	s.claim(i.Low < 0.8 && 0.8 < i.High, "a closed week misses the target by a little")
	return fmt.Sprintf(`
In the demo, %s had %d orders due in the week of %s, and %d of them were on time: %s. The target is 80 %%. The week fails;
what it lacks is %d. An interval around it would reach from %s to %s and hold the target on both sides. It would answer a question
that the platform does not ask.

`, found.Shop, c.Den, dayText(s, found.Week), c.Num, percent(shareOf(c.Num, c.Den)), lacks, percent(i.Low), percent(i.High))
}

// coverageOf asks how often the interval of some weeks holds the rate of the others.
func coverageOf(s space, byWeek map[string][]stat.Count) string {
	s.Helper()
	const weeks = 4
	n, plain, wide := 0, 0, 0
	for _, channel := range []string{"HD-ECO", "HD-STD", "NH-FAST", "NH-STD", "OW-GND", "PB-DDP"} {
		counts := byWeek[channel]
		all, deff := total(counts), s.design(counts)
		for i := 0; i+weeks <= len(counts); i += weeks {
			part := total(counts[i : i+weeks])
			rest := shareOf(all.Num-part.Num, all.Den-part.Den)
			a, b := s.wilson(part, 1), s.wilson(part, deff)
			n++
			if a.Low <= rest && rest <= a.High {
				plain++
			}
			if b.Low <= rest && rest <= b.High {
				wide++
			}
		}
	}
	s.claim(wide > plain && 100*wide < 95*n, "the wide intervals hold the rate more often, and not as often as they should")
	s.claim(stat.MinClusters == 20, "a bootstrap asks for twenty clusters")
	return fmt.Sprintf(`
The demo shows it. Of each channel we take %d weeks at a time, and ask whether their interval holds the rate of the channel's other
weeks. At 95 %% about %d of %d should. Of the narrow ones %d do, of the wide ones %d.

`, weeks, (95*n+50)/100, n, plain, wide)
}
