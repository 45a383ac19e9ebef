package cli

import (
	"fmt"
	"strings"
)

const (
	dueShop = "shop-A"
	dueAsOf = "2026-10-05T07:00:00Z" // a Monday, midnight in Los Angeles
)

// weekOrders counts the orders of a shop that a week holds.
type weekOrders struct{ n, delivered, onTime, open int64 }

// weeksBy counts orders by the week of a column.
func weeksBy(s space, column string, flags ...string) map[string]weekOrders {
	s.Helper()
	out := map[string]weekOrders{}
	for _, r := range s.rows(fmt.Sprintf(`select %s, count(*), count(delivered_at), count(*) filter (where on_time = 'yes'), count(*) filter (where on_time = 'open')
from orders_as_of where shop_id = '%s' and not excluded_due and on_time is not null group by 1`, column, dueShop), flags...) {
		out[r[0]] = weekOrders{s.number(r[1]), s.number(r[2]), s.number(r[3]), s.number(r[4])}
	}
	return out
}

func explainDue(s space) explanation {
	then, end := weeksBy(s, "created_week", "--as-of", dueAsOf), weeksBy(s, "created_week")
	due, dueEnd := weeksBy(s, "due_week", "--as-of", dueAsOf), weeksBy(s, "due_week")
	weeks := []string{"2026-08-10", "2026-08-17", "2026-08-24", "2026-08-31", "2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28"}

	fig := newPlot("Share on time by week: by week of purchase the newest weeks are all or nothing, by due week each is what it stays", -0.3, 7.3, 0.5, 1)
	var xs []tick
	for i, w := range weeks {
		xs = append(xs, tick{float64(i), w[5:]})
	}
	fig.axes("week that begins on", xs, []tick{{0.5, "50 %"}, {0.6, "60 %"}, {0.7, "70 %"}, {0.8, "80 %"}, {0.9, "90 %"}, {1, "100 %"}})
	var delivered, all, judged []xy
	var table strings.Builder
	table.WriteString("\n| week | of its purchases: on time of the delivered | on time of all | on time of all, in the end | on time of those due in it |\n|---|---|---|---|---|\n")
	for i, w := range weeks {
		at, p, f, d := float64(i), then[w], end[w], due[w]
		ofDelivered := "none delivered yet"
		if p.delivered > 0 {
			delivered = append(delivered, xy{at, shareOf(p.onTime, p.delivered)})
			ofDelivered = fraction(p.onTime, p.delivered)
		}
		if v := shareOf(p.onTime, p.n); v >= 0.5 {
			all = append(all, xy{at, v})
		}
		judged = append(judged, xy{at, shareOf(d.onTime, d.n)})
		s.claim(d.open == 0 && d.n == dueEnd[w].n && d.onTime == dueEnd[w].onTime, "the closed due week "+w+" stays what it was")
		if i >= len(weeks)-4 {
			fmt.Fprintf(&table, "| %s | %s | %s | %s | %s |\n", w, ofDelivered, fraction(p.onTime, p.n), fraction(f.onTime, f.n), fraction(d.onTime, d.n))
		}
	}
	last, next := "2026-09-28", "2026-10-05"
	young := then["2026-09-21"]
	s.claim(young.onTime == young.delivered && young.delivered > 0, "the delivered orders of a young week are all on time")
	s.claim(end["2026-09-21"].onTime < end["2026-09-21"].delivered, "not all of that week's orders come in time")
	s.claim(shareOf(young.onTime, young.n) < shareOf(end["2026-09-21"].onTime, end["2026-09-21"].n)-0.2, "counting the open ones as missed is far too dark")
	fig.line(delivered, orange, "5 4")
	fig.line(all, green, "2 3")
	fig.line(judged, blue, "")
	for _, q := range judged {
		fig.dot(q.x, q.y, 4, blue)
	}
	fig.ring(6, shareOf(end["2026-09-21"].onTime, end["2026-09-21"].n), 4.5, ink)

	fig.legend(key{"due in the week", blue, ""}, key{"purchases, delivered only", orange, "5 4"}, key{"purchases, all", green, "2 3"})

	// the truth knows the same week without any of this code
	left := int64(-1)
	for _, w := range s.truth().DueWeeks {
		if w.Shop == dueShop && w.Week == last {
			left = w.Excluded
			if got := due[last]; got != (weekOrders{w.Due, got.delivered, w.OnTime, 0}) {
				s.Errorf("%s: %+v, truth %+v", last, got, w)
			}
		}
	}
	d, o := due[last], due[next]
	verdict := "fails"
	if 5*d.onTime >= 4*d.n {
		verdict = "passes"
	}
	return explanation{
		parts: map[string]string{
			"week": fmt.Sprintf(`
In the demo, seen on %s: %s had %d orders due in the week of %s, and %d were left out (cancelled in time). %d were delivered
in time, %d were not: %s. Against a target of 80 %% the week %s. It is the whole week: nothing of it is still open.

In the week that begins then, %d orders are due. %d have arrived already, %d are on their way: counts, not a verdict.

`, dayText(s, dueAsOf), dueShop, d.n, dayText(s, last), left, d.onTime, d.n-d.onTime, fraction(d.onTime, d.n), verdict, o.n, o.onTime, o.open),
			"figure": fmt.Sprintf(`
The same shop on the same day, %s:
%s
Of the purchases in the week of %s, %d were delivered by then, all of them in time; of the other %d, %d still had time.
Counted over all %d purchases the same week stands at %s. In the end it is %s (the ring). The weeks by due day did not move
after they had closed.

`, dayText(s, dueAsOf), table.String(), dayText(s, "2026-09-21"), young.delivered, young.n-young.delivered, young.open, young.n, percent(shareOf(young.onTime, young.n)), percent(shareOf(end["2026-09-21"].onTime, end["2026-09-21"].n))),
		},
		figures: map[string]*plot{"due-cohorts.svg": fig},
	}
}

func fraction(num, den int64) string {
	return fmt.Sprintf("%d of %d, %s", num, den, percent(shareOf(num, den)))
}
