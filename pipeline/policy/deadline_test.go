package policy

import (
	"encoding/csv"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// The expected values are counted by testdata/deadlines.py.
func TestDeadlineGolden(t *testing.T) {
	cal := federal(t)
	f, err := os.Open("testdata/deadlines.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 300 {
		t.Fatalf("%d rows in the golden table", len(rows))
	}
	for _, row := range rows {
		n, err1 := strconv.Atoi(row[6])
		handling, err2 := strconv.Atoi(row[7])
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		c := Clock{
			Name: "deliver", Start: row[4], Unit: row[5], N: n, Handling: handling != Unknown,
			Zone: row[1], loc: zone(t, row[1]),
		}
		got, err := Deadline(c, instant(t, row[3]), handling, cal)
		if err != nil {
			t.Errorf("%v: %v", row, err)
			continue
		}
		want := Due{Before: instant(t, row[11]), Date: row[9], TZ: row[1], Start: instant(t, row[8])}
		if got != want {
			t.Errorf("%s, %s from %s, %d %s: got %v, want %v", row[0], row[2], row[4], n, row[5], got, want)
		}
	}
}

func TestDeadlineOfThePressExample(t *testing.T) {
	c := Clock{Name: "deliver", Start: StartCreated, Unit: UnitBusiness, N: 3, Zone: "America/Los_Angeles", loc: zone(t, "America/Los_Angeles")}
	friday := time.Date(2025, 9, 12, 9, 0, 0, 0, c.loc)
	due, err := Deadline(c, friday, Unknown, federal(t))
	if err != nil || due.Date != "2025-09-17" {
		t.Errorf("a Friday order with three business days is due on %s, %v; want Wednesday the 17th", due.Date, err)
	}
}

func TestDeadlineErrors(t *testing.T) {
	cal := federal(t)
	c := Clock{Name: "deliver", Start: StartCreated, Unit: UnitBusiness, N: 3, Zone: "UTC", loc: time.UTC}
	handling := c
	handling.Handling = true
	zero := handling
	zero.Start, zero.N = StartNextBusiness, 0
	now := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	for _, k := range []struct {
		clock    Clock
		from     time.Time
		handling int
		want     error
	}{
		{c, time.Time{}, 0, ErrNoStart},
		{handling, now, Unknown, ErrNoHandling},
		{zero, now, 0, ErrNoHandling},
		{c, time.Date(2014, 12, 31, 0, 0, 0, 0, time.UTC), 0, ErrNotCovered},
		{c, time.Date(2035, 12, 30, 0, 0, 0, 0, time.UTC), 0, ErrNotCovered},
	} {
		if _, err := Deadline(k.clock, k.from, k.handling, cal); !errors.Is(err, k.want) {
			t.Errorf("from %s: error %v, want %v", k.from, err, k.want)
		}
	}
}

// Order date and next business day promise the same day, the later of two orders
// is never due earlier, and nothing is due on a closed day.
func TestDeadlineProperties(t *testing.T) {
	cal := federal(t)
	loc := zone(t, "America/Los_Angeles")
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(1420200000, 2070000000).Draw(t, "at"), 0)
		n := rapid.IntRange(1, 15).Draw(t, "n")
		c := Clock{Name: "deliver", Start: StartCreated, Unit: UnitBusiness, N: n, Zone: loc.String(), loc: loc}
		next := c
		next.Start = StartNextBusiness
		a, err1 := Deadline(c, at, Unknown, cal)
		b, err2 := Deadline(next, at, Unknown, cal)
		later, err3 := Deadline(c, at.Add(time.Duration(rapid.Int64Range(0, 1e6).Draw(t, "later"))*time.Second), Unknown, cal)
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err1, err2, err3)
		}
		if a.Before != b.Before || a.Date != b.Date {
			t.Fatalf("%s: %v from the order, %v from the next business day", at.In(loc), a, b)
		}
		if later.Before.Before(a.Before) {
			t.Fatalf("%s is due %v, a later order %v", at.In(loc), a, later)
		}
		last := DayOf(a.Before.Add(-time.Nanosecond), loc)
		if days, err := cal.Days(last, last); err != nil || !days[0].Business || last.String() != a.Date {
			t.Fatalf("%s is due on %s, %v, %v", at.In(loc), a.Date, days, err)
		}
	})
}

func TestDayBegins(t *testing.T) {
	for _, k := range []struct{ zone, day, want string }{
		{"America/Los_Angeles", "2026-03-08", "2026-03-08T08:00:00Z"},
		{"America/Los_Angeles", "2026-03-09", "2026-03-09T07:00:00Z"},
		{"America/Sao_Paulo", "2017-10-15", "2017-10-15T03:00:00Z"}, // there is no 00:00
		{"America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z"}, // 23:00 comes twice before it
		{"America/Havana", "2025-11-02", "2025-11-02T04:00:00Z"},    // 00:00 comes twice
		{"Asia/Amman", "2021-10-29", "2021-10-28T21:00:00Z"},        // the same, east of Greenwich
		{"Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z"},       // there is no 00:00, east of Greenwich
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},      // the 30th was left out
		{"America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z"},   // 23:30 was followed by 00:30
		{"Asia/Shanghai", "2026-01-01", "2025-12-31T16:00:00Z"},
	} {
		d, err := ParseDay(k.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Begin(zone(t, k.zone)); got != instant(t, k.want) {
			t.Errorf("%s begins at %s in %s, want %s", k.day, got, k.zone, k.want)
		}
	}
}

func TestDayBeginIsTheFirstInstant(t *testing.T) {
	zones := []*time.Location{}
	for _, name := range strings.Fields("America/Los_Angeles America/Sao_Paulo America/Havana Asia/Shanghai Europe/London Africa/Cairo Asia/Beirut Asia/Amman") {
		zones = append(zones, zone(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		d := Day(rapid.Int32Range(11000, 24000).Draw(t, "day"))
		begin := d.Begin(loc)
		if DayOf(begin, loc) != d || DayOf(begin.Add(-time.Second), loc) != d-1 {
			t.Fatalf("%s in %s begins at %s", d, loc, begin)
		}
	})
}
