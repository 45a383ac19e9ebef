package cli

import (
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"waybill/pipeline/rate"
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
	s.do("report", "bill", "B-1")
	bill, err := os.ReadFile(filepath.Join(s.dir, "out", "bill-B-1.html"))
	if err != nil {
		t.Fatal(err)
	}
	s.doorsOpen(map[string]string{"leakage": string(first), "bill": string(bill)})
	index, err := os.ReadFile(filepath.Join(s.dir, "out", "index.html"))
	if err != nil || !strings.Contains(string(index), `href="leakage.html"`) {
		t.Errorf("the list of reports does not link the page (%v)", err)
	}
	s.packProves()
	s.fails(exitUsage, "leakage is of all shops", "report", "leakage", "--shop", "x")
	s.fails(exitUsage, "which bill?", "report", "bill")
	s.fails(exitUsage, "there is no such bill as B-9", "report", "bill", "B-9")
}

type (
	claimsOf struct {
		Claims struct {
			Rows []struct {
				Finding, State, Amount, Paid string
				Claimable                    bool
				DaysLeft                     *int `json:"days_left"`
			}
			States []struct {
				Currency, State, Amount, Approved, Paid string
				Claims                                  int
			}
			Scores []struct {
				Provider, Claimed, Paid              string
				Submitted, Approved, Denied, Waiting int
				DaysToPay                            *float64 `json:"days_to_pay"`
			}
		}
		Findings []struct {
			Finding, Rule string
			ClaimState    string `json:"claim_state"`
		}
	}
)

// TestReportsShowClaims: what was found is on the page as a claim, and every
// decision about it makes a new page.
func TestReportsShowClaims(t *testing.T) {
	s := claimed(t)
	states := func(as ...string) string {
		t.Helper()
		var l claimsOf
		s.decode(&l, append([]string{"report", "leakage", "--json"}, as...)...)
		var out []string
		for _, x := range l.Claims.States {
			out = append(out, fmt.Sprintf("%s %d %s %s %s", x.State, x.Claims, x.Amount, x.Approved, x.Paid))
		}
		return strings.Join(out, "; ")
	}
	id := func() string {
		t.Helper()
		s.do("report", "leakage")
		out, _, _ := strings.Cut(s.read("out/leakage.html.id"), " ")
		return out
	}
	var l claimsOf
	s.decode(&l, "report", "leakage", "--json", "--as-of", "2026-02-27T00:00:00Z")
	if got := states("--as-of", "2026-02-27T00:00:00Z"); got != "detected 1 20.50 0.00 0.00; expired 1 7.25 0.00 0.00" || len(l.Claims.Scores) != 0 || len(l.Claims.Rows) != 2 {
		t.Errorf("%s; %+v", got, l.Claims)
	}
	double := l.Claims.Rows[0]
	if !double.Claimable || double.DaysLeft == nil || *double.DaysLeft != 3 || l.Claims.Rows[1].Claimable {
		t.Errorf("%+v", l.Claims.Rows)
	}
	s.do("report", "leakage", "--as-of", "2026-02-27T00:00:00Z")
	pages, err := filepath.Glob(filepath.Join(s.dir, "out", "leakage-*.html"))
	if err != nil || len(pages) != 1 {
		t.Fatal(pages, err)
	}
	html, err := os.ReadFile(pages[0])
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(html), "")
	for _, want := range []string{"CNY 20.50 can be claimed now (1 claim); 1 expires within seven days.", `id="expiring"`, "现可索赔 CNY 20.50（1 笔），其中 1 笔将在七天内到期。"} {
		if !strings.Contains(string(html), want) && !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	first := id()
	s.do("claims", "mark", double.Finding, "submitted")
	sent := id()
	if got := states(); sent == first || got != "submitted 1 20.50 0.00 0.00; expired 1 7.25 0.00 0.00" {
		t.Errorf("ids %s and %s; %s", first, sent, got)
	}
	if again := id(); again != sent {
		t.Errorf("the id was %s, it is %s", sent, again)
	}
	s.do("claims", "mark", double.Finding, "approved", "--amount", "15")
	s.do("claims", "mark", double.Finding, "credited", "--amount", "15")
	s.decode(&l, "report", "leakage", "--json")
	if got := states(); got != "credited 1 20.50 15.00 15.00; expired 1 7.25 0.00 0.00" || len(l.Claims.Scores) != 1 {
		t.Fatalf("%s; %+v", got, l.Claims.Scores)
	}
	if x := l.Claims.Scores[0]; x.Provider != "yun" || x.Submitted != 1 || x.Approved != 1 || x.Denied+x.Waiting != 0 || x.Claimed != "20.50" || x.Paid != "15.00" || x.DaysToPay == nil || *x.DaysToPay != 0 {
		t.Errorf("%+v", x)
	}
	var b claimsOf
	s.decode(&b, "report", "bill", "B1", "--json")
	for _, f := range b.Findings {
		if want := map[string]string{"A01": "credited", "A04": "expired"}[f.Rule]; f.ClaimState != want {
			t.Errorf("finding %s of the bill is %q, want %q", f.Rule, f.ClaimState, want)
		}
	}
	// a month without bills has no claims either
	if got := states("--period", "2026-02"); got != "" {
		t.Errorf("claims of February: %s", got)
	}
	// an earlier view knows none of the decisions
	if got := states("--as-of", "2026-02-05T00:00:00Z"); got != "detected 2 27.75 0.00 0.00" {
		t.Errorf("on 5 February: %s", got)
	}
	s.write("data/providers/yun.yaml", "provider: yun\nlanguage: en\nclaims: {minimum: 50}\n")
	if other := id(); other == sent {
		t.Error("other terms of the provider give the same page")
	}
}

// TestAccountsThatAreNotOurs: the profile says which are; without one the rule says
// what it needs.
func TestAccountsThatAreNotOurs(t *testing.T) {
	s := claimed(t)
	if out := s.do("audit"); !strings.Contains(out, "A05\tyun\taccounts in data/providers/yun.yaml\n") {
		t.Error(out)
	}
	s.write("data/providers/yun.yaml", "provider: yun\naccounts: [B]\n")
	var got []leakFinding
	s.decode(&got, "audit", "findings", "--json")
	sum := map[string]int{}
	for _, f := range got {
		sum[f.Rule]++
	}
	// whose account it is comes before what was charged twice, or to nobody
	if len(sum) != 1 || sum["A05"] != 4 {
		t.Errorf("%+v", got)
	}
	if out := s.do("audit"); strings.Contains(out, "A05\tyun") {
		t.Error(out)
	}
}

// packProves: a dispute pack argues each claim with what the contract asks for the
// parcel and with its scans.
func (s space) packProves() {
	s.T.Helper()
	s.write("data/providers/yun.yaml", "provider: yun\nlanguage: en\n")
	var packs []struct{ XLSX string }
	s.decode(&packs, "claims", "export", "--state", "detected", "--output", filepath.Join(s.dir, "packs"))
	book, err := excelize.OpenFile(packs[0].XLSX)
	if err != nil {
		s.T.Fatal(err)
	}
	rows, err := book.GetRows("Evidence")
	if err := errors.Join(err, book.Close()); err != nil {
		s.T.Fatal(err)
	}
	var got []string
	claim := ""
	for _, r := range rows {
		if len(r) == 4 && r[2] == "Rule" {
			claim = r[3]
		}
		if len(r) == 4 && claim == "S01 1" {
			got = append(got, r[2]+": "+r[3])
		}
	}
	want := []string{"Rule: S01 1", "percentage by contract: 14.5%", "base: CNY 48.44", "edition: 2026-1", "Rate card: eco, 2026-01-01", "Clause of the contract: annex 1", "Priced as of: 2026-03-31", "Actual weight: 0.42 kg", "Chargeable weight: 0.42 kg",
		"ZIP code: 90210", "Fuel: due by contract: 5.79 CNY, 2026-1, fuel.csv:2", "label: 2026-03-31 15:30 +00:00"}
	if diff := cmp.Diff(want, got); diff != "" {
		s.T.Error(diff)
	}
}

// doorOf is a number of a page with the command that gives its rows.
var doorOf = regexp.MustCompile(`<details><summary>(?:<span class="num">)?([^<]*)(?:</span>)?</summary><d(?:l|iv) class="door">.*?<bdi class="code clip">waybill sql (--audit )?&#34;(.*?)&#34; --as-of ([0-9TZ:-]+) --known-at ([0-9a-f]+)<`)

// what of the rows of a table makes the number.
var rowsMake = map[string]string{"audit_slices": "sum(amount_e8)", "claimed_slices": "sum(amount_e8)", "bill_development": "sum(amount_e8)", "findings": "sum(delta_e8)", "billing_lines": "cast(sum(amount) * 100000000 as bigint)",
	"line_verdicts": "count(*)", "unbilled_parcels": "count(*)", "finding_rows": "count(*)"}

// doorsOpen runs what the doors of pages about bills print, all in one audit, and
// holds the rows against the numbers.
func (s space) doorsOpen(pages map[string]string) {
	s.T.Helper()
	var ask, want []string
	seen := map[string]bool{}
	var asOf, knownAt string
	for name, text := range pages {
		found := doorOf.FindAllStringSubmatch(text, -1)
		if n := strings.Count(text, "<bdi class=\"code clip\">waybill sql"); len(found) != n || n < 12 {
			s.T.Fatalf("%s: %d doors, %d understood", name, n, len(found))
		}
		for _, d := range found {
			query := html.UnescapeString(d[3])
			table := strings.Fields(query)[3]
			makes := rowsMake[table]
			if makes == "" || (table != "billing_lines") != (d[2] != "") {
				s.T.Fatalf("%s: %s", name, d[0])
			}
			if seen[name+table] && table == "finding_rows" {
				continue
			}
			seen[name+table] = true
			if table == "audit_slices" && !strings.Contains(query, "part = ") {
				query += " and part = 'billed'"
			}
			asOf, knownAt = d[4], d[5]
			ask = append(ask, fmt.Sprintf("select %d as i, cast(coalesce(%s, 0) as varchar) as n from (%s)", len(ask), makes, query))
			number := strings.NewReplacer("CNY ", "", ",", "", "−", "-").Replace(d[1])
			if !strings.HasPrefix(makes, "count") {
				less := strings.HasPrefix(number, "-")
				m, err := rate.Scaled(strings.TrimPrefix(number, "-"), 8)
				if err != nil {
					s.T.Fatalf("%s: %s: %v", name, d[0], err)
				}
				if less {
					m = -m
				}
				number = fmt.Sprint(m)
			}
			if table == "finding_rows" {
				number = "1"
			}
			want = append(want, number+" "+query)
		}
	}
	for _, table := range []string{"audit_slices", "claimed_slices", "billing_lines", "findings", "finding_rows"} {
		if !seen["leakage"+table] {
			s.T.Errorf("no number of leakage leads to %s", table)
		}
	}
	var got []struct{ N string }
	s.decode(&got, "sql", "--audit", strings.Join(ask, "\nunion all ")+"\norder by i", "--as-of", asOf, "--known-at", knownAt, "--output", "json")
	for i, w := range want {
		if n, query, _ := strings.Cut(w, " "); i >= len(got) || got[i].N != n {
			s.T.Errorf("the page says %s; the rows make %v: %s", n, got[i], query)
		}
	}
}
