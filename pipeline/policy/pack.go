package policy

import (
	"fmt"
	"strings"
	"time"
)

// Words of a pack. They are data of the engine's tables as well, so they do not
// change once a release has them.
const (
	StartCreated      = "order_created"
	StartNextBusiness = "next_business_day"
	StartAwaiting     = "awaiting_shipment"
	StartLabel        = "label_created"

	UnitBusiness = "business_day"
	UnitCalendar = "calendar_day"
	UnitHours    = "rolling_hours"

	AnyOrderType = "any"

	WeekWindow    = "iso_week"
	RollingWindow = "rolling_days"
	MonthWindow   = "month"

	Enforced    = "enforced"
	Recommended = "recommended"
)

// Vocabularies in the order in which errors name them.
var (
	clockNames   = []string{"dispatch", "deliver", "first_scan", "pack"}
	orderTypes   = []string{"regular", "made_to_order", "pre_order", "back_order", "express", "sample"}
	clockStarts  = []string{StartCreated, StartNextBusiness, StartAwaiting, StartLabel}
	clockUnits   = []string{UnitBusiness, UnitCalendar, UnitHours}
	clockStops   = []string{"tracking_uploaded", "first_scan", "delivered"}
	grains       = []string{"order", "package"}
	cohorts      = []string{"deliver_by", "dispatch_by", "dispatched", "shipped", "labelled", "created", "promised", "delivered", "delivered_or_past_sla"}
	windows      = []string{WeekWindow, RollingWindow, MonthWindow}
	exclusions   = []string{"fulfilment_platform", "order_type_express", "order_type_sample", "cancelled_in_time", "untracked", "domestic_channel"}
	excludedFrom = []string{"numerator", "both"}
	betters      = []string{"higher", "lower"}
	forces       = []string{Enforced, Recommended}
	operators    = []string{">=", "<=", "<"}
)

// dayEnd is the only way in which a day unit ends: with the last second of the
// local day. A rule of full 24-hour days is rolling_hours.
const dayEnd = "23:59:59"

// Pack is one platform's rules, or the generic definitions.
type Pack struct {
	ID       string
	Extends  string // pack whose rules hold where this one has none
	Revision string // date on which its data was last changed, 2006-01-02
	Title    string
	Zone     string // IANA zone of its days and weeks
	Calendar string // id of the calendar that it builds on
	Sources  []Source
	Closed   []Closed // days that the platform closes on top of the calendar
	Clocks   []Clock  // as in the file
	Metrics  []Metric

	file                  string // as errors name it
	calendarAt, extendsAt place
}

// Source is where a rule was read: the tag that rules carry, and its page.
type Source struct{ Tag, Text string }

// Clock is one version of a deadline rule.
type Clock struct {
	Name       string // dispatch, deliver, first_scan, pack
	OrderTypes []string
	From, To   *Day // half open, by the instant of the clock's start; nil: unbounded
	Start      string
	N          int    // units; with Handling on top of the order's handling_days
	Handling   bool   // add the order's handling_days
	Unit       string // business_day, calendar_day, rolling_hours
	Stop       string // what must happen before the deadline
	Source     string
	Zone       string

	loc *time.Location
	at  place
}

// Metric is the definition of a rate as the platform counts it.
type Metric struct {
	ID          string
	Grain       string // order, package
	Cohort      string // what puts a member into a window
	Window      string // iso_week, rolling_days, month
	WindowDays  int    // length of rolling_days, else 0
	ShiftDays   int    // the window ends this many days before the day for which it is shown
	LagDays     int    // how long after its end the platform shows a window: late, but the same one
	Clock       string
	Exclusions  []Exclusion
	Numerator   string // measure of the cell query
	Denominator string
	Formula     string // path of the cell query
	Better      string // higher, lower
	MinN        int64  // fewest members that a verdict needs, smaller cohorts are greyed and not ranked; 0: any number is judged
	Source      string
	Targets     []Target
}

// Exclusion takes members out of a rate.
type Exclusion struct {
	What   string
	From   string // both: out of the rate; numerator: stays in the denominator
	Source string
}

// Target is the share that a platform demands, over a span of windows.
type Target struct {
	From, To *Day // half open, by Metric.TargetDay; nil: unbounded
	Op       string
	Value    string // decimal fraction as the file writes it, "0.80"
	Force    string // enforced, recommended
	Source   string
	Tiers    []Tier // what follows a miss, mildest first

	at place
}

// Tier is what a platform does from a share on.
type Tier struct {
	At     string // decimal fraction from which on it holds
	Effect string
}

// CalendarID is the id of the calendar that the pack's clocks count in: the
// base, or its own where it closes more days.
func (p *Pack) CalendarID() string {
	if len(p.Closed) == 0 {
		return p.Calendar
	}
	return p.Calendar + "+" + p.ID
}

// CalendarFrom makes the calendar that the pack's clocks count in from the one
// that it names.
func (p *Pack) CalendarFrom(base *Calendar) (*Calendar, error) {
	if base.ID != p.Calendar {
		return nil, fmt.Errorf("pack %s builds on calendar %q, not on %q", p.ID, p.Calendar, base.ID)
	}
	if len(p.Closed) == 0 {
		return base, nil
	}
	return base.With(p.CalendarID(), p.Closed)
}

// Metric finds a metric by its id.
func (p *Pack) Metric(id string) (Metric, bool) {
	for _, m := range p.Metrics {
		if m.ID == id {
			return m, true
		}
	}
	return Metric{}, false
}

// Target is what a force demands of the window that TargetDay stands for.
func (m Metric) Target(day Day, force string) (Target, bool) {
	for _, t := range m.Targets {
		if t.Force == force && within(day, t.From, t.To) {
			return t, true
		}
	}
	return Target{}, false
}

func within(d Day, from, to *Day) bool {
	return (from == nil || *from <= d) && (to == nil || d < *to)
}

// Unverified says whether a source note marks its rule as not checked.
func Unverified(source string) bool { return strings.Contains(source, "(unverified)") }
