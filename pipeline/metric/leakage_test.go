package metric

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"waybill/pipeline/audit"
)

// leaked is two bills of one provider in two currencies and months.
func leaked() MoneyInput {
	part := func(bill, month, currency, channel, charge, part string, amount Money) audit.Part {
		return audit.Part{Provider: "yun", Bill: bill, Version: 1, Month: audit.Day(month), Currency: currency, Channel: channel, SKUClass: map[string]string{"ECO": "mugs"}[channel], Charge: charge, Part: part, Amount: amount}
	}
	finding := func(id, bill, takes, confidence string, delta Money) audit.Finding {
		return audit.Finding{ID: id, Rule: "W01", Confidence: confidence, Takes: takes, Provider: "yun", Bill: bill, BillVer: 1, Billed: "2026-10-31", Charge: "freight", Currency: "CNY", Delta: delta}
	}
	return MoneyInput{
		Rules: []audit.Rule{{ID: "W01", Title: "Billed weight above ours", TitleZH: "计费重高于实际"}},
		Audit: audit.Result{
			Bills: []audit.Bill{{Provider: "yun", Bill: "B", Version: 1, Date: "2026-11-30", Currency: "USD"}, {Provider: "yun", Bill: "A", Version: 1, Date: "2026-10-31", Currency: "CNY"}},
			Parts: []audit.Part{
				part("A", "2026-10-01", "CNY", "", "freight", "billed", 50), part("A", "2026-10-01", "CNY", "ECO", "freight", "quoted", 700),
				part("A", "2026-10-01", "CNY", "ECO", "freight", "weight", 250), part("A", "2026-10-01", "CNY", "", "freight", "account", 50),
				part("B", "2026-11-01", "USD", "ECO", "freight", "billed", 9), part("B", "2026-11-01", "USD", "ECO", "freight", "quoted", 9), part("A", "2026-10-01", "CNY", "ECO", "freight", "billed", 950)},
			Claimed: []audit.Part{part("A", "2026-10-01", "CNY", "ECO", "freight", "W01", 200)},
			Findings: []audit.Finding{finding("f1", "A", audit.TakesEffects, audit.Hard, 200), finding("f2", "A", audit.TakesEffects, audit.Soft, 50),
				finding("f3", "A", audit.TakesBill, audit.Hard, 30), finding("f4", "A", audit.TakesNothing, audit.Hard, 999), finding("f5", "A", audit.TakesCompensation, audit.Hard, 77)},
			Skipped:  []audit.Skipped{{Rule: "W01", Provider: "yun", Needs: "zone"}, {Rule: "W01", Provider: "other", Needs: "zone"}},
			Unbilled: []audit.Unbilled{{Provider: "yun", Month: "2026-09-01"}, {Provider: "yun", Month: "2026-10-01"}}, Late: []audit.Late{{Provider: "yun", Month: "2026-11-01"}},
		},
		Detail: audit.Detail{Channels: map[string]string{"f1": "ECO"}, Gaps: []audit.BillGap{
			{Provider: "yun", Bill: "A", Version: 1, Currency: "CNY", Kind: "account", Reason: "no_parcel", Lines: 1, Amount: 50}, {Provider: "yun", Bill: "B", Version: 1, Currency: "USD", Kind: "unquoted", Reason: "no_card", Lines: 2, Amount: 1}}},
	}
}

func buildLeaked(t *testing.T, money MoneyInput) Leakage {
	t.Helper()
	w := newWorld(t, monday16)
	out, err := BuildLeakage(context.Background(), w.e, w.in, money)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLeakageAddsUp(t *testing.T) {
	out := buildLeaked(t, leaked())
	if len(out.Totals) != 2 || out.From != "2026-10-31" || out.To != "2026-11-30" || out.Narrowed {
		t.Fatalf("%+v", out)
	}
	// what a bill's total asks for beyond its lines is disputed, and in no line
	cny := out.Totals[0]
	if cny.Billed != 1000 || cny.Quoted != 700 || cny.Hard != 2 || cny.HardOf != 230 || cny.Soft != 1 || cny.SoftOf != 50 || cny.Expected != 800 {
		t.Errorf("%+v", cny)
	}
	// what lateness pays is owed beside the bill, which is right
	if cny.Owed != 1 || cny.OwedOf != 77 || out.Bills[1].MoneySum.OwedOf != 77 {
		t.Errorf("%+v", cny)
	}
	if a := out.Bills[1]; a.Approve()+a.Dispute() != a.MoneySum.Billed+a.Excess || a.Excess != 30 {
		t.Errorf("%+v", a)
	}
	for what, list := range map[string][]MoneySlice{"channels": out.Channels, "classes": out.SKUClasses, "charges": out.ByCharge} {
		sums := map[string]MoneySum{}
		for _, c := range list {
			if s := sums[c.Currency]; true {
				s.Billed, s.HardOf, s.Expected = s.Billed+c.Billed, s.HardOf+c.HardOf, s.Expected+c.Expected
				sums[c.Currency] = s
			}
			if (c.Channel == "ECO" || c.SKUClass == "mugs") && c.Currency == "CNY" && (c.Billed != 950 || c.HardOf != 200 || c.Expected != 750) {
				t.Errorf("%s: %+v", what, c)
			}
		}
		if s := sums["CNY"]; s.Billed != 1000 || s.HardOf != 200 || s.Expected != 800 || sums["USD"].Expected != 9 {
			t.Errorf("%s: %+v", what, sums)
		}
	}
	if got := out.Findings[0].ID + out.Findings[1].ID + out.Findings[2].ID + out.Findings[3].ID + out.Findings[4].ID; got != "f1f3f5f2f4" {
		t.Errorf("findings in the order %s", got)
	}
	if len(out.CannotSee) != 1 || out.CannotSee[0].TitleZH != "计费重高于实际" || len(out.Gaps) != 2 || len(out.Unbilled) != 2 {
		t.Errorf("%+v %+v", out.CannotSee, out.Gaps)
	}
}

func TestLeakageOfDays(t *testing.T) {
	money := leaked()
	money.From, money.To = "2026-10-01", "2026-10-31"
	out := buildLeaked(t, money)
	if len(out.Totals) != 1 || len(out.Bills) != 1 || len(out.Gaps) != 1 || len(out.Unbilled) != 1 || len(out.Late) != 0 || !out.Narrowed {
		t.Errorf("%+v", out)
	}
}

func TestLeakageNamesTheSliceThatDoesNotClose(t *testing.T) {
	for want, spoil := range map[string]func(parts, claimed []audit.Part){
		"CNY||||| is off by -0.00000001;":                  func(p, _ []audit.Part) { p[2].Amount++ },
		"CNY|yun||||2026-09 is off by -0.000007;":          func(p, _ []audit.Part) { p[1].Month = "2026-09-01" },
		"CNY||||freight| is off by 0.0000025;":             func(p, _ []audit.Part) { p[2].Charge = "fuel" },
		"CNY|yun|ECO||| is off by 0.0000025;":              func(p, _ []audit.Part) { p[2].Channel = "" },
		"CNY|||mats|| is off by -0.0000025;":               func(p, _ []audit.Part) { p[2].SKUClass = "mats" },
		"off the lines: CNY||||| is off by 0.00000001;":    func(_, c []audit.Part) { c[0].Amount++ },
		"off the lines: CNY|yun||||2026-09 is off by 0.00": func(_, c []audit.Part) { c[0].Month = "2026-09-01" },
	} {
		money := leaked()
		spoil(money.Audit.Parts, money.Audit.Claimed)
		w := newWorld(t, monday16)
		if _, err := BuildLeakage(context.Background(), w.e, w.in, money); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

func TestBillReport(t *testing.T) {
	money := leaked()
	w := newWorld(t, monday16)
	if _, err := BuildBill(context.Background(), w.e, w.in, money); err == nil {
		t.Error("a report of one bill is of two")
	}
	money.Audit.Bills = money.Audit.Bills[1:]
	money.Detail.Lines = []audit.Line{{ID: "a", Provider: "yun", Bill: "A", Version: 1}, {ID: "b", Provider: "yun", Bill: "B", Version: 1}}
	out, err := BuildBill(context.Background(), w.e, w.in, money)
	if err != nil || len(out.Bills) != 1 || len(out.Lines) != 1 || len(out.Gaps) != 1 || len(out.Findings) != 5 || len(out.ByCharge) != 1 {
		t.Errorf("%+v (%v)", out, err)
	}
}

func TestClaimsOfAPeriod(t *testing.T) {
	at := func(day int) *time.Time {
		d := time.Date(2026, 11, day, 6, 0, 0, 0, time.UTC)
		return &d
	}
	paid := func(bill, state string, amount, back Money, sent, came *time.Time) ClaimRow {
		return ClaimRow{Provider: "yun", BillDate: bill, Currency: "CNY", State: state, Amount: amount, Approved: &back, Paid: back, SentAt: sent, PaidAt: came}
	}
	v := &ClaimsView{Rows: []ClaimRow{
		paid("2026-10-31", "credited", 100, 80, at(1), at(11)), paid("2026-10-31", "approved", 50, 20, at(1), at(4)), paid("2026-10-31", "credited", 10, 10, at(2), at(22)), paid("2026-10-01", "credited", 1, 1, at(2), at(14)),
		{Provider: "yun", BillDate: "2026-10-31", Currency: "CNY", State: "denied", Amount: 7, SentAt: at(1)}, {Provider: "yun", BillDate: "2026-10-31", Currency: "CNY", State: "submitted", Amount: 5, SentAt: at(1)},
		{Provider: "yun", BillDate: "2026-10-31", Currency: "CNY", State: "withdrawn", Amount: 3, SentAt: at(1)}, {Provider: "yun", BillDate: "2026-10-31", Currency: "CNY", State: "detected", Amount: 2},
		{Provider: "yun", BillDate: "2026-09-30", Currency: "CNY", State: "detected", Amount: 4000}, {Provider: "yun", BillDate: "", Currency: "USD", State: "queued", Amount: 9}}}
	got := v.within("2026-10-01", "2026-10-31")
	days := 11.0 // of 3, 10, 12 and 20
	if want := []ProviderScore{{Provider: "yun", Currency: "CNY", Submitted: 7, Approved: 4, Denied: 1, Waiting: 1, Claimed: 176, Paid: 111, DaysToPay: &days}}; !reflect.DeepEqual(got.Scores, want) {
		t.Errorf("%+v", got.Scores)
	}
	if want := []ClaimState{{"CNY", "detected", 1, 2, 0, 0}, {"CNY", "submitted", 1, 5, 0, 0}, {"CNY", "approved", 1, 50, 20, 20}, {"CNY", "denied", 1, 7, 0, 0}, {"CNY", "credited", 3, 111, 91, 91}, {"CNY", "withdrawn", 1, 3, 0, 0}}; !reflect.DeepEqual(got.States, want) {
		t.Errorf("%+v", got.States)
	}
	if all := v.within("", ""); len(all.Rows) != len(v.Rows) || all.States[0].Amount != 4002 || all.States[len(all.States)-1].Currency != "USD" {
		t.Errorf("%+v", all.States)
	}
	if none := (*ClaimsView)(nil).within("", ""); none != nil {
		t.Errorf("%+v", none)
	}
}
