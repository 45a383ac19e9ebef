package metric

import (
	"fmt"
	"strings"
	"time"

	"waybill/pipeline/policy"
)

// Period is a span of ship weeks, both ends included.
type Period struct {
	From Week `json:"from"`
	To   Week `json:"to"`
}

// Weeks counts the period's weeks.
func (p Period) Weeks() int {
	from, err := policy.ParseDay(p.From.Start)
	if err != nil {
		return 0
	}
	to, err := policy.ParseDay(p.To.Start)
	if err != nil {
		return 0
	}
	return int((to-from)/week) + 1
}

// parsePeriod reads one week (2026-W46, or its Monday), two of them joined by
// "..", or a month: 2026-10 holds the weeks whose Monday lies in October.
func parsePeriod(s string) (span, error) {
	if month, err := time.Parse("2006-01", s); err == nil {
		first, next := policy.DayOf(month, time.UTC), policy.DayOf(month.AddDate(0, 1, 0), time.UTC)
		return span{monday(first + week - 1), monday(next - 1)}, nil
	}
	from, to, ranged := strings.Cut(s, "..")
	if !ranged {
		to = from
	}
	out := span{}
	var err error
	if out.from, err = parseWeek(from); err != nil {
		return span{}, fmt.Errorf("period %q: %w, 2026-W40..2026-W46, or a month: 2026-10", s, err)
	}
	if out.to, err = parseWeek(to); err != nil {
		return span{}, fmt.Errorf("period %q: %w, 2026-W40..2026-W46, or a month: 2026-10", s, err)
	}
	if out.to < out.from {
		return span{}, fmt.Errorf("period %q ends before it begins; try: %s..%s", s, to, from)
	}
	return out, nil
}

// before is the span of as many weeks that ends where s begins.
func (s span) before() span {
	n := s.to - s.from + week
	return span{s.from - n, s.to - n}
}

func (c calendar) period(s span, loc *time.Location) Period {
	return Period{weekOf(s.from, c.state(s.from, loc)), weekOf(s.to, c.state(s.to, loc))}
}

// shipWeeks are the ship weeks of a report of several, by default the report's
// week and the 12 before it, and the zone that they are of.
func (b *weekly) shipWeeks() (*time.Location, span, error) {
	var err error
	if b.reach, err = b.readReach(); err != nil {
		return nil, span{}, err
	}
	if err := b.findShops(); err != nil {
		return nil, span{}, err
	}
	if _, err := b.chooseWeek(); err != nil {
		return nil, span{}, err
	}
	shown := span{b.report - (window-1)*week, b.report}
	if b.in.Period != "" {
		if shown, err = parsePeriod(b.in.Period); err != nil {
			return nil, span{}, err
		}
	}
	return b.zones[b.platforms()[0]], shown, nil
}
