package demo

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestFederalHolidays(t *testing.T) {
	want := []string{
		"2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-07-03", // the 4th is a Saturday
		"2026-09-07", "2026-10-12", "2026-11-11", "2026-11-26", "2026-12-25",
	}
	for i, d := range federalHolidays(2026) {
		if dateText(d) != want[i] {
			t.Errorf("holiday %d is %s, want %s", i, dateText(d), want[i])
		}
	}
}

func TestBusinessDaysAfter(t *testing.T) {
	c := newCalendar(2025, 2027)
	for _, tc := range []struct {
		order string
		n     int
		want  string
	}{
		{"2026-04-16", 2, "2026-04-20"}, // Thursday
		{"2026-04-17", 3, "2026-04-22"}, // Friday: five calendar days
		{"2026-04-18", 2, "2026-04-21"}, // Saturday
		{"2026-04-19", 2, "2026-04-21"}, // Sunday
		{"2026-07-02", 2, "2026-07-07"}, // eve of an observed holiday
		{"2026-07-03", 1, "2026-07-06"},
		{"2025-11-26", 6, "2025-12-05"}, // over Thanksgiving
	} {
		d, err := time.Parse("2006-01-02", tc.order)
		if err != nil {
			t.Fatal(err)
		}
		if got := dateText(c.after(d.Unix()/day, tc.n)); got != tc.want {
			t.Errorf("%d business days after %s: %s, want %s", tc.n, tc.order, got, tc.want)
		}
	}
}

func TestZoneAgreesWithTime(t *testing.T) {
	loc, err := time.LoadLocation(zoneName)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2025, 9, 1, 0, 0, 0, 0, loc)
	z := newZone(loc, start, start.AddDate(2, 0, 0))
	var s stamper
	for at := start; at.Before(start.AddDate(1, 6, 0)); at = at.Add(37 * time.Minute) {
		u := at.Unix()
		if got, want := string(s.iso(nil, z.local(u), ' ')), at.In(loc).Format("2006-01-02 15:04:05"); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		if got, want := string(s.us(nil, z.local(u))), at.In(loc).Format("01/02/2006 15:04:05"); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		y, m, d := at.In(loc).Date()
		if got, want := z.midnight(z.dayOf(u)), time.Date(y, m, d, 0, 0, 0, 0, loc).Unix(); got != want {
			t.Fatalf("midnight of %s: %d, want %d", at, got, want)
		}
		v := z.unambiguous(u)
		if l := z.local(v); z.offset(v-hour) != z.offset(v) && z.local(v-hour) == l || z.offset(v+hour) != z.offset(v) && z.local(v+hour) == l {
			t.Fatalf("%s is ambiguous", time.Unix(v, 0).In(loc))
		}
	}
}
