package policy

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"
)

// builtIn assembles everything of data/.
func builtIn(t testing.TB) (map[string]*Pack, map[string]*Calendar) {
	t.Helper()
	var calendars []*Calendar
	var packs []*Pack
	for _, dir := range []string{"calendars", "policies"} {
		files, err := fs.Glob(os.DirFS("../../data"), dir+"/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, CasesSuffix) {
				continue
			}
			if dir == "policies" {
				packs = append(packs, pack(t, path.Base(f)))
				continue
			}
			c, err := ParseCalendar(f, dataFile(t, f))
			if err != nil {
				t.Fatal(err)
			}
			calendars = append(calendars, c)
		}
	}
	cals, err := Assemble(packs, calendars)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*Pack{}
	for _, p := range packs {
		byID[p.ID] = p
	}
	return byID, cals
}

func TestBuiltInCases(t *testing.T) {
	packs, cals := builtIn(t)
	for id, p := range packs {
		name := "policies/" + id + CasesSuffix
		c, err := ParseCases(name, dataFile(t, name))
		if err != nil {
			t.Error(err)
			continue
		}
		checks, err := c.Run(p, cals[p.CalendarID()])
		if err != nil || c.Pack != id || len(checks) < 5 {
			t.Errorf("%s: %d checks of %s, %v", name, len(checks), c.Pack, err)
		}
		for _, k := range checks {
			if !k.OK {
				t.Errorf("%s:%d: %s, %s: want %s, got %s", k.File, k.Line, k.Case, k.What, k.Want, k.Got)
			}
		}
		asked := map[string]bool{}
		for _, k := range c.List {
			if k.Count != nil {
				asked[k.Count.Metric] = true
			}
		}
		for _, m := range p.Metrics {
			if len(m.Targets) > 0 && !asked[m.ID] && m.ID != "pack_48h" && p.Extends == "" {
				t.Errorf("%s: no case asks for %s", name, m.ID)
			}
		}
	}
}

// The expected values are counted by testdata/packs.py.
func TestPackGolden(t *testing.T) {
	packs, cals := builtIn(t)
	f, err := os.Open("testdata/packs.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 60 {
		t.Fatal(len(rows), err)
	}
	for _, row := range rows {
		p := packs[row[0]]
		cal := cals[p.CalendarID()]
		at := instant(t, row[2])
		handling, err := strconv.Atoi(row[3])
		if err != nil {
			t.Fatal(err)
		}
		before, date := "none", "none"
		c, err := p.ClockFor(row[1], "regular", Anchors{Created: at}, cal)
		if err == nil {
			var due Due
			if due, err = Deadline(c, at, handling, cal); err == nil {
				before, date = due.Before.Format(time.RFC3339), due.Date
			}
		}
		if before != row[4] || date != row[5] {
			t.Errorf("%v: before %s, %s, %v", row, before, date, err)
		}
	}
}

func TestCasesSayWhatIsWrong(t *testing.T) {
	const text = `pack: acme
cases:
  - name: neither
    expect: {dispatch: none}
  - name: both
    order: {created: 2026-03-20 13:15}
    count: {metric: otdr, day: 2026-03-20, num: 1, den: 2}
    expect: {dispatch: none}
  - name: words
    order: {created: tomorrow, type: b2b, handling: -1}
    expect: {arrives: 2026-03-20}
  - name: no day
    count: {metric: otdr, num: 1, den: 2}
    expect: {met: yes}
`
	_, err := ParseCases("acme.cases.yaml", []byte(text))
	want := `acme.cases.yaml:3:5: a case has either an order or a count
acme.cases.yaml:5:5: a case has either an order or a count
acme.cases.yaml:10:22: created: "tomorrow" is not a time like 2026-03-20 13:15
acme.cases.yaml:10:38: type "b2b"; try: regular, made_to_order, pre_order, back_order, express, sample
acme.cases.yaml:10:53: handling "-1" is not a whole number from 0 to 365
acme.cases.yaml:11:14: unknown key "arrives" in expect
acme.cases.yaml:13:13: count has no day`
	if fmt.Sprint(err) != want {
		t.Errorf("says\n%v\nwant\n%s", err, want)
	}
	if _, err := ParseCases("x", []byte("pack: acme\n")); fmt.Sprint(err) != "x:1:1: file of cases has no cases" {
		t.Error(err)
	}
}

// A case that fails shows what the pack gives.
func TestCasesFail(t *testing.T) {
	packs, cals := builtIn(t)
	const text = `pack: tiktok_us
cases:
  - name: day
    order: {created: 2026-03-20 13:15}
    expect:
      dispatch: 2026-03-25
      deliver: 2026-03-31T00:00:01
      first_scan: 2026-03-21
  - name: offset
    order: {created: "2026-03-20T20:15:00Z"}
    expect: {deliver: "2026-03-31T07:00:00Z", dispatch: none}
  - name: count
    count: {metric: otdr, day: 2026-11-15, num: 0, den: 0}
    expect: {met: yes, target: 0.8}
  - name: metric
    count: {metric: otd, day: 2026-11-15, num: 1, den: 1}
    expect: {met: yes}
`
	c, err := ParseCases("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	checks, err := c.Run(packs["tiktok_us"], cals["us_federal"])
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range checks {
		got = append(got, fmt.Sprintf("%d %s %v %s", k.Line, k.What, k.OK, k.Got))
	}
	want := []string{"6 dispatch false 2026-03-24", "7 deliver false 2026-03-31 00:00:00-07:00", "8 first_scan false none (first_scan from label_created: the clock's start is not known)",
		"11 dispatch false 2026-03-24", "11 deliver true 2026-03-31 00:00:00-07:00",
		"14 met false none", "14 target false 0.80",
		"17 met false no metric otd; try: otdr, first_scan, ldr, unshipped, vtr, sfcr, trace_completeness"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
