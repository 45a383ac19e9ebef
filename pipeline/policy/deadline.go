package policy

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

var (
	// ErrNoStart says that the instant from which a clock runs is not known.
	ErrNoStart = errors.New("the clock's start is not known")
	// ErrNoHandling says that a clock adds handling days which are not known.
	ErrNoHandling = errors.New("the order's handling days are not known")
	// ErrNoClock says that the pack has no clock for the order at that time.
	ErrNoClock = errors.New("no clock applies")
)

// Unknown stands for handling days that an export does not state.
const Unknown = -1

// Due is a deadline.
type Due struct {
	Before time.Time // exclusive, UTC
	Date   string    // the promised local day, or that of the last instant of rolling hours
	TZ     string    // zone of Date
	Start  time.Time // UTC instant at which the clock began to run
}

// StartOf is the instant at which a clock begins to run. from is what its start
// names: the order's creation (also for next_business_day), its awaiting-shipment
// status, or the label's creation.
func (c Clock) StartOf(from time.Time, cal *Calendar) (time.Time, error) {
	if c.loc == nil {
		return time.Time{}, fmt.Errorf("%s: the clock does not come from a parsed pack", c.Name)
	}
	if from.IsZero() {
		return time.Time{}, fmt.Errorf("%s from %s: %w", c.Name, c.Start, ErrNoStart)
	}
	if c.Start != StartNextBusiness {
		return from.UTC(), nil
	}
	d, err := c.nextBusiness(from, cal)
	if err != nil {
		return time.Time{}, err
	}
	return d.Begin(c.loc), nil
}

// nextBusiness is the first business day after the local day of an instant.
func (c Clock) nextBusiness(from time.Time, cal *Calendar) (Day, error) {
	no, err := cal.No(DayOf(from, c.loc))
	if err != nil {
		return 0, err
	}
	return cal.ByNumber(no + 1)
}

// Deadline is the reference for the SQL that computes deadlines. from is as in
// StartOf; handlingDays counts only where the clock adds them (Unknown: not
// stated). The clock must come from a parsed pack; whether its version applies
// is asked with Pack.ClockFor. Errors wrap ErrNoStart, ErrNoHandling or
// ErrNotCovered.
func Deadline(c Clock, from time.Time, handlingDays int, cal *Calendar) (Due, error) {
	start, err := c.StartOf(from, cal)
	if err != nil {
		return Due{}, err
	}
	due := Due{TZ: c.Zone, Start: start}
	if c.Unit == UnitHours {
		due.Before = start.Add(time.Duration(c.N) * time.Hour)
		due.Date = DayOf(due.Before.Add(-time.Nanosecond), c.loc).String()
		return due, nil
	}
	n := c.N
	if c.Handling {
		if handlingDays < 0 {
			return Due{}, fmt.Errorf("%s: %w", c.Name, ErrNoHandling)
		}
		n += handlingDays
	}
	first := DayOf(start, c.loc) // day 0, or day 1 where the clock starts with a day
	if c.Start == StartNextBusiness {
		if n == 0 {
			return Due{}, fmt.Errorf("%s: 0 days from %s: %w", c.Name, c.Start, ErrNoHandling)
		}
		n--
	}
	promised := first + Day(n)
	if c.Unit == UnitBusiness {
		no, err := cal.No(first)
		if err != nil {
			return Due{}, err
		}
		if promised, err = cal.ByNumber(no + int32(n)); err != nil {
			return Due{}, err
		}
	}
	due.Date = promised.String()
	due.Before = (promised + 1).Begin(c.loc)
	return due, nil
}

// Anchors are the instants from which clocks may run; zero where not known.
type Anchors struct{ Created, Approved, Label time.Time }

func (a Anchors) of(start string) time.Time {
	switch start {
	case StartAwaiting:
		return a.Approved
	case StartLabel:
		return a.Label
	}
	return a.Created
}

// ClockFor picks the version of a clock that applies to an order: the newest one
// whose own start, for this order, is not before its from. That gives exactly
// one version also where a change of the start moves the clock's start over the
// date of the change; so a version's to counts only when no later one follows,
// or when the later one's start is not known: an order that began under the
// earlier rule is judged by it, one that did not ends with ErrNoStart.
func (p *Pack) ClockFor(name, orderType string, a Anchors, cal *Calendar) (Clock, error) {
	var chain []Clock
	for _, c := range p.Clocks {
		if c.Name == name && (slices.Contains(c.OrderTypes, orderType) || c.OrderTypes[0] == AnyOrderType) {
			chain = append(chain, c)
		}
	}
	slices.SortFunc(chain, func(a, b Clock) int { // newest first; only the oldest has no from
		switch {
		case a.From == nil:
			return 1
		case b.From == nil:
			return -1
		}
		return int(*b.From) - int(*a.From)
	})
	ended := true // whether a version's to is binding
	var unknown error
	for _, c := range chain {
		start, err := c.StartOf(a.of(c.Start), cal)
		switch {
		case errors.Is(err, ErrNoStart):
			unknown, ended = err, true
			continue
		case err != nil:
			return Clock{}, err
		case c.From != nil && start.Before(c.From.Begin(c.loc)):
			ended = false
			continue
		case ended && c.To != nil && !start.Before(c.To.Begin(c.loc)):
			if unknown != nil {
				return Clock{}, unknown
			}
			return Clock{}, fmt.Errorf("%s %s, %s order: %w", p.ID, name, orderType, ErrNoClock)
		}
		return c, nil
	}
	if unknown != nil {
		return Clock{}, unknown
	}
	return Clock{}, fmt.Errorf("%s %s, %s order: %w", p.ID, name, orderType, ErrNoClock)
}
