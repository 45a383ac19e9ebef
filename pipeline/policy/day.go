package policy

import (
	"fmt"
	"time"
)

// Day is a civil date: days since 1970-01-01, without a zone.
type Day int32

const secondsPerDay = 24 * 60 * 60

// ParseDay reads 2006-01-02.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date like 2026-01-31", s)
	}
	return dayOfUTC(t), nil
}

// DayOf is the local date of an instant.
func DayOf(t time.Time, loc *time.Location) Day {
	y, m, d := t.In(loc).Date()
	return date(y, m, d)
}

func date(y int, m time.Month, d int) Day {
	return dayOfUTC(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

func dayOfUTC(t time.Time) Day {
	s := t.Unix()
	d := s / secondsPerDay
	if s%secondsPerDay < 0 {
		d--
	}
	return Day(d)
}

// UTC is 00:00 UTC of the day: how a date column takes it.
func (d Day) UTC() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String is 2006-01-02.
func (d Day) String() string { return d.UTC().Format(time.DateOnly) }

// Weekday of the day.
func (d Day) Weekday() time.Weekday { return d.UTC().Weekday() }

// Begin is the first instant of the day in a zone, in UTC. That is 00:00 but
// where clocks are put forward at midnight (São Paulo until 2018): there the day
// begins at 01:00. Where clocks go back over midnight it is the earlier 00:00.
func (d Day) Begin(loc *time.Location) time.Time {
	y, m, dom := d.UTC().Date()
	t := time.Date(y, m, dom, 0, 0, 0, 0, loc)
	from, to := t.ZoneBounds()
	switch got := DayOf(t, loc); {
	case got < d: // 00:00 does not exist, and t fell before the gap
		return to.UTC()
	case got > d || !midnight(t): // t fell behind it
		return from.UTC()
	}
	if !from.IsZero() {
		_, now := t.Zone()
		_, before := from.Add(-time.Nanosecond).Zone()
		if first := t.Add(time.Duration(now-before) * time.Second); before > now && first.Before(from) {
			return first.UTC()
		}
	}
	return t.UTC()
}

func midnight(t time.Time) bool {
	h, m, s := t.Clock()
	return h == 0 && m == 0 && s == 0
}
