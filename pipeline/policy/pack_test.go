package policy

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func pack(t testing.TB, name string) *Pack {
	t.Helper()
	p, err := ParsePack("policies/"+name, dataFile(t, "policies/"+name))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBuiltInFiles(t *testing.T) {
	files, err := fs.Glob(os.DirFS("../../data"), "policies/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	every, err := ParseCalendar("calendars/every_day.yaml", dataFile(t, "calendars/every_day.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	calendars := map[string]*Calendar{"us_federal": federal(t), "every_day": every}
	for _, f := range files {
		head, _, _ := strings.Cut(string(dataFile(t, f)), "\nid: ")
		for _, field := range []string{"# name: ", "# purpose: ", "# grain: ", "# units: "} {
			if !strings.Contains(head, field) {
				t.Errorf("%s: the header lacks %q", f, field)
			}
		}
		if strings.HasSuffix(f, CasesSuffix) {
			continue
		}
		p := pack(t, strings.TrimPrefix(f, "policies/"))
		if err := p.CheckCalendar(f, calendars); err != nil {
			t.Error(err)
		}
		used := map[string]bool{Ours: true}
		note := func(source string) {
			for tag := range strings.SplitSeq(strings.TrimSuffix(source, "(unverified)"), ",") {
				used[strings.TrimSpace(tag)] = true
			}
		}
		for _, c := range p.Clocks {
			note(c.Source)
		}
		for _, m := range p.Metrics {
			note(m.Source)
			for _, e := range m.Exclusions {
				note(e.Source)
			}
			for _, g := range m.Targets {
				note(g.Source)
			}
		}
		text := string(dataFile(t, f))
		for _, s := range p.Sources { // S37 stands in comments on min_n
			if !used[s.Tag] && strings.Count(text, s.Tag) < 2 {
				t.Errorf("%s: nothing uses source %s", f, s.Tag)
			}
		}
	}
}

func TestGenericHasNoVerdicts(t *testing.T) {
	p := pack(t, "generic.yaml")
	if rows := p.TargetRows(); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	for _, c := range p.ClockRows() {
		if c.Clock != "first_scan" || c.Source != Ours || c.OrderType != AnyOrderType {
			t.Errorf("%v", c)
		}
	}
	var ids []string
	for _, m := range p.MetricRows() {
		ids = append(ids, m.Metric)
	}
	if diff := cmp.Diff([]string{"otdr", "first_scan", "ldr", "unshipped", "vtr", "sfcr", "trace_completeness"}, ids); diff != "" {
		t.Error(diff)
	}
}

func TestVersionsOfLateDispatch(t *testing.T) {
	p, cal := pack(t, "tiktok_us.yaml"), federal(t)
	loc := zone(t, "America/Los_Angeles")
	for _, k := range []struct {
		created   time.Time
		orderType string
		stop, due string
	}{
		{time.Date(2026, 1, 11, 23, 59, 59, 999999000, loc), "regular", "tracking_uploaded", "2026-01-13"},
		{time.Date(2026, 1, 12, 0, 0, 0, 0, loc), "regular", "first_scan", "2026-01-16"},
		{time.Date(2026, 1, 16, 12, 0, 0, 0, loc), "regular", "first_scan", "2026-01-23"}, // Monday the 19th is closed
		{time.Date(2026, 1, 25, 23, 59, 59, 0, loc), "express", "first_scan", "2026-01-29"},
		{time.Date(2026, 1, 26, 0, 0, 0, 0, loc), "sample", "first_scan", "2026-01-28"},
		{time.Date(2026, 1, 9, 12, 0, 0, 0, loc), "back_order", "tracking_uploaded", "2026-01-16"},
		{time.Date(2026, 1, 12, 12, 0, 0, 0, loc), "made_to_order", "first_scan", "2026-01-20"},
	} {
		c, err := p.ClockFor("dispatch", k.orderType, Anchors{Created: k.created}, cal)
		if err != nil {
			t.Error(err)
			continue
		}
		due, err := Deadline(c, k.created, 5, cal)
		if err != nil || c.Stop != k.stop || due.Date != k.due {
			t.Errorf("%s %s: %s by %s, %v; want %s by %s", k.orderType, k.created, c.Stop, due.Date, err, k.stop, k.due)
		}
	}
	for _, orderType := range []string{"pre_order", ""} {
		if _, err := p.ClockFor("dispatch", orderType, Anchors{Created: time.Now()}, cal); !errors.Is(err, ErrNoClock) {
			t.Errorf("%q: %v, want no clock", orderType, err)
		}
	}
	if _, err := p.ClockFor("deliver", "express", Anchors{Created: time.Now()}, cal); !errors.Is(err, ErrNoClock) {
		t.Errorf("an express order has a deliver clock: %v", err)
	}
}

// The version follows the instant at which the clock starts, not the order's.
func TestClockStartDecidesTheVersion(t *testing.T) {
	p, cal := pack(t, "tiktok_us.yaml"), federal(t)
	loc := zone(t, "America/Los_Angeles")
	at := func(d, h int) time.Time { return time.Date(2026, 5, d, h, 0, 0, 0, loc) }
	for _, k := range []struct {
		name  string
		a     Anchors
		start string
		err   error
	}{
		{"ordered and approved before the change", Anchors{Created: at(15, 9), Approved: at(15, 10)}, StartNextBusiness, nil},
		{"ordered on the eve, next business day and approval after it", Anchors{Created: at(18, 9), Approved: at(19, 9)}, StartAwaiting, nil},
		{"next business day is the change, approved before it", Anchors{Created: at(18, 9), Approved: at(18, 10)}, StartNextBusiness, nil},
		{"approved long after", Anchors{Created: at(4, 9), Approved: at(29, 10)}, StartAwaiting, nil},
		{"ordered before, approval unknown", Anchors{Created: at(4, 9)}, StartNextBusiness, nil},
		{"ordered after, approval unknown", Anchors{Created: at(20, 9)}, "", ErrNoStart},
		{"nothing known", Anchors{}, "", ErrNoStart},
	} {
		c, err := p.ClockFor("deliver", "regular", k.a, cal)
		if c.Start != k.start || !errors.Is(err, k.err) {
			t.Errorf("%s: %q, %v; want %q, %v", k.name, c.Start, err, k.start, k.err)
		}
	}
}

func TestClockRows(t *testing.T) {
	p := pack(t, "tiktok_us.yaml")
	var got []ClockRow
	for _, r := range p.ClockRows() {
		if r.Clock == "dispatch" && r.OrderType == "regular" {
			got = append(got, r)
		}
	}
	day := func(s string) *Day {
		d, err := ParseDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return &d
	}
	at := func(s string) *time.Time { i := instant(t, s); return &i }
	base := ClockRow{
		Pack: "tiktok_us", Clock: "dispatch", OrderType: "regular", Start: StartCreated, Unit: UnitBusiness,
		TZ: "America/Los_Angeles", Calendar: "us_federal",
	}
	first, second, third := base, base, base
	first.EffectiveTo, first.ToAt = day("2026-01-12"), at("2026-01-12T08:00:00Z")
	first.N, first.Stop, first.Source = 2, "tracking_uploaded", "S5, S13, S130"
	second.EffectiveFrom, second.FromAt = first.EffectiveTo, first.ToAt
	second.EffectiveTo, second.ToAt = day("2026-01-26"), at("2026-01-26T08:00:00Z")
	second.N, second.Stop, second.Source = 4, "first_scan", "S5, S7"
	third.EffectiveFrom, third.FromAt = second.EffectiveTo, second.ToAt
	third.N, third.Stop, third.Source = 2, "first_scan", "S5, S7, S130"
	if diff := cmp.Diff([]ClockRow{first, second, third}, got); diff != "" {
		t.Error(diff)
	}
}

func TestMetricRows(t *testing.T) {
	for _, r := range pack(t, "tiktok_us.yaml").MetricRows() {
		switch r.Metric {
		case "otdr":
			if r.ExcludesPlatform != "both" || r.ExcludesExpress != "both" || r.Clock != "deliver" || r.Cohort != "deliver_by" || r.LagDays != 14 {
				t.Errorf("%+v", r)
			}
		case "ldr":
			if r.ExcludesPlatform != "numerator" || r.ExcludesExpress != "" || r.Better != "lower" {
				t.Errorf("%+v", r)
			}
		case "sfcr":
			if r.ExcludesSample != "both" || r.ExcludesPlatform != "" {
				t.Errorf("%+v", r)
			}
		}
	}
}

func TestTargetsByWeek(t *testing.T) {
	p := pack(t, "tiktok_us.yaml")
	for _, k := range []struct{ metric, monday, force, want string }{
		{"otdr", "2025-04-28", Enforced, ""},
		{"otdr", "2025-05-05", Enforced, ">= 0.80"},
		{"otdr", "2026-11-09", Enforced, ">= 0.80"},
		{"otdr", "2026-11-09", Recommended, ""},
		{"ldr", "2026-02-23", Enforced, "<= 0.04"},
		{"ldr", "2026-03-02", Enforced, "<= 0.10"},
		{"ldr", "2026-03-02", Recommended, "<= 0.04"},
		{"vtr", "2020-01-06", Enforced, ">= 0.95"},
		{"sfcr", "2026-03-02", Enforced, "<= 0.025"},
		{"first_scan", "2026-03-02", Enforced, ""},
	} {
		m, ok := p.Metric(k.metric)
		d, err := ParseDay(k.monday)
		if !ok || err != nil {
			t.Fatal(k, err)
		}
		got := ""
		if target, ok := m.Target(d, k.force); ok {
			got = target.Op + " " + target.Value
		}
		if got != k.want {
			t.Errorf("%v: %q", k, got)
		}
	}
	if _, ok := p.Metric("dwell"); ok {
		t.Error("there is a metric dwell")
	}
}

// 88 of 100 and 25 of 200 are the examples of the platform's own pages.
func TestCompare(t *testing.T) {
	otdr, ldr := Target{Op: ">=", Value: "0.80"}, Target{Op: "<=", Value: "0.04"}
	for _, k := range []struct {
		num, den int64
		target   Target
		want     bool
	}{
		{88, 100, otdr, true},
		{80, 100, otdr, true},
		{79, 100, otdr, false},
		{799999999999999999, 1000000000000000000, otdr, false},
		{25, 200, ldr, false},
		{4, 100, ldr, true},
		{400000000000000001, 10000000000000000, ldr, false},
		{1, 25, ldr, true},
		{3, 10, Target{Op: ">=", Value: "0.3"}, true}, // in floats 0.1 + 0.2 > 0.3
		{0, 0, ldr, false},
		{0, 0, otdr, false},
		{1, 2, Target{Op: "==", Value: "0.5"}, false},
		{1, 2, Target{Op: ">=", Value: "half"}, false},
	} {
		if got := Compare(k.num, k.den, k.target); got != k.want {
			t.Errorf("%d of %d %s %s: %v", k.num, k.den, k.target.Op, k.target.Value, got)
		}
	}
}
