package policy

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func day(t testing.TB, s string) Day {
	t.Helper()
	d, err := ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSpan(t *testing.T) {
	for _, k := range []struct {
		m                    Metric
		monday, from, to, by string
	}{
		{Metric{Window: WeekWindow}, "2026-11-09", "2026-11-09", "2026-11-15", "2026-11-09"},
		{Metric{Window: WeekWindow, ShiftDays: 7, LagDays: 14}, "2026-11-09", "2026-11-02", "2026-11-08", "2026-11-02"},
		{Metric{Window: RollingWindow, WindowDays: 14, ShiftDays: 7}, "2026-11-09", "2026-10-26", "2026-11-08", "2026-11-08"},
		{Metric{Window: RollingWindow, WindowDays: 30, LagDays: 14}, "2026-03-02", "2026-02-07", "2026-03-08", "2026-03-08"},
		{Metric{Window: RollingWindow, WindowDays: 1}, "2026-11-09", "2026-11-15", "2026-11-15", "2026-11-15"},
		{Metric{Window: MonthWindow}, "2026-11-09", "2026-10-01", "2026-10-31", "2026-10-01"},
		{Metric{Window: MonthWindow}, "2026-11-23", "2026-10-01", "2026-10-31", "2026-10-01"},
		{Metric{Window: MonthWindow}, "2026-11-30", "2026-11-01", "2026-11-30", "2026-11-01"},
		{Metric{Window: MonthWindow}, "2026-05-25", "2026-05-01", "2026-05-31", "2026-05-01"}, // ends on its Sunday
		{Metric{Window: MonthWindow}, "2026-12-28", "2026-12-01", "2026-12-31", "2026-12-01"},
		{Metric{Window: MonthWindow}, "2026-12-21", "2026-11-01", "2026-11-30", "2026-11-01"},
		{Metric{Window: MonthWindow, ShiftDays: 14}, "2026-12-07", "2026-10-01", "2026-10-31", "2026-10-01"},
	} {
		from, to := k.m.Span(day(t, k.monday))
		if from.String() != k.from || to.String() != k.to || k.m.TargetDay(from, to).String() != k.by {
			t.Errorf("%+v of %s: %s to %s by %s", k.m, k.monday, from, to, k.m.TargetDay(from, to))
		}
	}
}

// A month is whole and the last that is over by the Sunday; spans of later
// weeks are never earlier.
func TestSpanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		monday := Day(4 + 7*rapid.IntRange(0, 5000).Draw(t, "week"))
		m := Metric{Window: rapid.SampledFrom(windows).Draw(t, "window"), WindowDays: rapid.IntRange(1, 60).Draw(t, "days"), ShiftDays: rapid.IntRange(0, 60).Draw(t, "shift")}
		from, to := m.Span(monday)
		later, laterTo := m.Span(monday + 7)
		end := monday + 6 - Day(m.ShiftDays)
		if monday.Weekday() != time.Monday || to > end || from > to || later < from || laterTo < to {
			t.Fatalf("%+v of %s: %s to %s, then %s to %s", m, monday, from, to, later, laterTo)
		}
		if m.Window == MonthWindow && (from.UTC().Day() != 1 || (to+1).UTC().Day() != 1 || end-to > 31) {
			t.Fatalf("%s to %s is no month before %s", from, to, end)
		}
	})
}

func TestBelow(t *testing.T) {
	below := Target{Op: "<", Value: "0.04"}
	for num, want := range map[int64]bool{39: true, 40: false, 41: false} {
		if got := Compare(num, 1000, below); got != want {
			t.Errorf("%d of 1000: %v", num, got)
		}
	}
}
