package cli

import (
	"fmt"
	"math"
	"testing"

	"waybill/pipeline/demo"
	"waybill/pipeline/stat"
)

const (
	level = 0.95
	// binHours is the width of a bin: a quantile is known to a bin, its upper edge.
	binHours = float64(stat.BinMinutes) / 60
	// leastN is how many parcels a cohort needs before its band is held against the truth.
	leastN = 20
	// leastCover is the share of bands that must hold the truth. Their level is
	// 0.95, each cohort by itself; over the open cohorts of both seeds some miss
	// by chance, and the log-log band of a small cohort's P90 is a little narrow.
	leastCover = 0.90
)

type cohortKey struct{ channel, week string }

// curves estimates every channel and ship week as the weekly page does: the
// transit cell, added up over shops and states, through Kaplan-Meier.
func curves(s space, flags ...string) map[cohortKey]*stat.Curve {
	s.Helper()
	cells := map[cohortKey][]stat.Cell{}
	for _, r := range s.rows(fmt.Sprintf(`select channel, ship_week, bin, cast(sum(events) as bigint), cast(sum(censored) as bigint), cast(sum(negative) as bigint)
from %s group by channel, ship_week, bin`, cellQuery(s, "transit")), flags...) {
		if r[5] != "0" {
			s.Errorf("%s %s: %s parcels are delivered before they were picked up", r[0], r[1], r[5])
		}
		k := cohortKey{r[0], r[1]}
		cells[k] = append(cells[k], stat.Cell{Bin: s.number(r[2]), Events: s.number(r[3]), Censored: s.number(r[4])})
	}
	out := map[cohortKey]*stat.Curve{}
	for k, c := range cells {
		curve, err := stat.KaplanMeier(c)
		if err != nil {
			s.Fatal(err)
		}
		out[k] = curve
	}
	return out
}

// The estimate is of the time of a parcel if it is delivered: one that came
// back, was lost or destroyed is censored there. So it is held against two
// truths. Where every parcel of the cohort was delivered and all of that is
// known, nothing is censored and the delivered parcels' own quantiles are what
// it must give. Where parcels ended otherwise, those quantiles (and the truth's
// medians over all parcels, in which a lost one is never delivered) answer other
// questions; there the like of it is IfDelivered, the same estimand with
// everybody followed to the end.
func TestTransitOfResolvedCohortsEqualsTheTruth(t *testing.T) {
	eachSeed(t, func(s space, truth demo.Truth) {
		got := curves(s)
		whole, ended := 0, 0
		for _, c := range truth.Transit {
			curve := got[cohortKey{c.Channel, c.Week}]
			if curve == nil {
				s.Errorf("%s %s: no parcels, truth has %d", c.Channel, c.Week, c.N)
				continue
			}
			if curve.N != c.N {
				s.Errorf("%s %s: %d parcels, truth has %d", c.Channel, c.Week, curve.N, c.N)
			}
			if c.Open > 0 || c.Misdated > 0 {
				continue
			}
			name := c.Channel + " " + c.Week
			if c.Delivered == c.N {
				whole++
				within(s, name+" median", curve, 0.5, c.DeliveredMedian)
				within(s, name+" P90", curve, 0.9, c.DeliveredP90)
				within(s, name+" median of all", curve, 0.5, c.Median)
			} else {
				ended++
			}
			within(s, name+" median if delivered", curve, 0.5, c.IfDeliveredMedian)
			within(s, name+" P90 if delivered", curve, 0.9, c.IfDeliveredP90)
		}
		if len(got) != len(truth.Transit) {
			s.Errorf("%d cohorts, truth has %d", len(got), len(truth.Transit))
		}
		if whole < 100 || ended < 10 {
			s.Errorf("%d cohorts are delivered whole, %d resolved with losses: too few to say anything", whole, ended)
		}
		s.Logf("%d cohorts delivered whole, %d resolved with losses or returns, of %d", whole, ended, len(truth.Transit))
	})
}

// within holds a quantile against the truth's hours: the bin's upper edge is at
// most one bin away, and both are reached or both are not.
func within(s space, what string, c *stat.Curve, p float64, want *float64) {
	s.Helper()
	hours, ok := c.Quantile(p, level).At.Hours()
	switch {
	case ok != (want != nil):
		s.Errorf("%s: reached %v, truth %v", what, ok, want != nil)
	case ok && math.Abs(hours-*want) > binHours:
		s.Errorf("%s: %.3f hours, truth %.3f", what, hours, *want)
	}
}

// instants at which the demo is looked at besides its end: ends of weeks, so that
// whole cohorts are on their way.
var instants = []string{"", "2025-12-29T08:00:00Z", "2026-02-02T08:00:00Z", "2026-03-23T07:00:00Z", "2026-05-11T07:00:00Z", "2026-06-29T07:00:00Z", "2026-08-17T07:00:00Z", "2026-10-05T07:00:00Z"}

// Cohorts that are not at their end are held against IfDelivered: parcels that
// the as-of cuts off count there with what happens to them later. Among them are
// parcels that stay open for good (scans just end, or the last mile's number was
// never reported), whose missing deliveries are no censoring at random: they can
// miss beside chance. The rule is leastCover; seeds 1 and 7 give 0.97. The
// estimate that just leaves out what is open must break the rule, else the test
// would hold nothing.
func TestBandsOfOpenCohortsContainTheTruth(t *testing.T) {
	var n, held, cohorts, heavy int
	var bias, simpleBias float64
	for _, seed := range seeds {
		s := demoOf(t, seed)
		truth := s.truth()
		for _, asOf := range instants {
			got := curves(s, "--as-of", asOf)
			for _, c := range truth.Transit {
				curve := got[cohortKey{c.Channel, c.Week}]
				// the cohort is complete, and not all of its deliveries are seen
				if curve == nil || curve.N != c.N || c.N < leastN || curve.Events >= c.Delivered {
					continue
				}
				cohorts++
				if at, ok := curve.Quantile(0.5, level).At.Hours(); ok && 4*curve.Events <= 3*c.Delivered {
					simple, _ := withoutOpen(s, curve).Quantile(0.5, level).At.Hours()
					heavy++
					bias += (at - *c.IfDeliveredMedian) / *c.IfDeliveredMedian
					simpleBias += (simple - *c.IfDeliveredMedian) / *c.IfDeliveredMedian
				}
				for p, want := range map[float64]*float64{0.5: c.IfDeliveredMedian, 0.9: c.IfDeliveredP90} {
					n++
					if q := curve.Quantile(p, level); contains(curve, q, want) {
						held++
					} else {
						t.Logf("seed %d %s %s at %q: %d parcels, %d delivered so far; %g of %s is not within %s and %s hours", seed, c.Channel, c.Week, asOf, c.N, curve.Events, p, hoursText(want), end(q.Low), end(q.High))
					}
				}
			}
		}
	}
	bias, simpleBias = bias/float64(heavy), simpleBias/float64(heavy)
	t.Logf("%d of %d bands of %d open cohorts contain the truth; where a quarter or more is on the way (%d cohorts) medians are off by %+.1f %% on average, %+.1f %% where open parcels are left out",
		held, n, cohorts, heavy, 100*bias, 100*simpleBias)
	if cohorts < 60 || heavy < 20 {
		t.Errorf("%d open cohorts of %d parcels or more, %d far from their end: too few to say anything", cohorts, leastN, heavy)
	}
	if float64(held) < leastCover*float64(n) {
		t.Errorf("%d of %d bands contain the truth, want at least %g", held, n, leastCover)
	}
	if 2*math.Abs(bias) > math.Abs(simpleBias) {
		t.Errorf("medians are off by %+.3f, and by %+.3f without the open parcels: the test cannot tell", bias, simpleBias)
	}
}

// withoutOpen is the estimate of a report that does not know censoring.
func withoutOpen(s space, c *stat.Curve) *stat.Curve {
	s.Helper()
	var cells []stat.Cell
	for _, step := range c.Steps() {
		cells = append(cells, stat.Cell{Bin: step.Bin, Events: step.Events})
	}
	out, err := stat.KaplanMeier(cells)
	if err != nil {
		s.Fatal(err)
	}
	return out
}

// contains says whether a time lies in a quantile's interval, whose ends are
// known to a bin. A truth that is never reached lies beyond every time, an end
// that is not reached beyond every time of the curve.
func contains(c *stat.Curve, q stat.Quantile, want *float64) bool {
	at := math.Inf(1)
	if want != nil {
		at = *want
	}
	low, ok := q.Low.Hours()
	if !ok {
		low = 0
		if steps := c.Steps(); len(steps) > 0 {
			low = steps[len(steps)-1].Hours()
		}
	}
	high, ok := q.High.Hours()
	if !ok {
		high = math.Inf(1)
	}
	return at >= low-binHours && at <= high+binHours
}

func end(c stat.Crossing) string {
	if h, ok := c.Hours(); ok {
		return fmt.Sprintf("%.1f", h)
	}
	return "none"
}

func hoursText(h *float64) string {
	if h == nil {
		return "never"
	}
	return fmt.Sprintf("%.1f hours", *h)
}
