package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrNotCovered says that a day lies outside the years that a calendar states.
var ErrNotCovered = errors.New("not covered by the calendar")

// Closed is a day on which nothing counts.
type Closed struct {
	Day    Day
	Name   string
	Source string // of a pack's own closed day; empty in a calendar
}

// CalendarDay is one row of the calendar table.
type CalendarDay struct {
	Day      Day
	Business bool
	No       int32 // bd_no: business days from 1970-01-01 up to and including Day
}

// Calendar says which days are business days. It covers whole years; a question
// about another day is an error, never a guess. Make one with ParseCalendar.
type Calendar struct {
	ID        string
	Packs     []string // of a list of days that packs close on top of their calendar: no calendar itself
	Revision  string   // date of the data, 2006-01-02
	Title     string
	Source    string
	FirstYear int
	LastYear  int
	Weekend   []time.Weekday
	Closed    []Closed // ascending

	days  []CalendarDay // the covered days, ascending
	first map[int32]Day // the business day of each number
}

// ParseCalendar reads a calendar file. name stands in errors, which are
// file:line:col and joined when there are several.
func ParseCalendar(name string, b []byte) (*Calendar, error) {
	r := &reader{name: name}
	root := r.object(r.root(b), "calendar", "id", "packs", "revision", "title", "source", "weekend", "years", "closed")
	c := &Calendar{
		ID:       root.text("id", true),
		Packs:    root.texts("packs", false),
		Revision: root.dayText("revision"),
		Title:    root.text("title", false),
		Source:   root.text("source", true),
	}
	for _, w := range root.texts("weekend", false) {
		day := slices.IndexFunc(weekdays, func(d time.Weekday) bool { return strings.EqualFold(d.String(), w) })
		if day < 0 {
			r.fail(root.place("weekend"), "%q is not a day of the week; try: saturday", w)
			continue
		}
		c.Weekend = append(c.Weekend, weekdays[day])
	}
	extra := len(c.Packs) > 0
	for _, key := range []string{"years", "weekend"} {
		if extra && root.fields[key] != nil {
			r.fail(root.place(key), "days that packs close have no %s; try: leave it out, the packs' own calendar has them", key)
		}
	}
	if !extra {
		years := root.object("years", "from", "to")
		c.FirstYear = years.number("from", 1970, 2200)
		c.LastYear = years.number("to", 1970, 2200)
		if len(r.errs) == 0 && c.LastYear < c.FirstYear {
			r.fail(years.at, "years end before they begin")
		}
	}
	for _, n := range root.list("closed") {
		o := r.object(n, "closed day", "day", "name")
		at := o.place("day")
		closed := Closed{Name: o.text("name", true)}
		day := o.day("day")
		if day == nil {
			continue
		}
		closed.Day = *day
		if y := closed.Day.UTC().Year(); !extra && (y < c.FirstYear || y > c.LastYear) {
			r.fail(at, "%s is outside the years %d to %d", closed.Day, c.FirstYear, c.LastYear)
		}
		if n := len(c.Closed); n > 0 && c.Closed[n-1].Day >= closed.Day {
			r.fail(at, "%s follows %s; try: each day once, in order", closed.Day, c.Closed[n-1].Day)
		}
		c.Closed = append(c.Closed, closed)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	if !extra {
		c.number()
	}
	return c, nil
}

var weekdays = []time.Weekday{
	time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday,
}

// number fills the day table. Days before the first covered year count as
// business days unless they are weekends: the number only has to rise by one
// per business day, and differences are all that a rule uses.
func (c *Calendar) number() {
	closed := map[Day]bool{}
	for _, k := range c.Closed {
		closed[k.Day] = true
	}
	from, to := date(c.FirstYear, time.January, 1), date(c.LastYear, time.December, 31)
	c.days = make([]CalendarDay, 0, int(to-from)+1)
	c.first = map[int32]Day{}
	no := int32(0)
	for d := Day(0); d <= to; d++ {
		business := !slices.Contains(c.Weekend, d.Weekday()) && !closed[d]
		if business {
			no++
		}
		if d < from {
			continue
		}
		c.days = append(c.days, CalendarDay{Day: d, Business: business, No: no})
		if business {
			c.first[no] = d
		}
	}
}

// With is the calendar with more closed days, under another id: what a platform
// announces on top of the holidays. Days outside the covered years are an error.
func (c *Calendar) With(id string, extra []Closed) (*Calendar, error) {
	out := &Calendar{
		ID: id, Revision: c.Revision, Title: c.Title, Source: c.Source,
		FirstYear: c.FirstYear, LastYear: c.LastYear, Weekend: c.Weekend,
		Closed: slices.Clone(c.Closed),
	}
	for _, k := range extra {
		if _, err := c.row(k.Day); err != nil {
			return nil, err
		}
		out.Closed = append(out.Closed, k)
	}
	slices.SortStableFunc(out.Closed, func(a, b Closed) int { return int(a.Day) - int(b.Day) })
	out.number()
	return out, nil
}

// First and Last are the ends of what is covered, both inclusive.
func (c *Calendar) First() Day { return c.days[0].Day }

// Last is the last covered day.
func (c *Calendar) Last() Day { return c.days[len(c.days)-1].Day }

// Days gives one row per day, from and to inclusive. The caller must not change
// the rows.
func (c *Calendar) Days(from, to Day) ([]CalendarDay, error) {
	if _, err := c.row(from); err != nil {
		return nil, err
	}
	if _, err := c.row(to); err != nil {
		return nil, err
	}
	if to < from {
		return nil, nil
	}
	return c.days[from-c.First() : to-c.First()+1], nil
}

// No is bd_no of a day.
func (c *Calendar) No(d Day) (int32, error) {
	row, err := c.row(d)
	return row.No, err
}

// ByNumber is the business day with that bd_no: the first of the days that have it.
func (c *Calendar) ByNumber(no int32) (Day, error) {
	d, ok := c.first[no]
	if !ok {
		return 0, fmt.Errorf("business day number %d of %s (%d to %d): %w", no, c.ID, c.FirstYear, c.LastYear, ErrNotCovered)
	}
	return d, nil
}

func (c *Calendar) row(d Day) (CalendarDay, error) {
	if d < c.First() || d > c.Last() {
		return CalendarDay{}, fmt.Errorf("%s, %s (%d to %d): %w", d, c.ID, c.FirstYear, c.LastYear, ErrNotCovered)
	}
	return c.days[d-c.First()], nil
}
