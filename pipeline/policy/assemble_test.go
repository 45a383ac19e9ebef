package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestDirectMailDiffersInLateDispatchOnly(t *testing.T) {
	packs, _ := builtIn(t)
	base, direct := packs["tiktok_us"], packs["tiktok_us_direct"]
	if len(direct.Clocks) != len(base.Clocks) || len(direct.Metrics) != len(base.Metrics) {
		t.Fatalf("%d clocks, %d metrics", len(direct.Clocks), len(direct.Metrics))
	}
	for i, m := range direct.Metrics {
		b := base.Metrics[i]
		if same := fmt.Sprint(m) == fmt.Sprint(b); same == (m.ID == "ldr") || m.ID != b.ID {
			t.Errorf("%s: %+v, %+v", m.ID, m, b)
		}
	}
	ldr, _ := direct.Metric("ldr")
	ldr.Targets, ldr.Source = nil, ""
	b, _ := base.Metric("ldr")
	b.Targets, b.Source = nil, ""
	if fmt.Sprintf("%+v", ldr) != fmt.Sprintf("%+v", b) {
		t.Errorf("%+v counts otherwise than %+v", ldr, b)
	}
}

const extraDays = `id: peak
packs: [tiktok_us]
revision: 2026-12-01
source: the shop's own notice
closed:
  - {day: 2026-12-24, name: extended for Christmas Eve}
`

// A list of days closes them for the packs that it names and those that extend
// them, and for no other that counts by the same calendar.
func TestDaysThatPacksClose(t *testing.T) {
	extra, err := ParseCalendar("peak.yaml", []byte(extraDays))
	if err != nil {
		t.Fatal(err)
	}
	us, direct, amazon := pack(t, "tiktok_us.yaml"), pack(t, "tiktok_us_direct.yaml"), pack(t, "amazon_us.yaml")
	cals, err := Assemble([]*Pack{direct, amazon, us}, []*Calendar{extra, federal(t)})
	if err != nil {
		t.Fatal(err)
	}
	loc := zone(t, "America/Los_Angeles")
	at := time.Date(2026, 12, 23, 12, 0, 0, 0, loc)
	for _, k := range []struct {
		p             *Pack
		handling      int
		calendar, due string
	}{
		{us, Unknown, "us_federal+tiktok_us", "2026-12-29"}, // not on the 24th, 25th, 26th, 27th
		{direct, Unknown, "us_federal+tiktok_us_direct", "2026-12-29"},
		{amazon, 2, "us_federal", "2026-12-28"},
	} {
		if k.p.CalendarID() != k.calendar {
			t.Errorf("%s counts by %s", k.p.ID, k.p.CalendarID())
		}
		c, err := k.p.ClockFor("dispatch", "regular", Anchors{Created: at}, cals[k.calendar])
		if err != nil {
			t.Error(err)
			continue
		}
		if due, err := Deadline(c, at, k.handling, cals[k.calendar]); err != nil || due.Date != k.due {
			t.Errorf("%s: due %s, %v; want %s", k.p.ID, due.Date, err, k.due)
		}
	}
}

func TestAssembleErrors(t *testing.T) {
	minimal := func(id, more string) *Pack {
		p, err := ParsePack(id+".yaml", []byte("id: "+id+"\nrevision: 2026-01-01\ntitle: T\ntz: UTC\ncalendar: us_federal\n"+more))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	parse := func(s string) *Calendar {
		c, err := ParseCalendar("c.yaml", []byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, k := range []struct {
		packs []*Pack
		days  *Calendar
		want  string
	}{
		{[]*Pack{minimal("a", "extends: bb\n"), minimal("b", "")}, nil, `a.yaml:6:10: pack "bb" does not exist; try: b`},
		{[]*Pack{minimal("a", "extends: b\n"), minimal("b", "extends: c\n"), minimal("c", "")}, nil, "a.yaml:6:10: pack b extends another one itself; try: extends: c"},
		{[]*Pack{minimal("a", "extends: tiktok_us\n"), pack(t, "tiktok_us.yaml")}, nil, "a.yaml:6:10: pack tiktok_us counts in America/Los_Angeles by us_federal; try: the same tz and calendar"},
		{[]*Pack{minimal("tiktok_u", "")}, parse(extraDays), `calendar peak closes days of pack "tiktok_us", which does not exist; try: tiktok_u`},
		{[]*Pack{minimal("tiktok_us", "")}, parse(strings.Replace(extraDays, "2026-12-24", "2046-12-24", 1)), "tiktok_us.yaml:5:11: 2046-12-24, us_federal (2015 to 2035): not covered by the calendar"},
	} {
		cals := []*Calendar{federal(t)}
		if k.days != nil {
			cals = append(cals, k.days)
		}
		if _, err := Assemble(k.packs, cals); fmt.Sprint(err) != k.want {
			t.Errorf("says %v, want %s", err, k.want)
		}
	}
	if _, err := ParseCalendar("c.yaml", []byte(extraDays+"weekend: [sunday]\nyears: {from: 2020, to: 2021}\n")); err == nil || !strings.Contains(err.Error(), "c.yaml:7:10: days that packs close have no weekend") || !strings.Contains(err.Error(), "have no years") {
		t.Error(err)
	}
}
