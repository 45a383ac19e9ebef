package run

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"waybill/pipeline/metric"
	"waybill/pipeline/yamldoc"
	"waybill/reports"
)

// reportKinds are the reports that waybill makes, in the order of the list of
// reports. A new one is a line here.
var reportKinds = []reportKind{
	reportOf("weekly", ofOneWeek, metric.BuildWeekly, reports.Weekly),
	reportOf("quality", ofOneWeek, metric.BuildQuality, reports.Quality),
	reportOf("transit", ofWeeks, metric.BuildTransit, reports.Transit).withinReach(),
	reportOf("channels", ofWeeks, metric.BuildChannels, reports.Channels).withinReach(),
	auditedReport("leakage", ofDays, metric.BuildLeakage, reports.Leakage),
	auditedReport("bill", ofOneBill, metric.BuildBill, reports.Bill),
}

// spanKind says what a report may be asked for.
type spanKind int

const (
	ofOneWeek spanKind = iota // --week
	ofWeeks                   // --period: ship weeks or a month
	ofDays                    // --period: days of bills, a month or weeks
	ofOneBill                 // a bill's number
)

type reportKind struct {
	name string
	span spanKind
	read func(context.Context, *Runner, *Reader, metric.Input, ReportRequest) (numbers, error)

	reach bool // it has no numbers after the feeds end
	money bool // it is of bills
}

// withinReach marks a report that has no numbers after the feeds end.
func (k reportKind) withinReach() reportKind {
	k.reach = true
	return k
}

// cut takes the as-of back to where the feeds end, if the request lets it and
// the report asks for it.
func (k reportKind) cut(rd *Reader, q ReportRequest) {
	if end := defaultAsOf(rd.Feeds); q.Cut && k.reach && !end.IsZero() && rd.AsOf.After(end) {
		rd.AsOf = end
	}
}

// numbers are what a report says, and how that becomes a page.
type numbers struct {
	data any
	page func(reports.Files) (reports.Report, error)
}

func reportOf[T any](name string, span spanKind, build func(context.Context, metric.Querier, metric.Input) (T, error),
	page func(T, reports.Files) (reports.Report, error)) reportKind {
	return reportKind{name: name, span: span, read: func(ctx context.Context, _ *Runner, rd *Reader, in metric.Input, _ ReportRequest) (numbers, error) {
		data, err := build(ctx, rd.Engine.Beside(), in)
		return numbers{data, func(f reports.Files) (reports.Report, error) { return page(data, f) }}, err
	}}
}

var (
	// ErrNoReport says that there is no such report.
	ErrNoReport = errors.New("no such report")
	// ErrPeriod says that a report cannot be of that time.
	ErrPeriod = errors.New("no such period")
	// ErrNoShop says that the data know no such shop.
	ErrNoShop = errors.New("no such shop")
)

// ReportNames lists the reports, the list of all reports last. The report of one
// bill is not among them: it needs a number.
func ReportNames() []string {
	var out []string
	for _, k := range reportKinds {
		if k.span != ofOneBill {
			out = append(out, k.name)
		}
	}
	return append(out, indexName)
}

// KnownReport fails with ErrNoReport where there is no report of that name.
func KnownReport(name string) error {
	if name == indexName {
		return nil
	}
	_, err := findReport(name)
	return err
}

func findReport(name string) (reportKind, error) {
	for _, k := range reportKinds {
		if k.name == name {
			return k, nil
		}
	}
	known := append(ReportNames(), "bill")
	if near := yamldoc.Nearest(name, known); near != "" {
		return reportKind{}, fmt.Errorf("%w: %q; did you mean %s? try: %s", ErrNoReport, name, near, strings.Join(known, ", "))
	}
	return reportKind{}, fmt.Errorf("%w: %q; try: %s", ErrNoReport, name, strings.Join(known, ", "))
}

// ForReport keeps of a request for all reports what this one can be asked for.
func ForReport(name string, q ReportRequest) ReportRequest {
	if k, err := findReport(name); err == nil && k.span == ofOneWeek {
		q.Period = ""
	} else {
		q.Week = ""
	}
	return q
}

var (
	isWeek  = regexp.MustCompile(`^\d{4}-W\d{2}$`)
	isMonth = regexp.MustCompile(`^\d{4}-\d{2}$`)
	isDays  = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(\.\.\d{4}-\d{2}-\d{2})?$`)
)

// check makes the request's week or period canonical and gives the part of the
// file's name that says it; empty: the report's own choice.
func (k reportKind) check(q *ReportRequest) (string, error) {
	switch {
	case k.span == ofOneBill && q.Bill == "":
		return "", fmt.Errorf("%w: which bill? try: waybill report bill YT2026100001", ErrPeriod)
	case k.span != ofOneBill && q.Bill != "":
		return "", fmt.Errorf("%w: %s is not of one bill; try: waybill report bill %s", ErrPeriod, k.name, q.Bill)
	case k.span == ofOneBill && (q.Week != "" || q.Period != ""):
		return "", fmt.Errorf("%w: %s is of one bill; try: without --week and --period", ErrPeriod, k.name)
	case k.span == ofOneBill:
		return fileName(q.Bill), nil
	}
	if k.span == ofOneWeek {
		if q.Period != "" {
			return "", fmt.Errorf("%w: %s is of one week; try: --week 2026-W46", ErrPeriod, k.name)
		}
		if q.Week == "" {
			return "", nil
		}
		week, err := weekName(q.Week)
		q.Week = week
		return week, err
	}
	if q.Week != "" {
		return "", fmt.Errorf("%w: %s is of several weeks; try: --period 2026-W40..2026-W46", ErrPeriod, k.name)
	}
	if q.Period == "" {
		return "", nil
	}
	if k.span == ofDays && isDays.MatchString(q.Period) {
		_, _, err := daysOf(q.Period)
		return q.Period, err
	}
	if isMonth.MatchString(q.Period) {
		if _, err := time.Parse("2006-01", q.Period); err != nil {
			return "", fmt.Errorf("%w: month %q; try: 2026-10", ErrPeriod, q.Period)
		}
		return q.Period, nil
	}
	from, to, ranged := strings.Cut(q.Period, "..")
	if !ranged {
		to = from
	}
	first, err1 := weekName(from)
	last, err2 := weekName(to)
	if err1 != nil || err2 != nil {
		return "", fmt.Errorf("%w: %q; try: 2026-W40..2026-W46, or a month, 2026-10", ErrPeriod, q.Period)
	}
	if first > last {
		return "", fmt.Errorf("%w: %q ends before it begins; try: %s..%s", ErrPeriod, q.Period, last, first)
	}
	q.Period = first + ".." + last
	return q.Period, nil
}

// weekName is the ISO name of a week, given by it or by its Monday.
func weekName(s string) (string, error) {
	name := func(t time.Time) string {
		year, week := t.ISOWeek()
		return fmt.Sprintf("%d-W%02d", year, week)
	}
	if isWeek.MatchString(s) {
		var year, week int
		if _, err := fmt.Sscanf(s, "%d-W%d", &year, &week); err == nil {
			// 4 January is always in week 1
			if name(time.Date(year, 1, 4+7*(week-1), 0, 0, 0, 0, time.UTC)) == s {
				return s, nil
			}
		}
		return "", fmt.Errorf("%w: week %q does not exist; try: 2026-W46", ErrPeriod, s)
	}
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return "", fmt.Errorf("%w: week %q; try: 2026-W46, or its Monday 2026-11-09", ErrPeriod, s)
	}
	if t.Weekday() != time.Monday {
		return "", fmt.Errorf("%w: week %q begins on a %s; try: %s", ErrPeriod, s, t.Weekday(), name(t))
	}
	return name(t), nil
}

// daysOf is the first and last day of a canonical period; empty for none.
func daysOf(period string) (from, to string, err error) {
	first, last, ranged := strings.Cut(period, "..")
	if !ranged {
		last = first
	}
	bad := fmt.Errorf("%w: %q; try: 2026-10, 2026-10-01..2026-10-15, or 2026-W40..2026-W46", ErrPeriod, period)
	day := func(s string, end bool) (time.Time, error) {
		switch {
		case isMonth.MatchString(s):
			t, err := time.Parse("2006-01", s)
			if end {
				t = t.AddDate(0, 1, -1)
			}
			return t, err
		case isWeek.MatchString(s):
			var year, week int
			_, err := fmt.Sscanf(s, "%d-W%d", &year, &week)
			t := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC) // always in week 1
			t = t.AddDate(0, 0, 7*(week-1)-(int(t.Weekday())+6)%7)
			if end {
				t = t.AddDate(0, 0, 6)
			}
			return t, err
		}
		return time.Parse(time.DateOnly, s)
	}
	if period == "" {
		return "", "", nil
	}
	a, err1 := day(first, false)
	b, err2 := day(last, true)
	if err1 != nil || err2 != nil || b.Before(a) {
		return "", "", bad
	}
	return a.Format(time.DateOnly), b.Format(time.DateOnly), nil
}
