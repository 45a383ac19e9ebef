package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// CasesSuffix ends the name of a file of cases, which lies beside its pack.
const CasesSuffix = ".cases.yaml"

// Cases are examples by which people test a pack: an order and its deadlines,
// or a count and what the targets say of it.
type Cases struct {
	Pack string
	File string
	List []Case
}

// Case is one example: either an order or a count.
type Case struct {
	Name   string
	Line   int
	Order  *CaseOrder
	Count  *CaseCount
	Expect []Expectation // in the order of the file
}

// CaseOrder is what starts clocks; times without an offset are of the pack's
// zone, and "" is not known.
type CaseOrder struct {
	Created, Awaiting, Label string
	Type                     string
	Handling                 int // days, Unknown: not stated
}

// CaseCount is a count of a metric for the week of a day.
type CaseCount struct {
	Metric   string
	Day      Day
	Num, Den int64
}

// Expectation is a clock or a word of a verdict, and what it must be.
type Expectation struct {
	What, Want string
	Line       int
}

// Check is an expectation and what the pack makes of it.
type Check struct {
	Pack, File string
	Line       int
	Case, What string
	Want, Got  string
	OK         bool
}

// countWords are what a case may expect of a count.
var countWords = []string{"met", "target", "recommended", "recommended_met", "from", "to"}

// none is what a case expects where there is no deadline, no target, no verdict.
const none = "none"

// caseTimes are how a case writes an instant.
var caseTimes = []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", time.RFC3339}

// caseTime reads an instant, which is of the zone where it has no offset.
func caseTime(s string, loc *time.Location) (time.Time, error) {
	for _, layout := range caseTimes {
		if t, err := time.ParseInLocation(layout, s, loc); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time like 2026-03-20 13:15", s)
}

// ParseCases reads a file of cases. name stands in errors, which are
// file:line:col and joined.
func ParseCases(name string, b []byte) (*Cases, error) {
	r := &reader{name: name}
	root := r.object(r.root(b), "file of cases", "pack", "cases")
	c := &Cases{Pack: root.text("pack", true), File: name}
	if root.fields["cases"] == nil {
		root.missing("cases")
	}
	for _, n := range root.list("cases") {
		c.List = append(c.List, r.readCase(n))
	}
	return c, r.err()
}

func (r *reader) readCase(n ast.Node) Case {
	o := r.object(n, "case", "name", "order", "count", "expect")
	c := Case{Name: o.text("name", true), Line: o.at.line}
	words := countWords
	switch {
	case (o.fields["order"] == nil) == (o.fields["count"] == nil):
		r.fail(o.at, "a case has either an order or a count")
		return c
	case o.fields["order"] != nil:
		words = clockNames
		k := o.object("order", "created", "awaiting", "label", "type", "handling")
		c.Order = &CaseOrder{Created: r.caseTime(k, "created"), Awaiting: r.caseTime(k, "awaiting"), Label: r.caseTime(k, "label"), Type: "regular", Handling: Unknown}
		if k.fields["type"] != nil {
			c.Order.Type = k.choice("type", orderTypes...)
		}
		if k.fields["handling"] != nil {
			c.Order.Handling = k.number("handling", 0, 365)
		}
	default:
		k := o.object("count", "metric", "day", "num", "den")
		c.Count = &CaseCount{Metric: k.text("metric", true), Num: int64(k.number("num", 0, 1e9)), Den: int64(k.number("den", 0, 1e9))}
		if d := k.day("day"); d != nil {
			c.Count.Day = *d
		} else {
			k.missing("day")
		}
	}
	e := o.object("expect", words...)
	for _, what := range words {
		if e.fields[what] != nil {
			c.Expect = append(c.Expect, Expectation{What: what, Want: e.text(what, true), Line: e.place(what).line})
		}
	}
	slices.SortStableFunc(c.Expect, func(a, b Expectation) int { return a.Line - b.Line })
	return c
}

func (r *reader) caseTime(o *object, key string) string {
	s := o.text(key, false)
	if s != "" {
		if _, err := caseTime(s, time.UTC); err != nil {
			r.fail(o.place(key), "%s: %v", key, err)
		}
	}
	return s
}

// Run holds the cases against a pack, assembled, and the calendar that it
// counts in.
func (c *Cases) Run(p *Pack, cal *Calendar) ([]Check, error) {
	loc, err := time.LoadLocation(p.Zone)
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", p.ID, err)
	}
	var out []Check
	for _, k := range c.List {
		for _, e := range k.Expect {
			check := Check{Pack: p.ID, File: c.File, Line: e.Line, Case: k.Name, What: e.What, Want: e.Want}
			if k.Order != nil {
				check.Got, check.OK = k.Order.deadline(p, cal, loc, e)
			} else {
				check.Got = k.Count.verdict(p, e.What)
				check.OK = check.Got == e.Want
			}
			out = append(out, check)
		}
	}
	return out, nil
}

// deadline is what a clock gives, in the form in which the case expects it: a
// promised day, or the instant before which it must have happened.
func (o CaseOrder) deadline(p *Pack, cal *Calendar, loc *time.Location, e Expectation) (got string, ok bool) {
	var a Anchors
	for _, k := range []struct {
		text string
		into *time.Time
	}{{o.Created, &a.Created}, {o.Awaiting, &a.Approved}, {o.Label, &a.Label}} {
		if k.text != "" {
			at, err := caseTime(k.text, loc)
			if err != nil {
				return err.Error(), false
			}
			*k.into = at
		}
	}
	c, err := p.ClockFor(e.What, o.Type, a, cal)
	var due Due
	if err == nil {
		due, err = Deadline(c, a.of(c.Start), o.Handling, cal)
	}
	if err != nil {
		absent := errors.Is(err, ErrNoClock) || errors.Is(err, ErrNoStart) || errors.Is(err, ErrNoHandling)
		return none + " (" + err.Error() + ")", absent && e.Want == none
	}
	before := due.Before.In(loc)
	if want, err := caseTime(e.Want, loc); err == nil {
		return before.Format("2006-01-02 15:04:05Z07:00"), before.Equal(want)
	}
	return due.Date, due.Date == e.Want
}

// verdict is a word of what the targets of a count's window say.
func (k CaseCount) verdict(p *Pack, word string) string {
	m, ok := p.Metric(k.Metric)
	if !ok {
		var ids []string
		for _, m := range p.Metrics {
			ids = append(ids, m.ID)
		}
		return fmt.Sprintf("no metric %s; try: %s", k.Metric, strings.Join(ids, ", "))
	}
	from, to := m.Span(k.Day - Day((int(k.Day.Weekday())+6)%daysOfWeek))
	force := Enforced
	switch word {
	case "from":
		return from.String()
	case "to":
		return to.String()
	case "recommended", "recommended_met":
		force = Recommended
	}
	t, ok := m.Target(m.TargetDay(from, to), force)
	switch {
	case !ok:
		return none
	case word == "target" || word == "recommended":
		return t.Value
	case k.Den < 1:
		return none
	case Compare(k.Num, k.Den, t):
		return "yes"
	}
	return "no"
}
