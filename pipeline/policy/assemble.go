package policy

import (
	"errors"
	"fmt"
	"slices"
)

// Assemble makes what was read whole: packs take over the days that calendar
// files close for them and the rules of the pack that they extend. It gives the
// calendars that the packs count in, by Pack.CalendarID. The order of neither
// list matters; errors name files and are joined.
func Assemble(packs []*Pack, calendars []*Calendar) (map[string]*Calendar, error) {
	var errs []error
	known, byID := map[string]*Calendar{}, map[string]*Pack{}
	for _, p := range packs {
		byID[p.ID] = p
	}
	for _, c := range calendars {
		if len(c.Packs) == 0 {
			known[c.ID] = c
			continue
		}
		for _, id := range c.Packs {
			p := byID[id]
			if p == nil {
				errs = append(errs, fmt.Errorf("calendar %s closes days of pack %q, which does not exist%s", c.ID, id, try(id, byID)))
				continue
			}
			for _, k := range c.Closed {
				k.Source = c.ID
				p.Closed = append(p.Closed, k)
			}
			slices.SortStableFunc(p.Closed, func(a, b Closed) int { return int(a.Day) - int(b.Day) })
		}
	}
	for _, p := range packs {
		if p.Extends == "" {
			continue
		}
		base := byID[p.Extends]
		switch {
		case base == nil:
			errs = append(errs, fmt.Errorf("%s: pack %q does not exist%s", p.extendsAt.in(p.file), p.Extends, try(p.Extends, byID)))
		case base.Extends != "":
			errs = append(errs, fmt.Errorf("%s: pack %s extends another one itself; try: extends: %s", p.extendsAt.in(p.file), base.ID, base.Extends))
		case base.Zone != p.Zone || base.Calendar != p.Calendar:
			errs = append(errs, fmt.Errorf("%s: pack %s counts in %s by %s; try: the same tz and calendar", p.extendsAt.in(p.file), base.ID, base.Zone, base.Calendar))
		default:
			p.inherit(base)
		}
	}
	out := map[string]*Calendar{}
	for _, p := range packs {
		if err := p.CheckCalendar(p.file, known); err != nil {
			errs = append(errs, err)
			continue
		}
		c, err := p.CalendarFrom(known[p.Calendar])
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.calendarAt.in(p.file), err))
			continue
		}
		out[p.CalendarID()] = c
	}
	return out, errors.Join(errs...)
}

func try(id string, packs map[string]*Pack) string {
	var ids []string
	for k := range packs {
		ids = append(ids, k)
	}
	slices.Sort(ids)
	if near := nearest(id, ids); near != "" {
		return "; try: " + near
	}
	return ""
}

// inherit takes over what the pack does not say itself. A clock or a metric of
// its own takes the place of all versions of that name.
func (p *Pack) inherit(base *Pack) {
	var clocks []Clock
	for _, c := range base.Clocks {
		if !slices.ContainsFunc(p.Clocks, func(k Clock) bool { return k.Name == c.Name }) {
			clocks = append(clocks, c)
		}
	}
	p.Clocks = append(clocks, p.Clocks...)
	metrics := slices.Clone(base.Metrics)
	for _, m := range p.Metrics {
		if i := slices.IndexFunc(metrics, func(b Metric) bool { return b.ID == m.ID }); i >= 0 {
			metrics[i] = m
		} else {
			metrics = append(metrics, m)
		}
	}
	p.Metrics = metrics
	for _, s := range base.Sources {
		if !slices.ContainsFunc(p.Sources, func(k Source) bool { return k.Tag == s.Tag }) {
			p.Sources = append(p.Sources, s)
		}
	}
	for _, k := range base.Closed {
		if !slices.ContainsFunc(p.Closed, func(own Closed) bool { return own.Day == k.Day }) {
			p.Closed = append(p.Closed, k)
		}
	}
	slices.SortStableFunc(p.Closed, func(a, b Closed) int { return int(a.Day) - int(b.Day) })
}
