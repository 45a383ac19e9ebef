package reports

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"waybill/pipeline/carrier"
	"waybill/pipeline/metric"
)

// fixtureCase holds every word that a case can say, and texts that would do
// harm if they were markup.
func fixtureCase() metric.Case {
	at := time.Date(2026, 11, 10, 6, 7, 8, 0, time.UTC)
	hours, handling := 30.25, 2
	c := metric.Case{Workspace: `<b>"shop"</b>`, Called: "<img src=x onerror=alert(1)>", AsOf: at, Zone: "America/Los_Angeles", LakeVersion: "v", Waybill: "dev",
		Parcel:    &metric.CaseParcel{Shipment: "P1", Outcome: "delivered", OnTime: "yes", DueAt: &at, Number: "N1", State: "CA", Weight: "1.2000 kg", Provider: "p", LastEventAt: &at},
		Numbers:   []metric.CaseNumber{{Number: "N1", Role: "line", To: &at}},
		Scans:     []metric.CaseScan{{At: at, Text: "</script><script>alert(2)</script>", Code: "OK", DecidedBy: "code OK of x.yaml"}, {At: at, Text: "包裹已妥投"}},
		Costs:     []metric.CaseCost{{What: "cost_amount", Amount: "1234.5000", Currency: "USD"}},
		Decisions: []metric.CaseDecision{{Seq: 1, At: at, Kind: "done", UndoneBy: 2}, {Seq: 3, At: at, Kind: "snooze", Until: &at, Reason: "silent"}, {Seq: 4, At: at, Kind: "note", Text: "{n} & <i>"}},
		Sources:   []metric.CaseSource{{Table: "orders_in", File: "a.csv", Records: 2}}}
	for _, s := range []string{"yes", "no", "open", ""} {
		c.Orders = append(c.Orders, metric.CaseOrder{Order: "O", OnTime: s, Excluded: s == "open"})
	}
	for _, id := range []string{"label", "handed_over", "first_scan", "picked_up", "export_customs", "departed", "arrived", "import_customs", "last_mile", "out_for_delivery", "attempt_failed",
		"customs_held", "returning", "delivered", "returned", "lost", "destroyed", "cancelled"} {
		c.Milestones = append(c.Milestones, metric.CaseMilestone{ID: id, At: at, AfterHours: &hours})
	}
	for _, m := range carrier.Milestones {
		c.Scans = append(c.Scans, metric.CaseScan{At: at, Milestone: m.Name, DecidedBy: "text rule 1 of text.yaml"})
	}
	for _, id := range []string{"negative_leg", "scan_after_delivered", "scan_before_order", "clock_flag", "unmapped_scan", "deadline_differs"} {
		c.Anomalies = append(c.Anomalies, metric.CaseAnomaly{Kind: id, At: &at})
	}
	for _, id := range []string{"no_sla", "no_clock", "no_start", "no_handling_days", "calendar_ends"} {
		c.Deadlines = append(c.Deadlines, metric.CaseDeadline{Clock: "dispatch", Source: "none", Missing: id})
	}
	for _, start := range []string{"order_created", "next_business_day", "awaiting_shipment"} {
		for _, unit := range []string{"business_day", "calendar_day", "rolling_hours"} {
			c.Deadlines = append(c.Deadlines, metric.CaseDeadline{Clock: "deliver", Source: "sla", Before: &at, State: "open", Rule: &metric.CaseRule{Pack: "p@1", Start: start, Unit: unit, StartAt: at, N: 3, HandlingDays: &handling, Days: []string{"2026-11-09"}, Calendar: "c"}})
		}
	}
	c.Deadlines = append(c.Deadlines, metric.CaseDeadline{Clock: "deliver", Source: "export", Before: &at, State: "no"})
	return c
}

func TestCasePage(t *testing.T) {
	for name, c := range map[string]metric.Case{"full": fixtureCase(), "bare": {Zone: "UTC"}} {
		r, err := Case(c, testFiles())
		if err != nil {
			t.Fatal(err)
		}
		page := r.HTML
		if again, err := Case(c, testFiles()); err != nil || string(again.HTML) != string(page) {
			t.Errorf("%s: two renderings differ (%v)", name, err)
		}
		d := xml.NewDecoder(strings.NewReader(markup(string(page))))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: the page is not well formed: %v", name, err)
				break
			}
		}
		for _, bad := range []string{"<img", "<script>alert", "<b>", "http://", "https://"} {
			if strings.Contains(string(page), bad) {
				t.Errorf("%s: the page holds %q", name, bad)
			}
		}
	}
	// each outcome and each milestone of a scan has its word
	for _, outcome := range []string{"delivered", "in_transit", "no_scan", "returned", "lost", "destroyed", "cancelled"} {
		c := fixtureCase()
		c.Parcel.Outcome = outcome
		if page, err := Case(c, testFiles()); err != nil || strings.Contains(string(page.HTML), "<bdi>"+outcome+"</bdi>") {
			t.Errorf("%s has no word (%v)", outcome, err)
		}
	}
	page, err := Case(fixtureCase(), testFiles())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range carrier.Milestones {
		if strings.Contains(string(page.HTML), "<bdi>"+m.Name+"</bdi>") {
			t.Errorf("%s has no word", m.Name)
		}
	}
	text := strings.NewReplacer(`<span class="k">`, "", "</span>", "").Replace(string(page.HTML))
	for _, want := range []string{"2026-11-09 22:07", "= 2026-11-10 06:07:08 UTC", `lang="zh" dir="auto">`, "包裹已妥投", "USD 1,234.50", "妥投", "3 + 2", "handed to the airline", "交航", "尾程运输中"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// caseFixtures are cases that say every word between them.
var caseFixtures = map[string]func() metric.Case{
	"empty":      func() metric.Case { return metric.Case{Zone: "UTC"} },
	"full":       fixtureCase,
	"in transit": caseThat("in_transit"), "no scan": caseThat("no_scan"), "returned": caseThat("returned"),
	"lost": caseThat("lost"), "destroyed": caseThat("destroyed"), "cancelled": caseThat("cancelled"),
}

func caseThat(outcome string) func() metric.Case {
	return func() metric.Case {
		c := fixtureCase()
		c.Parcel.Outcome = outcome
		return c
	}
}
