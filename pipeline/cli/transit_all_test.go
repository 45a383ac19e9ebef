package cli

import (
	"fmt"
	"io/fs"
	"math"
	"testing"

	"waybill/pipeline/demo"
	"waybill/pipeline/stat"
	"waybill/queries"
)

// deliveredCause is the ending that the page's headline waits for.
const deliveredCause = "delivered"

// allParcels is one channel and ship week as the transit page estimates it: every
// dispatched parcel, and what a report shows that forgets all but the delivered.
type allParcels struct {
	all   *stat.Incidence
	naive *stat.Curve
}

// incidences estimates every channel and ship week from the cell transit_parcels.
func incidences(s space, flags ...string) map[cohortKey]allParcels {
	s.Helper()
	cell, err := fs.ReadFile(queries.FS, "cells/transit_parcels.sql")
	if err != nil {
		s.Fatal(err)
	}
	causes := map[string]string{"0": stat.Censored, "1": deliveredCause, "2": "returned", "3": "lost", "4": "destroyed", "5": stat.Censored}
	cells, simple := map[cohortKey][]stat.CauseCell{}, map[cohortKey][]stat.Cell{}
	for _, r := range s.rows(fmt.Sprintf("select channel, ship_week, ending, bin, count(*) from (%s\n) as cell group by channel, ship_week, ending, bin", cell), flags...) {
		if r[3] == "" {
			s.Errorf("%s %s: %s parcels ended before they were picked up", r[0], r[1], r[4])
			continue
		}
		k := cohortKey{r[0], r[1]}
		cells[k] = append(cells[k], stat.CauseCell{Bin: s.number(r[3]), Cause: causes[r[2]], N: s.number(r[4])})
		if causes[r[2]] == deliveredCause {
			simple[k] = append(simple[k], stat.Cell{Bin: s.number(r[3]), Events: s.number(r[4])})
		}
	}
	out := map[cohortKey]allParcels{}
	for k, c := range cells {
		p := allParcels{}
		if p.all, err = stat.AalenJohansen(c); err != nil {
			s.Fatal(err)
		}
		if p.naive, err = stat.KaplanMeier(simple[k]); err != nil {
			s.Fatal(err)
		}
		out[k] = p
	}
	return out
}

// Where the end of every parcel is known, the quantile over all dispatched ones is
// the truth's, in which a lost or returned parcel is never delivered.
func TestTransitOfAllEqualsTheTruth(t *testing.T) {
	eachSeed(t, func(s space, truth demo.Truth) {
		got := incidences(s)
		resolved, ended := 0, 0
		for _, c := range truth.Transit {
			p, ok := got[cohortKey{c.Channel, c.Week}]
			if !ok || p.all.N != c.N {
				s.Errorf("%s %s: truth has %d parcels, got %v", c.Channel, c.Week, c.N, p.all)
				continue
			}
			if c.Open > 0 || c.Misdated > 0 {
				continue
			}
			resolved++
			if c.Delivered < c.N {
				ended++
			}
			for q, want := range map[float64]*float64{0.5: c.Median, 0.9: c.P90} {
				hours, ok := p.all.Quantile(deliveredCause, q, level).At.Hours()
				if ok != (want != nil) || ok && math.Abs(hours-*want) > binHours {
					s.Errorf("%s %s: %g of all by %.2f hours (reached %v), truth %s", c.Channel, c.Week, q, hours, ok, hoursText(want))
				}
			}
		}
		if resolved < 100 || ended < 10 {
			s.Errorf("%d cohorts are resolved, %d of them with losses: too few to say anything", resolved, ended)
		}
	})
}

// Cohorts that are on their way are held against what happens to them later. The
// rule is that of the times if delivered; and the delivered-only P90 of the same
// parcels must be too low by half a day at least on average, or the page would
// show it for nothing.
func TestTransitOfAllHoldsWhereTheNaiveFigureDoesNot(t *testing.T) {
	const halfADay = 12.0
	var n, held, recent, below, reached int
	var bias, simpleBias float64
	for _, seed := range seeds {
		s := demoOf(t, seed)
		truth := s.truth()
		for _, asOf := range instants {
			got := incidences(s, "--as-of", asOf)
			for _, c := range truth.Transit {
				p, ok := got[cohortKey{c.Channel, c.Week}]
				if !ok || p.all.N != c.N || c.N < leastN || p.naive.Events >= c.Delivered {
					continue
				}
				for q, want := range map[float64]*float64{0.5: c.Median, 0.9: c.P90} {
					n++
					if containsAll(p.all, p.all.Quantile(deliveredCause, q, level), want) {
						held++
					}
				}
				// recent: a tenth or more of what will be delivered is on the way
				simple, known := p.naive.Quantile(0.9, level).At.Hours()
				if c.P90 == nil || !known || 10*p.naive.Events > 9*c.Delivered {
					continue
				}
				recent++
				simpleBias += simple - *c.P90
				if simple <= *c.P90-halfADay {
					below++
				}
				if at, ok := p.all.Quantile(deliveredCause, 0.9, level).At.Hours(); ok {
					reached++
					bias += at - *c.P90
				}
			}
		}
	}
	t.Logf("%d of %d bands contain the truth; of %d recent cohorts the delivered-only P90 is off by %+.1f hours on average, %d by half a day too low or more; the P90 of all by %+.1f in the %d where it is reached yet",
		held, n, recent, simpleBias/float64(recent), below, bias/float64(reached), reached)
	if recent < 30 || n < 100 {
		t.Errorf("%d recent cohorts, %d bands: too few to say anything", recent, n)
	}
	if float64(held) < leastCover*float64(n) {
		t.Errorf("%d of %d bands contain the truth, want at least %g", held, n, leastCover)
	}
	if simpleBias/float64(recent) > -halfADay {
		t.Errorf("the delivered-only P90 is off by %+.1f hours", simpleBias/float64(recent))
	}
}

// containsAll says whether a time lies in a quantile's interval, as contains does.
func containsAll(c *stat.Incidence, q stat.Quantile, want *float64) bool {
	last := 0.0
	if steps := c.Steps(); len(steps) > 0 {
		last = stat.BinHours(steps[len(steps)-1].Bin)
	}
	at, low, high := math.Inf(1), last, math.Inf(1)
	if want != nil {
		at = *want
	}
	if h, ok := q.Low.Hours(); ok {
		low = h
	}
	if h, ok := q.High.Hours(); ok {
		high = h
	}
	return at >= low-binHours && at <= high+binHours
}
