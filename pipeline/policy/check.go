package policy

import (
	"fmt"
	"slices"
)

// CheckCalendar says whether the pack's calendar is among the known ones and
// covers the days that the pack closes itself. name is the pack's file.
func (p *Pack) CheckCalendar(name string, known map[string]*Calendar) error {
	base, ok := known[p.Calendar]
	if !ok {
		ids := make([]string, 0, len(known))
		for id := range known {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		hint := ""
		if near := nearest(p.Calendar, ids); near != "" {
			hint = "; try: " + near
		}
		return fmt.Errorf("%s: unknown calendar %q%s", p.calendarAt.in(name), p.Calendar, hint)
	}
	if _, err := p.CalendarFrom(base); err != nil {
		return fmt.Errorf("%s: %w", p.calendarAt.in(name), err)
	}
	return nil
}

// version is one span of a rule that must follow its predecessor.
type version struct {
	from, to *Day
	at       place
}

// follow checks that versions, in the order of their beginnings, neither overlap
// nor leave a gap.
func (r *reader) follow(what string, versions []version) {
	slices.SortStableFunc(versions, func(a, b version) int {
		switch {
		case a.from == nil && b.from == nil:
			return 0
		case a.from == nil:
			return -1
		case b.from == nil:
			return 1
		}
		return int(*a.from) - int(*b.from)
	})
	for i := 1; i < len(versions); i++ {
		a, b := versions[i-1], versions[i]
		switch {
		case a.to == nil || b.from == nil || *a.to > *b.from:
			r.fail(b.at, "%s overlaps its version at line %d; try: end the earlier one where this begins", what, a.at.line)
		case *a.to < *b.from:
			r.fail(b.at, "%s has a gap from %s to %s, after its version at line %d", what, *a.to, *b.from, a.at.line)
		}
	}
}

func (s *packReader) checkClocks() {
	for _, name := range clockNames {
		chains := map[string][]version{}
		for _, c := range s.pack.Clocks {
			if c.Name != name {
				continue
			}
			for _, t := range c.OrderTypes {
				chains[t] = append(chains[t], version{c.From, c.To, c.at})
			}
		}
		if any := chains[AnyOrderType]; len(any) > 0 && len(chains) > 1 {
			s.fail(any[0].at, "clock %s is for any order type and for named ones", name)
		}
		for _, t := range append([]string{AnyOrderType}, orderTypes...) {
			s.follow("clock "+name+" of "+t+" orders", chains[t])
		}
	}
}

func (s *packReader) checkTargets() {
	for _, m := range s.pack.Metrics {
		for _, force := range forces {
			var versions []version
			for _, t := range m.Targets {
				if t.Force == force {
					versions = append(versions, version{t.From, t.To, t.at})
				}
			}
			s.follow(force+" target of "+m.ID, versions)
		}
	}
}
