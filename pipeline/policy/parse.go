package policy

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Ours is the source of a rule that no platform states.
const Ours = "ours"

var (
	decimal = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,9})?$`)
	word    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// ParsePack reads a policy pack. name stands in errors, which are file:line:col
// with a hint where there is one; all of them are told, joined. The zone must be
// known to the program's time zone data. Whether the calendar exists is asked
// with CheckCalendar, as the pack does not know which there are.
func ParsePack(name string, b []byte) (*Pack, error) {
	r := &reader{name: name}
	root := r.object(r.root(b), "pack",
		"id", "extends", "revision", "title", "tz", "calendar", "sources", "extra_closed", "clocks", "metrics")
	p := &Pack{
		ID:       root.text("id", true),
		Extends:  root.text("extends", false),
		Revision: root.dayText("revision"),
		Title:    root.text("title", true),
		Zone:     root.text("tz", true),
		Calendar: root.text("calendar", true),

		file:       name,
		calendarAt: root.place("calendar"),
		extendsAt:  root.place("extends"),
	}
	if p.ID != "" && !word.MatchString(p.ID) {
		r.fail(root.place("id"), "id %q; try: lower-case letters, digits and _", p.ID)
	}
	loc := time.UTC
	if p.Zone != "" {
		var err error
		if loc, err = time.LoadLocation(p.Zone); err != nil || p.Zone == "Local" {
			r.fail(root.place("tz"), "%q is not a time zone; try: a name such as America/Los_Angeles", p.Zone)
			loc = time.UTC
		}
	}
	s := &packReader{reader: r, pack: p, loc: loc}
	s.sources(root)
	for _, n := range root.list("extra_closed") {
		o := r.object(n, "extra closed day", "day", "name", "source")
		if d := o.day("day"); d != nil {
			p.Closed = append(p.Closed, Closed{Day: *d, Name: o.text("name", true), Source: s.source(o)})
		} else {
			o.missing("day")
		}
	}
	for _, n := range root.list("clocks") {
		p.Clocks = append(p.Clocks, s.clock(n))
	}
	for _, n := range root.list("metrics") {
		m := s.metric(n)
		if _, twice := p.Metric(m.ID); twice {
			r.fail(placeOf(n), "metric %s stands here a second time", m.ID)
		}
		p.Metrics = append(p.Metrics, m)
	}
	if len(r.errs) == 0 {
		s.checkClocks()
		s.checkTargets()
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return p, nil
}

// packReader is a reader that knows the pack's zone and source tags.
type packReader struct {
	*reader
	pack *Pack
	loc  *time.Location
}

func (s *packReader) sources(root *object) {
	n, ok := root.fields["sources"]
	if !ok {
		return
	}
	m, ok := n.(*ast.MappingNode)
	if !ok {
		s.fail(placeOf(n), "sources is not a mapping of tags to pages")
		return
	}
	for _, v := range m.Values {
		if text, ok := s.scalar(v.Value, "source"); ok {
			s.pack.Sources = append(s.pack.Sources, Source{Tag: v.Key.GetToken().Value, Text: text})
		}
	}
}

// source reads "S1, S4", "ours" or either with "(unverified)" behind it. A tag
// must be listed under sources.
func (s *packReader) source(o *object) string {
	text := o.text("source", true)
	tags := strings.TrimSpace(strings.TrimSuffix(text, "(unverified)"))
	for tag := range strings.SplitSeq(tags, ",") {
		tag = strings.TrimSpace(tag)
		known := slices.ContainsFunc(s.pack.Sources, func(k Source) bool { return k.Tag == tag })
		if text != "" && tag != Ours && !known {
			s.fail(o.place("source"), "source %q is not listed; try: add it under sources, or %s", tag, Ours)
		}
	}
	return text
}

func (s *packReader) span(o *object) (from, to *Day) {
	from, to = o.day("from"), o.day("to")
	if from != nil && to != nil && *to <= *from {
		s.fail(o.place("to"), "%s ends on %s, before it begins; try: the first day that no longer belongs", o.what, *to)
	}
	return from, to
}

func (s *packReader) clock(n ast.Node) Clock {
	o := s.object(n, "clock",
		"name", "order_types", "from", "to", "start", "n", "handling", "unit", "day_end", "stop", "source")
	c := Clock{
		Name:       o.choice("name", clockNames...),
		OrderTypes: o.texts("order_types", true),
		Start:      o.choice("start", clockStarts...),
		N:          o.number("n", 0, 10000),
		Handling:   o.flag("handling"),
		Unit:       o.choice("unit", clockUnits...),
		Stop:       o.choice("stop", clockStops...),
		Source:     s.source(o),
		Zone:       s.pack.Zone,
		loc:        s.loc,
		at:         o.at,
	}
	c.From, c.To = s.span(o)
	for _, t := range c.OrderTypes {
		if !slices.Contains(orderTypes, t) && (t != AnyOrderType || len(c.OrderTypes) > 1) {
			s.fail(o.place("order_types"), "order type %q; try: %s, or [%s] alone", t, strings.Join(orderTypes, ", "), AnyOrderType)
		}
	}
	switch {
	case c.Unit != UnitHours:
		if end := o.text("day_end", true); end != "" && end != dayEnd {
			s.fail(o.place("day_end"), "day_end %q; try: %q, and unit: %s for full hours", end, dayEnd, UnitHours)
		}
	case c.Handling:
		s.fail(o.place("handling"), "handling days cannot be added to rolling hours")
	case o.fields["day_end"] != nil:
		s.fail(o.place("day_end"), "rolling hours have no day_end")
	}
	if c.Start == StartNextBusiness && c.N == 0 && !c.Handling && c.Unit != UnitHours {
		s.fail(o.place("n"), "n 0 from %s would end before it starts; try: 1, that day", StartNextBusiness)
	}
	return c
}

func (s *packReader) metric(n ast.Node) Metric {
	o := s.object(n, "metric", "id", "grain", "cohort", "window", "window_days", "shift_days", "lag_days", "clock", "exclusions",
		"numerator", "denominator", "formula", "better", "min_n", "source", "targets")
	m := Metric{
		ID:          o.text("id", true),
		Grain:       o.choice("grain", grains...),
		Cohort:      o.choice("cohort", cohorts...),
		Window:      o.choice("window", windows...),
		LagDays:     o.number("lag_days", 0, 365),
		Numerator:   o.text("numerator", true),
		Denominator: o.text("denominator", true),
		Formula:     o.text("formula", true),
		Better:      o.choice("better", betters...),
		Source:      s.source(o),
	}
	if o.fields["min_n"] != nil {
		m.MinN = int64(o.number("min_n", 1, 1000000))
	}
	if o.fields["clock"] != nil {
		m.Clock = o.choice("clock", clockNames...)
	}
	if o.fields["shift_days"] != nil {
		m.ShiftDays = o.number("shift_days", 0, 365)
	}
	switch {
	case m.Window == RollingWindow:
		m.WindowDays = o.number("window_days", 1, 366)
	case o.fields["window_days"] != nil:
		s.fail(o.place("window_days"), "window_days belong to window: %s", RollingWindow)
	}
	for _, key := range []string{"id", "numerator", "denominator"} {
		if v := o.text(key, false); v != "" && !word.MatchString(v) {
			s.fail(o.place(key), "%s %q; try: lower-case letters, digits and _", key, v)
		}
	}
	for _, n := range o.list("exclusions") {
		e := s.object(n, "exclusion", "what", "from", "source")
		m.Exclusions = append(m.Exclusions, Exclusion{
			What: e.choice("what", exclusions...), From: e.choice("from", excludedFrom...), Source: s.source(e),
		})
	}
	for _, n := range o.list("targets") {
		m.Targets = append(m.Targets, s.target(n, m))
	}
	return m
}

func (s *packReader) target(n ast.Node, m Metric) Target {
	o := s.object(n, "target", "from", "to", "op", "value", "force", "source", "tiers")
	t := Target{
		Op: o.choice("op", operators...), Value: o.text("value", true),
		Force: o.choice("force", forces...), Source: s.source(o), at: o.at,
	}
	t.From, t.To = s.span(o)
	s.boundary(o, "from", m.Window, t.From)
	s.boundary(o, "to", m.Window, t.To)
	s.fraction(o, "value", t.Value)
	if m.Better != "" && t.Op != "" && (t.Op == ">=") != (m.Better == "higher") {
		s.fail(o.place("op"), "op %s, but %s is better", t.Op, m.Better)
	}
	for _, n := range o.list("tiers") {
		e := s.object(n, "tier", "at", "effect")
		tier := Tier{At: e.text("at", true), Effect: e.text("effect", true)}
		s.fraction(e, "at", tier.At)
		t.Tiers = append(t.Tiers, tier)
	}
	return t
}

func (s *packReader) fraction(o *object, key, text string) {
	if v, ok := fraction(text); text != "" && (!ok || v.Cmp(one) > 0) {
		s.fail(o.place(key), "%s %q is not a decimal fraction from 0 to 1; try: 0.80", key, text)
	}
}

func (s *packReader) boundary(o *object, key, window string, d *Day) {
	if d == nil {
		return
	}
	if ok, hint := begins(window, *d); !ok {
		s.fail(o.place(key), "%s %s is a %s; try: %s", key, *d, d.Weekday(), hint)
	}
}
