package policy

import (
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/us"
)

func dataFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := fs.ReadFile(os.DirFS("../../data"), name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func federal(t testing.TB) *Calendar {
	t.Helper()
	c, err := ParseCalendar("calendars/us_federal.yaml", dataFile(t, "calendars/us_federal.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFederalHolidaysAgreeWithCal(t *testing.T) {
	c := federal(t)
	oracle := cal.NewBusinessCalendar()
	oracle.AddHoliday(us.Holidays...)
	if c.First().String() != "2015-01-01" || c.Last().String() != "2035-12-31" {
		t.Fatalf("covers %s to %s", c.First(), c.Last())
	}
	days, err := c.Days(c.First(), c.Last())
	if err != nil {
		t.Fatal(err)
	}
	listed := map[Day]bool{}
	for _, k := range c.Closed {
		listed[k.Day] = true
	}
	for _, d := range days {
		actual, observed, _ := oracle.IsHoliday(d.Day.UTC())
		if listed[d.Day] != (actual || observed) {
			t.Errorf("%s is listed: %v; a holiday by the oracle: %v, observed %v", d.Day, listed[d.Day], actual, observed)
		}
		if want := oracle.IsWorkday(d.Day.UTC()); d.Business != want {
			t.Errorf("%s is a business day: %v", d.Day, d.Business)
		}
	}
}

func TestBusinessDayNumbers(t *testing.T) {
	c := federal(t)
	days, err := c.Days(c.First(), c.Last())
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range days[1:] {
		rise := int32(0)
		if d.Business {
			rise = 1
		}
		if d.Day != days[i].Day+1 || d.No != days[i].No+rise {
			t.Fatalf("%v follows %v", d, days[i])
		}
		if first, err := c.ByNumber(d.No); d.Business && (err != nil || first != d.Day) {
			t.Fatalf("number %d is %s, %v; want %s", d.No, first, err, d.Day)
		}
	}
	for _, bad := range []Day{c.First() - 1, c.Last() + 1} {
		if _, err := c.Days(bad, bad); !errors.Is(err, ErrNotCovered) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := c.ByNumber(1); !errors.Is(err, ErrNotCovered) {
		t.Errorf("number 1: %v", err)
	}
	if rows, err := c.Days(c.Last(), c.First()); err != nil || len(rows) != 0 {
		t.Errorf("a span that ends before it begins has %d days, %v", len(rows), err)
	}
}

func TestExtraClosedDays(t *testing.T) {
	c := federal(t)
	d, err := ParseDay("2026-12-24")
	if err != nil {
		t.Fatal(err)
	}
	p := &Pack{ID: "shop", Calendar: "us_federal", Closed: []Closed{{Day: d, Name: "Christmas Eve"}}}
	more, err := p.CalendarFrom(c)
	if err != nil {
		t.Fatal(err)
	}
	if more.ID != "us_federal+shop" || more.ID != p.CalendarID() {
		t.Errorf("id %s", more.ID)
	}
	clock := Clock{Name: "dispatch", Start: StartCreated, Unit: UnitBusiness, N: 2, Zone: "UTC", loc: time.UTC}
	order := time.Date(2026, 12, 22, 12, 0, 0, 0, time.UTC)
	for cal, want := range map[*Calendar]string{c: "2026-12-24", more: "2026-12-28"} {
		if due, err := Deadline(clock, order, Unknown, cal); err != nil || due.Date != want {
			t.Errorf("%s: due on %s, %v, want %s", cal.ID, due.Date, err, want)
		}
	}
	p.Closed[0].Day = c.Last() + 1
	if err := p.CheckCalendar("shop.yaml", map[string]*Calendar{"us_federal": c}); !errors.Is(err, ErrNotCovered) {
		t.Errorf("a closed day outside the calendar: %v", err)
	}
}
