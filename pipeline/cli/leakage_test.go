package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// billedSpace is priced with P1 and P2 billed: P1's freight twice on one bill, once more
// than the card on another, and a parcel that nobody knows.
func billedSpace(t *testing.T) space {
	t.Helper()
	s := priced(t)
	s.write("feeds/bills.yaml", `feed: bills
source: {folder: inbox/bills, files: ["*.csv"]}
outputs:
  - table: billing_lines_in
    columns:
      provider: {value: yun}
      bill_no: {from: bill}
      bill_date: {from: date}
      tracking_number: {from: number}
      charge_raw: {from: charge}
      amount: {from: amount, as: money, unit: CNY}
      billed_weight: {from: kg}
      weight_unit: {value: kg}
`)
	s.write("inbox/bills/a.csv", `bill,date,number,charge,amount,kg
B-1,2026-03-31,P1,运费,48.44,0.42
B-1,2026-03-31,P1,运费,48.44,0.42
B-1,2026-03-31,P1,燃油费,9.99,
B-1,2026-03-31,P9,运费,20.00,0.3
B-2,2026-04-30,P1,平安费,3.00,
B-2,2026-04-30,,账户管理费,5.00,
`)
	s.do("ingest")
	return s
}

type (
	leakSums struct {
		Currency, Billed, Quoted, Expected string
		Parts                              map[string]string
		HardAmount                         string `json:"hard_amount"`
	}
	leakFinding struct{ Rule, Bill, Number, Charge, Delta string }
	leakPage    struct {
		From, To string
		Narrowed bool
		Totals   []leakSums
		Bills    []struct{ Bill string }
		Findings []leakFinding
		Gaps     []struct{ Kind, Reason, Amount string }
	}
	leakBill struct {
		Bills []struct{ Sums leakSums }
		Lines []struct{ Number, Charge, Amount, Quoted, Verdict, Reason string }
	}
)

func TestReportLeakage(t *testing.T) {
	s := billedSpace(t)
	var l leakPage
	s.decode(&l, "report", "leakage", "--json", "--as-of", "2026-05-02T00:00:00Z")
	want := leakPage{From: "2026-03-31", To: "2026-04-30",
		Totals: []leakSums{{Currency: "CNY", Billed: "134.87", Quoted: "63.69", Expected: "50.69", HardAmount: "84.18",
			Parts: map[string]string{"account": "5.00", "not_due": "48.44", "rate": "9.77", "surcharge": "-12.03", "unmatched": "20.00"}}},
		Bills: []struct{ Bill string }{{"B-2"}, {"B-1"}},
		Findings: []leakFinding{{"A01", "B-1", "P1", "freight", "48.44"}, {"A04", "B-1", "P9", "freight", "20.00"}, {"R01", "B-1", "P1", "", "9.77"},
			{"I07", "B-2", "P1", "other", "3.00"}, {"S01", "B-1", "P1", "fuel", "2.97"}},
		Gaps: []struct{ Kind, Reason, Amount string }{{"account", "no_parcel", "5.00"}}}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Error(diff)
	}
	var april leakPage
	s.decode(&april, "report", "leakage", "--period", "2026-04", "--json", "--as-of", "2026-05-02T00:00:00Z")
	if len(april.Bills) != 1 || april.Totals[0].Billed != "8.00" || april.From != "2026-04-01" || april.To != "2026-04-30" || !april.Narrowed {
		t.Errorf("%+v", april)
	}
	var b leakBill
	s.decode(&b, "report", "bill", "B-1", "--json", "--as-of", "2026-05-02T00:00:00Z")
	lines := []struct{ Number, Charge, Amount, Quoted, Verdict, Reason string }{{"P1", "freight", "48.44", "39.90", "dispute", ""}, {"P1", "freight", "48.44", "", "dispute", ""},
		{"P1", "fuel", "9.99", "5.79", "dispute", ""}, {"P9", "freight", "20.00", "", "dispute", ""}}
	if diff := cmp.Diff(lines, b.Lines); diff != "" {
		t.Error(diff)
	}
	// what may be paid and what is held back make up the bill
	if x := b.Bills[0].Sums; x.Billed != "126.87" || x.Expected != "45.69" || x.HardAmount != "81.18" {
		t.Errorf("%+v", x)
	}
}

func TestLeakageIsMadeWhereBillsAre(t *testing.T) {
	s := priced(t)
	s.fails(exitUsage, "no bill was loaded", "report", "leakage")
	if out := s.do("report", "--all"); strings.Contains(out, "leakage") {
		t.Error(out)
	}
	s = billedSpace(t)
	s.do("run", "monthly")
	page := filepath.Join(s.dir, "out", "leakage.html")
	first, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	book, err := os.ReadFile(filepath.Join(s.dir, "out", "leakage.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{page, filepath.Join(s.dir, "out", "leakage.xlsx")} {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	s.do("report", "leakage")
	again, err := os.ReadFile(page)
	if err != nil || string(again) != string(first) {
		t.Errorf("the page differs when it is made again (%v)", err)
	}
	if same, err := os.ReadFile(filepath.Join(s.dir, "out", "leakage.xlsx")); err != nil || string(same) != string(book) {
		t.Errorf("the workbook differs when it is made again (%v)", err)
	}
	index, err := os.ReadFile(filepath.Join(s.dir, "out", "index.html"))
	if err != nil || !strings.Contains(string(index), `href="leakage.html"`) {
		t.Errorf("the list of reports does not link the page (%v)", err)
	}
	s.fails(exitUsage, "leakage is of all shops", "report", "leakage", "--shop", "x")
	s.fails(exitUsage, "which bill?", "report", "bill")
	s.fails(exitUsage, "there is no such bill as B-9", "report", "bill", "B-9")
}
