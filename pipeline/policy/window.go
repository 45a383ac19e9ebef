package policy

import "time"

const daysOfWeek = 7

// Span is the window that belongs to the week which begins on monday, first and
// last day: the week itself; the days up to its Sunday; or the last calendar
// month that is over by its Sunday. ShiftDays moves that Sunday back.
func (m Metric) Span(monday Day) (from, to Day) {
	to = monday + daysOfWeek - 1 - Day(m.ShiftDays)
	switch m.Window {
	case RollingWindow:
		return to - Day(m.WindowDays) + 1, to
	case MonthWindow:
		y, month, _ := (to + 1).UTC().Date()
		return date(y, month-1, 1), date(y, month, 1) - 1
	}
	return to - daysOfWeek + 1, to
}

// TargetDay is the day by which the target of a window is chosen: the Monday of
// a week and the first of a month, so that one target holds for the whole, and
// the last day of a rolling window, on which the platform reads it.
func (m Metric) TargetDay(from, to Day) Day {
	if m.Window == RollingWindow {
		return to
	}
	return from
}

// begins says whether a target of the window may begin or end on a day, else
// when it could.
func begins(window string, d Day) (ok bool, hint string) {
	switch window {
	case WeekWindow:
		return d.Weekday() == time.Monday, "a Monday, targets apply to whole weeks"
	case MonthWindow:
		return d.UTC().Day() == 1, "the first of a month, targets apply to whole months"
	}
	return true, ""
}
