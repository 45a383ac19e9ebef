package metric

import (
	"cmp"
	"errors"
	"time"

	"waybill/pipeline/policy"
)

// deadlines are those of one order as the facts hold them.
type deadlines struct {
	dispatch, deliver, statedDispatch *time.Time
	date, zone, source                string
	handling                          *int
}

// deadlinesOf adds the two deadlines of an order with the rules that gave them.
func (b *caseBuilder) deadlinesOf(o CaseOrder, d deadlines) error {
	dispatch := CaseDeadline{Order: o.Order, Clock: "dispatch", Before: d.dispatch, MetAt: o.Dispatched, State: b.judge(d.dispatch, o.Dispatched), Source: "none"}
	if d.dispatch != nil {
		dispatch.Source = "sla"
		if d.statedDispatch != nil {
			dispatch.Source = "export"
		}
	}
	deliver := CaseDeadline{Order: o.Order, Clock: "deliver", Before: d.deliver, MetAt: o.Delivered, State: o.OnTime, Source: cmp.Or(d.source, "none"), Date: d.date, Zone: d.zone}
	for _, x := range []*CaseDeadline{&dispatch, &deliver} {
		if x.Source != "export" {
			if err := b.rule(x, o, d.handling); err != nil {
				return err
			}
		}
		b.c.Deadlines = append(b.c.Deadlines, *x)
	}
	return nil
}

// rule finds the version of the clock for an order and retraces how it counted.
// The deadline itself stays that of the facts.
func (b *caseBuilder) rule(x *CaseDeadline, o CaseOrder, stated *int) error {
	var rules Rules
	if b.in.Rules != nil {
		rules = b.in.Rules(o.Platform, o.Shop)
	}
	if rules.Pack == nil {
		x.Missing = "no_sla"
		return nil
	}
	var at policy.Anchors
	if o.CreatedAt != nil {
		at.Created = *o.CreatedAt
	}
	if o.ApprovedAt != nil {
		at.Approved = *o.ApprovedAt
	}
	handling := policy.Unknown
	for _, h := range []*int{rules.HandlingDays, stated} {
		if h != nil {
			handling = *h
		}
	}
	clock, err := rules.Pack.ClockFor(x.Clock, cmp.Or(o.Type, "regular"), at, rules.Calendar)
	var due policy.Due
	if err == nil {
		due, err = policy.Deadline(clock, anchor(at, clock.Start), handling, rules.Calendar)
	}
	for missing, word := range map[error]string{policy.ErrNoClock: "no_clock", policy.ErrNoStart: "no_start", policy.ErrNoHandling: "no_handling_days", policy.ErrNotCovered: "calendar_ends"} {
		if errors.Is(err, missing) {
			x.Missing = word
			return nil
		}
	}
	if err != nil {
		return err
	}
	x.Date, x.Zone = due.Date, due.TZ
	if x.Before == nil || !x.Before.Equal(due.Before) {
		x.Computed = &due.Before
	}
	r := &CaseRule{Pack: rules.Pack.ID + "@" + rules.Pack.Revision, Start: clock.Start, StartAt: due.Start, N: clock.N, Unit: clock.Unit, RuleSource: clock.Source}
	if clock.From != nil {
		r.From = clock.From.String()
	}
	if clock.To != nil {
		r.To = clock.To.String()
	}
	if clock.Handling {
		r.HandlingDays = &handling
	}
	x.Rule = r
	if clock.Unit != policy.UnitBusiness {
		return nil
	}
	r.Calendar = rules.Pack.CalendarID()
	return r.count(due, clock, rules.Calendar)
}

// count lists the days that a business-day clock counted and passed over.
func (r *CaseRule) count(due policy.Due, c policy.Clock, cal *policy.Calendar) error {
	loc, err := time.LoadLocation(due.TZ)
	if err != nil {
		return err
	}
	first, last := policy.DayOf(due.Start, loc), policy.DayOf(due.Before.Add(-time.Second), loc)
	if c.Start != policy.StartNextBusiness {
		first++ // the day on which the clock starts is day 0
	}
	if last < first {
		return nil
	}
	days, err := cal.Days(first, last)
	if err != nil {
		return err
	}
	why := map[policy.Day]string{}
	for _, k := range cal.Closed {
		why[k.Day] = k.Name
	}
	for _, d := range days {
		switch {
		case d.Business:
			r.Days = append(r.Days, d.Day.String())
		case why[d.Day] != "":
			r.Closed = append(r.Closed, d.Day.String()+" "+why[d.Day])
		default:
			r.Closed = append(r.Closed, d.Day.String()+" "+d.Day.Weekday().String())
		}
	}
	return nil
}

func anchor(a policy.Anchors, start string) time.Time {
	if start == policy.StartAwaiting {
		return a.Approved
	}
	return a.Created
}

// legPairs are milestones of which the first does not come after the second.
var legPairs = [][2]string{{"picked_up", "export_customs"}, {"export_customs", "departed"}, {"picked_up", "departed"}, {"departed", "arrived"}, {"arrived", "import_customs"},
	{"import_customs", "last_mile"}, {"arrived", "last_mile"}, {"last_mile", "delivered"}, {"picked_up", "delivered"}}

// early is how long before its order a scan may be: clocks of sources differ.
const early = 24 * time.Hour

// anomalies looks for what does not fit together.
func (b *caseBuilder) anomalies() {
	add := func(kind string, at *time.Time, what string) {
		b.c.Anomalies = append(b.c.Anomalies, CaseAnomaly{kind, at, what})
	}
	at := map[string]time.Time{}
	for _, m := range b.c.Milestones {
		at[m.ID] = m.At
	}
	for _, p := range legPairs {
		from, to := at[p[0]], at[p[1]]
		if !from.IsZero() && !to.IsZero() && to.Before(from) {
			add("negative_leg", &to, p[0]+" > "+p[1])
		}
	}
	var ordered *time.Time
	for _, o := range b.c.Orders {
		if o.CreatedAt != nil && (ordered == nil || o.CreatedAt.Before(*ordered)) {
			ordered = o.CreatedAt
		}
	}
	delivered := at["delivered"]
	for i := range b.c.Scans {
		s := &b.c.Scans[i]
		what := cmp.Or(s.Text, s.Code)
		if !delivered.IsZero() && s.At.After(delivered) {
			add("scan_after_delivered", &s.At, what)
		}
		if ordered != nil && s.At.Before(ordered.Add(-early)) {
			add("scan_before_order", &s.At, what)
		}
		if s.Flags != "" {
			add("clock_flag", &s.At, s.Flags)
		}
		if s.DecidedBy == "" {
			add("unmapped_scan", &s.At, what)
		}
	}
	for _, d := range b.c.Deadlines {
		if d.Computed != nil {
			add("deadline_differs", d.Computed, d.Clock)
		}
	}
}
