package run

import (
	"errors"
	"testing"
)

func TestPeriodsOfReports(t *testing.T) {
	for _, c := range []struct {
		span         spanKind
		week, period string
		want         string // "!" is an error
	}{
		{ofOneWeek, "", "", ""}, {ofOneWeek, "2026-W46", "", "2026-W46"}, {ofOneWeek, "2026-11-09", "", "2026-W46"}, {ofOneWeek, "2020-W53", "", "2020-W53"},
		{ofOneWeek, "2026-11-10", "", "!"}, {ofOneWeek, "2026-W54", "", "!"}, {ofOneWeek, "2026-W00", "", "!"}, {ofOneWeek, "46", "", "!"}, {ofOneWeek, "", "2026-10", "!"},
		{ofWeeks, "", "", ""}, {ofWeeks, "", "2026-10", "2026-10"}, {ofWeeks, "", "2026-W40..2026-W46", "2026-W40..2026-W46"},
		{ofWeeks, "", "2026-W46", "2026-W46..2026-W46"}, {ofWeeks, "", "2026-13", "!"}, {ofWeeks, "", "2026-W46..2026-W40", "!"},
		{ofWeeks, "", "2026-W40..", "!"}, {ofWeeks, "", "last", "!"}, {ofWeeks, "2026-W46", "", "!"},
	} {
		q := ReportRequest{Week: c.week, Period: c.period}
		got, err := reportKind{name: "x", span: c.span}.check(&q)
		if err != nil {
			if !errors.Is(err, ErrPeriod) {
				t.Errorf("%+v: %v", c, err)
			}
			got = "!"
		}
		if got != c.want {
			t.Errorf("%+v: %q (%v)", c, got, err)
		}
	}
}

func TestShopsKeepDifferentFiles(t *testing.T) {
	seen := map[string]string{}
	for _, s := range []string{"shop-A", "shop A", "shop_A", "shop/A", "../../etc", "店铺一", ""} {
		name := fileName(s)
		if was, ok := seen[name]; ok {
			t.Errorf("%q and %q share %q", s, was, name)
		}
		seen[name] = s
	}
	if got := fileName("shop-A") + fileName("店铺一"); got != "shop-A店铺一" {
		t.Errorf("plain names become %q", got)
	}
}

func TestDaysOfPeriods(t *testing.T) {
	for period, want := range map[string]string{
		"": " ", "2026-10": "2026-10-01 2026-10-31", "2028-02": "2028-02-01 2028-02-29", "2026-10-05": "2026-10-05 2026-10-05", "2026-10-05..2026-11-02": "2026-10-05 2026-11-02",
		"2026-W46..2026-W46": "2026-11-09 2026-11-15", "2020-W53..2021-W01": "2020-12-28 2021-01-10", "2026-W01..2026-W02": "2025-12-29 2026-01-11",
	} {
		from, to, err := daysOf(period)
		if got := from + " " + to; err != nil || got != want {
			t.Errorf("%q: %q (%v), want %q", period, got, err, want)
		}
	}
}

func TestAReportOfOneBillIsNamedByIt(t *testing.T) {
	k, err := findReport("bill")
	if err != nil {
		t.Fatal(err)
	}
	q := ReportRequest{Bill: "B-1"}
	if got, err := k.check(&q); err != nil || got != "B-1" {
		t.Errorf("%q (%v)", got, err)
	}
	for _, q := range []ReportRequest{{Bill: "B-1", Period: "2026-10"}, {Bill: "B-1", Week: "2026-W46"}} {
		if _, err := k.check(&q); !errors.Is(err, ErrPeriod) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	weekly, err := findReport("weekly")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := weekly.check(&q); !errors.Is(err, ErrPeriod) {
		t.Errorf("a week's report of one bill: %v", err)
	}
}
