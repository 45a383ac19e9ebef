package metric

import (
	"fmt"
	"time"

	"waybill/pipeline/policy"
)

const week = policy.Day(7)

// days is a span of days, both ends included.
type days struct{ from, to policy.Day }

func windowOf(m policy.Metric, monday policy.Day) days {
	from, to := m.Span(monday)
	return days{from, to}
}

// calendar says how far weeks are decided.
type calendar struct {
	asOf, covered time.Time
}

func newCalendar(in Input) calendar {
	c := calendar{in.AsOf, in.AsOf}
	if !in.CoveredTo.IsZero() && in.CoveredTo.Before(in.AsOf) {
		c.covered = in.CoveredTo
	}
	return c
}

// monday of a day's week.
func monday(d policy.Day) policy.Day {
	return d - policy.Day((int(d.Weekday())+6)%7)
}

// lastClosed is the newest week of a zone that is over and covered. A week is
// over at the midnight after its Sunday, that instant included.
func (c calendar) lastClosed(loc *time.Location) policy.Day {
	return monday(policy.DayOf(c.covered, loc)) - week
}

func (c calendar) state(start policy.Day, loc *time.Location) WeekState {
	return c.until(start+week, loc)
}

// until is the state of a span that ends with the day before.
func (c calendar) until(day policy.Day, loc *time.Location) WeekState {
	switch end := day.Begin(loc); {
	case end.After(c.asOf):
		return Open
	case end.After(c.covered):
		return Incomplete
	}
	return Closed
}

// judge is the state of one cohort, that of a window. Where a clock runs, it is closed when the
// clock has run out for every member; a rate without a clock is closed when the
// platform itself shows the window, or when nothing can change any more.
func (c calendar) judge(w days, m policy.Metric, n tally, loc *time.Location) WeekState {
	s := c.until(w.to+1, loc)
	if s != Closed || n.open == 0 {
		return s
	}
	if m.Clock != "" || (w.to + 1 + policy.Day(m.LagDays)).Begin(loc).After(c.covered) {
		return Open
	}
	return Closed
}

func weekOf(start policy.Day, state WeekState) Week {
	year, number := start.UTC().ISOWeek()
	return Week{ID: fmt.Sprintf("%d-W%02d", year, number), Start: start.String(), End: (start + week - 1).String(), State: state}
}

// parseWeek reads the Monday of a week or its ISO name.
func parseWeek(s string) (policy.Day, error) {
	var year, number int
	if n, err := fmt.Sscanf(s, "%4d-W%2d", &year, &number); err == nil && n == 2 {
		// 4 January is always in week 1
		first := monday(policy.DayOf(time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC), time.UTC))
		d := first + policy.Day(number-1)*week
		if weekOf(d, "").ID == s {
			return d, nil
		}
		return 0, fmt.Errorf("week %q does not exist; try: 2026-W46", s)
	}
	d, err := policy.ParseDay(s)
	if err != nil {
		return 0, fmt.Errorf("week %q; try: 2026-W46, or its Monday 2026-11-09", s)
	}
	if d.Weekday() != time.Monday {
		return 0, fmt.Errorf("week %q begins on a %s; try: its Monday %s", s, d.Weekday(), monday(d))
	}
	return d, nil
}

// zone of a pack; policy has checked that it exists.
func zone(p *policy.Pack) (*time.Location, error) {
	if p == nil {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(p.Zone)
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", p.ID, err)
	}
	return loc, nil
}
