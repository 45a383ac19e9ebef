package run_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"waybill/pipeline/claims"
	"waybill/pipeline/run"
)

// asCloser makes the test binary close a period of the workspace that it names.
const asCloser = "WAYBILL_TEST_CLOSE"

// billed is what the bills of a test say: provider yun, account A.
func billed() run.ClaimSource {
	finding := func(id, bill, day, number string, delta claims.Amount) claims.Finding {
		return claims.Finding{ID: id, Rule: "W01", RuleVersion: "1", Confidence: "hard", Provider: "yun", Account: "A", BillNo: bill, Version: 1, BillDate: day, Number: number, Charge: "freight",
			Currency: "CNY", Expected: 100000, Billed: 100000 + delta, Delta: delta, Evidence: json.RawMessage(`{"clause":"3.2"}`)}
	}
	return run.ClaimSource{
		Findings: func(context.Context, run.View) ([]claims.Finding, error) {
			return []claims.Finding{finding("a1b2c3d4e5f6", "B1", "2025-12-31", "N1", 500000), finding("b1b2c3d4e5f6", "B2", "2026-01-05", "N2", 123400), finding("c1b2c3d4e5f6", "B2", "2026-01-05", "N3", 70000)}, nil
		},
		Bills: func(context.Context, run.View) ([]claims.Bill, error) {
			return []claims.Bill{{Provider: "yun", Account: "A", BillNo: "B1", Version: 1, BillDate: "2025-12-31", Currency: "CNY", Total: 9_000_000}, {Provider: "yun", Account: "A", BillNo: "B2", Version: 1, BillDate: "2026-01-05", Currency: "CNY", Total: 10_000_000}}, nil
		},
		Credits: func(context.Context, run.View) ([]claims.Credit, error) {
			return []claims.Credit{{Line: "l1", Provider: "yun", Account: "A", BillNo: "B3", BillDate: "2026-01-09", Number: "N1", Currency: "CNY", Amount: 300000}, {Line: "l2", Provider: "yun", BillNo: "B3", BillDate: "2026-01-09", Currency: "CNY", Amount: 1}}, nil
		},
	}
}

// claimant opens a workspace whose findings are those of the test.
func claimant(dir string, fail func(string)) (*run.Runner, error) {
	r, err := run.Open(dir, run.Env{Stderr: io.Discard, Getenv: func(string) string { return "" }, Now: now, Fail: fail, Log: slog.New(slog.DiscardHandler), Pid: os.Getpid(), Host: "here"})
	if err != nil {
		return nil, err
	}
	r.Claims = billed()
	return r, nil
}

// closeAndDie closes December and kills itself at a step.
func closeAndDie(dir string) int {
	r, err := claimant(dir, func(step string) {
		fmt.Fprintln(os.Stderr, "failpoint "+step)
		if step == os.Getenv("WAYBILL_FAILPOINT") {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	if err == nil {
		_, err = r.ClosePeriod(context.Background(), "yun", "2025-12", "li")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func claiming(t *testing.T) (space, *run.Runner) {
	t.Helper()
	s := small(t)
	s.write("data/providers/yun.yaml", "provider: yun\ntitle: 云途\nclaims: {window_days: 30}\n")
	r, err := claimant(s.dir, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

// standing gives each claim as state claimed approved credited.
func standing(t *testing.T, r *run.Runner) map[string]string {
	t.Helper()
	b, err := r.ClaimBook(t.Context(), run.View{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, c := range b.Claims {
		approved := "-"
		if c.Approved != nil {
			approved = c.Approved.String()
		}
		out[c.ID[:1]] = fmt.Sprintf("%s %s %s %s", c.State, c.Claimed, approved, c.Credited)
	}
	return out
}

func mustStand(t *testing.T, r *run.Runner, what string, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, standing(t, r)); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

// TestAClaimFromEndToEnd: queued, packed, sent, answered, credited, undone.
func TestAClaimFromEndToEnd(t *testing.T) {
	t.Parallel()
	s, r := claiming(t)
	mark := func(m run.ClaimMark) []claims.Claim {
		t.Helper()
		m.By = "li"
		out, err := r.MarkClaims(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := mark(run.ClaimMark{From: claims.Detected, Provider: "yun", State: claims.Queued}); len(got) != 3 {
		t.Errorf("%d were queued", len(got))
	}
	packs, err := r.ExportClaims(t.Context(), run.View{}, "", []string{claims.Queued}, "")
	if err != nil || len(packs) != 1 || packs[0].Totals[0].Claimed.String() != "69.34" || packs[0].Title != "云途" {
		t.Fatalf("%+v: %v", packs, err)
	}
	again, err := r.ExportClaims(t.Context(), run.View{}, "yun", []string{claims.Queued}, s.path("again"))
	if err != nil || again[0].Batch != packs[0].Batch {
		t.Fatalf("%+v: %v", again, err)
	}
	read := func(path string) []byte {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if !bytes.Equal(read(packs[0].XLSX), read(again[0].XLSX)) || !bytes.Equal(read(packs[0].CSV), read(again[0].CSV)) {
		t.Error("the same claims give other bytes")
	}
	for _, c := range mark(run.ClaimMark{Pack: packs[0].XLSX, State: claims.Submitted}) {
		if c.Batch != packs[0].Batch || c.State != claims.Submitted {
			t.Errorf("%s is %s in %q", c.ID, c.State, c.Batch)
		}
	}
	if _, err := r.MarkClaims(t.Context(), run.ClaimMark{Pack: packs[0].CSV, State: claims.Submitted}); err == nil || strings.Count(err.Error(), "is submitted and cannot become submitted") != 3 {
		t.Errorf("the pack a second time: %v", err)
	}

	// the provider fills the workbook in: the first line in part, the second denied
	book, err := excelize.OpenFile(packs[0].XLSX)
	if err != nil {
		t.Fatal(err)
	}
	lines := book.GetSheetName(1)
	for cell, v := range map[string]any{"O2": "部分同意", "P2": 30, "O3": "拒绝", "Q3": "实重无误"} {
		if err := book.SetCellValue(lines, cell, v); err != nil {
			t.Fatal(err)
		}
	}
	answer := s.path("answer.xlsx")
	if err := errors.Join(book.SaveAs(answer), book.Close()); err != nil {
		t.Fatal(err)
	}
	out, err := r.ImportClaims(t.Context(), answer, false, "li")
	if err != nil || len(out.Decided) != 2 || out.Silent != 1 || !out.Applied || len(out.Problems) != 0 {
		t.Fatalf("%+v: %v", out, err)
	}
	want := map[string]string{"a": "approved 50.00 30.00 0.00", "b": "denied 12.34 - 0.00", "c": "submitted 7.00 - 0.00"}
	mustStand(t, r, "answered", want)
	if out, err := r.ImportClaims(t.Context(), answer, false, "li"); err != nil || out.Known != 2 || len(out.Decided) != 0 {
		t.Errorf("once more: %+v: %v", out, err)
	}

	matches, err := r.MatchCredits(t.Context(), false, "li")
	if err != nil || len(matches.Matched) != 1 || len(matches.Loose) != 1 {
		t.Fatalf("%+v: %v", matches, err)
	}
	mustStand(t, r, "only looked at", want)
	for range 2 {
		if _, err := r.MatchCredits(t.Context(), true, "li"); err != nil {
			t.Fatal(err)
		}
	}
	want["a"] = "credited 50.00 30.00 30.00"
	mustStand(t, r, "credited", want)
	if out, err := r.ImportClaims(t.Context(), answer, false, "li"); err != nil || out.Known != 2 {
		t.Errorf("after the credit: %+v: %v", out, err)
	}
	if _, err := r.UndoClaims(t.Context(), 0, "li"); err != nil {
		t.Fatal(err)
	}
	want["a"] = "approved 50.00 30.00 0.00"
	mustStand(t, r, "the credit taken back", want)
	if _, err := r.UndoClaims(t.Context(), 1, "li"); err != nil {
		t.Error(err) // queued: what follows stands without it
	}
	if _, err := r.UndoClaims(t.Context(), 4, "li"); !errors.Is(err, claims.ErrFollowed) {
		t.Errorf("submitted was taken from under its answer: %v", err)
	}
}

// TestImportNamesTheLine: with a row that cannot be used nothing is applied,
// unless asked to; the place is that of the file.
func TestImportNamesTheLine(t *testing.T) {
	t.Parallel()
	s, r := claiming(t)
	if _, err := r.MarkClaims(t.Context(), run.ClaimMark{From: claims.Detected, State: claims.Submitted, By: "li"}); err != nil {
		t.Fatal(err)
	}
	before := standing(t, r)
	text, err := simplifiedchinese.GB18030.NewEncoder().String("云途索赔答复\n\n运单号,费用,处理结果,同意金额,原因\nN1,运费,同意,,\n\"N2\",freight,\"部分\n同意\",5,\nN9,,拒绝,,查无此单\nN3,freight,拒绝,,")
	if err != nil {
		t.Fatal(err)
	}
	s.write("answer.csv", text)
	out, err := r.ImportClaims(t.Context(), s.path("answer.csv"), false, "li")
	if err != nil || out.Applied || len(out.Decided) != 0 {
		t.Fatalf("%+v: %v", out, err)
	}
	var got []string
	for _, p := range out.Problems {
		got = append(got, fmt.Sprintf("%d %s", p.Line, p.Text))
	}
	if diff := cmp.Diff([]string{"5 decision \"部分\\n同意\"; try: approved, denied, credited, 同意, 拒绝 or 已赔付", `7 no submitted claim is of parcel "N9", charge ""`}, got); diff != "" {
		t.Error(diff)
	}
	mustStand(t, r, "nothing was applied", before)
	if out, err = r.ImportClaims(t.Context(), s.path("answer.csv"), true, "li"); err != nil || !out.Applied || len(out.Decided) != 2 {
		t.Errorf("%+v: %v", out, err)
	}
	mustStand(t, r, "in part", map[string]string{"a": "approved 50.00 50.00 0.00", "b": "submitted 12.34 - 0.00", "c": "denied 7.00 - 0.00"})
	for name, text := range map[string]string{"none.csv": "a,b\n1,2\n", "empty.csv": "", "quote.csv": "claim id,decision\n\"a,b\n"} {
		s.write(name, text)
		if _, err := r.ImportClaims(t.Context(), s.path(name), true, "li"); !errors.Is(err, claims.ErrSheet) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecidingAtTheSameTime(t *testing.T) {
	t.Parallel()
	_, r := claiming(t)
	const many = 6
	var wait sync.WaitGroup
	var mu sync.Mutex
	done, refused := 0, 0
	for i := range many {
		wait.Go(func() {
			_, err := r.MarkClaims(context.Background(), run.ClaimMark{IDs: []string{"a1b2c3d4e5f6"}, State: claims.Submitted, By: fmt.Sprint(i)})
			var state *claims.StateError
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case errors.As(err, &state):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if done != 1 || refused != many-1 {
		t.Errorf("%d submitted the same claim, %d were refused", done, refused)
	}
}

// TestCloseSurvivesAKillAtEachStep: the period is closed whole or not at all, and
// closing it once more ends in the same figures.
func TestCloseSurvivesAKillAtEachStep(t *testing.T) {
	t.Parallel()
	first, r := claiming(t)
	if _, err := r.MarkClaims(t.Context(), run.ClaimMark{IDs: []string{"a1b2c3d4e5f6"}, State: claims.Submitted, By: "li"}); err != nil {
		t.Fatal(err)
	}
	closer := func(s space, step string) (string, error) {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), asCloser+"="+s.dir, "WAYBILL_FAILPOINT="+step)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	whole := space{t, t.TempDir()}
	whole.copyTree(first.dir, nil)
	out, err := closer(whole, "none")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	periods := func(s space) []claims.Close {
		t.Helper()
		r, err := claimant(s.dir, func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		k, err := r.ClosedPeriods(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	want := periods(whole)
	if len(want) != 1 || !want[0].Intact() || want[0].Totals[0].Claimed.String() != "50.00" || want[0].Totals[0].Billed.String() != "900.00" {
		t.Fatalf("closed: %+v", want)
	}
	var steps []string
	for _, l := range strings.Split(out, "\n") {
		if step, ok := strings.CutPrefix(l, "failpoint "); ok {
			steps = append(steps, step)
		}
	}
	if len(steps) < 2 {
		t.Fatalf("steps: %q", steps)
	}
	for _, step := range steps {
		s := space{t, t.TempDir()}
		s.copyTree(first.dir, nil)
		if out, err := closer(s, step); !killed(err) {
			t.Fatalf("%s: the process was not killed: %v\n%s", step, err, out)
		}
		if got := periods(s); len(got) > 1 || len(got) == 1 && got[0].Hash != want[0].Hash {
			t.Errorf("%s: %+v", step, got)
		}
		if out, err := closer(s, "none"); err != nil && !strings.Contains(out, "is closed") {
			t.Errorf("%s, once more: %v\n%s", step, err, out)
		}
		if got := periods(s); len(got) != 1 || !got[0].Intact() || got[0].Hash != want[0].Hash {
			t.Errorf("%s: after one more %+v", step, got)
		}
	}
}

func TestApproveABill(t *testing.T) {
	t.Parallel()
	_, r := claiming(t)
	amount := claims.Amount(9_806_600)
	a, err := r.ApproveBill(t.Context(), run.BillApproval{Bill: "B2", Amount: &amount, Note: "less the claims", By: "li"})
	if err != nil || a.Approved != amount || a.Version != 1 || len(a.Found) != 2 || a.Seq != 1 {
		t.Errorf("%+v: %v", a, err)
	}
	b, err := r.ClaimBook(t.Context(), run.View{})
	if err != nil || len(b.Approvals) != 1 || b.Approvals[0].Note != "less the claims" || b.Approvals[0].By != "li" {
		t.Errorf("%+v: %v", b.Approvals, err)
	}
	if _, err := r.ApproveBill(t.Context(), run.BillApproval{Bill: "B2", Account: "X"}); !errors.Is(err, claims.ErrBill) {
		t.Error(err)
	}
}

// TestPastViewsDoNotKnowLaterDecisions: a decision counts from its as-of, and not
// in a version that was followed by another before it was made.
func TestPastViewsDoNotKnowLaterDecisions(t *testing.T) {
	t.Parallel()
	s, r := claiming(t)
	version := s.version()
	s.write("inbox/line/line_20260112T000000Z.csv", scansHead+"lin,N1,PU,,2026-01-11 20:00:00,SZX\n")
	s.do("ingest")
	if _, err := r.MarkClaims(t.Context(), run.ClaimMark{IDs: []string{"a1b2c3d4e5f6"}, State: claims.Submitted, By: "li"}); err != nil {
		t.Fatal(err)
	}
	for known, want := range map[string]string{"": claims.Submitted, version: claims.Detected} {
		b, err := r.ClaimBook(t.Context(), run.View{KnownAt: known})
		if err != nil || b.Find("a1b2c3d4e5f6").State != want {
			t.Errorf("known at %q: %+v (%v)", known, b, err)
		}
	}
}

func TestCheckReadsProfiles(t *testing.T) {
	t.Parallel()
	s, r := claiming(t)
	s.write("data/providers/fpx.yaml", "provider: fpx\nclaims: {window_day: 3}\n")
	if code, out, _ := s.try("check"); code != 4 || !strings.Contains(out, `data/providers/fpx.yaml:2:10: unknown key "window_day"; try: window_days`) {
		t.Errorf("exit %d: %s", code, out)
	}
	var profile *run.ProfileError
	if _, err := r.ClaimBook(t.Context(), run.View{}); !errors.As(err, &profile) {
		t.Errorf("%v", err)
	}
}

// TestClaimsLeaveReportsAlone: what the weekly page does not show does not change it.
func TestClaimsLeaveReportsAlone(t *testing.T) {
	t.Parallel()
	s, r := claiming(t)
	s.do("report", "weekly")
	page, err := os.ReadFile(s.path("out", "weekly.html"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.MarkClaims(t.Context(), run.ClaimMark{IDs: []string{"a1b2c3d4e5f6"}, State: claims.Queued, By: "li"}); err != nil {
		t.Fatal(err)
	}
	s.do("report", "weekly")
	again, err := os.ReadFile(s.path("out", "weekly.html"))
	if err != nil || !bytes.Equal(page, again) {
		t.Errorf("the page changed (%v)", err)
	}
}

// TestPackIsCSV holds the CSV of a pack against the ledger to the last digit.
func TestPackIsCSV(t *testing.T) {
	t.Parallel()
	_, r := claiming(t)
	packs, err := r.ExportClaims(t.Context(), run.View{}, "", []string{claims.Detected}, "")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(packs[0].CSV)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var sum claims.Amount
	for _, x := range rows[1:] {
		a, err := claims.ParseAmount(x[10])
		if err != nil {
			t.Fatal(err)
		}
		sum += a
	}
	if len(rows) != 4 || sum != packs[0].Totals[0].Claimed || rows[1][5] != "基础运费" && rows[1][5] != "运费" || !strings.HasPrefix(rows[1][0], claims.Mark) {
		t.Errorf("%q", rows)
	}
}

// TestBillsAndCreditsOfTheLake reads what approvals, closes and matches are made of.
func TestBillsAndCreditsOfTheLake(t *testing.T) {
	t.Parallel()
	s := small(t)
	s.write("inbox/shipments/shipments_20260110T000000Z.csv", "order,parcel,role,carrier,number,last_carrier,last_number,channel,label,voided,weight\no1,p1,,lin,N1,usps,L1,,2026-01-02 20:00:00,,\n")
	s.write("feeds/bills.yaml", `feed: bills
source: {folder: inbox/bills, files: ["*.csv"]}
format: csv
exported_at: {filename: '(\d{8}T\d{6}Z)', format: '%Y%m%dT%H%M%SZ'}
outputs:
  - table: billing_lines_in
    columns:
      provider: {value: yun}
      account: {from: account}
      bill_no: {from: bill}
      bill_date: {from: day}
      tracking_number: {from: number}
      charge_raw: {from: name}
      amount: {from: amount, as: money}
      currency: {from: currency}
`)
	s.write("inbox/bills/bills_20260109T000000Z.csv", `account,bill,day,number,name,amount,currency
A,B1,2026-01-05,N1,freight,20.5,CNY
A,B1,2026-01-05,N1,credit,-3.25,CNY
A,B1,2026-01-05,N1,discount,-1,CNY
A,B1,2026-01-05,L1,credit,-2,CNY
A,B1,2026-01-05,,duty,4,USD
,B2,2026-01-06,N2,claim paid,-7,CNY
,B3,2026-01-12,N2,credit,-9,CNY
`)
	s.do("ingest")
	r, err := claimant(s.dir, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	bills, err := r.BillsOf(t.Context(), run.View{})
	want := []claims.Bill{{Provider: "yun", BillNo: "B2", Version: 1, BillDate: "2026-01-06", Currency: "CNY", Total: -70000}, {Provider: "yun", Account: "A", BillNo: "B1", Version: 1, BillDate: "2026-01-05", Currency: "CNY", Total: 142500},
		{Provider: "yun", Account: "A", BillNo: "B1", Version: 1, BillDate: "2026-01-05", Currency: "USD", Total: 40000}}
	if diff := cmp.Diff(want, bills); diff != "" || err != nil { // B3 is of a day after the as-of
		t.Errorf("%v %s", err, diff)
	}
	credits, err := r.CreditsOf(t.Context(), run.View{})
	var got []string
	for _, k := range credits {
		if k.Line == "" {
			t.Error("a credit has no line")
		}
		got = append(got, fmt.Sprint(k.BillNo, k.Number, "=", k.Shipment, " ", k.Charge, " ", k.Amount, k.Currency))
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"B1L1=p1 credit 2.00CNY", "B1N1=p1 credit 3.25CNY", "B2N2= claim_paid 7.00CNY"}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	list := []claims.Finding{{Shipment: "p1"}, {Shipment: "none"}, {}}
	if err := r.DateFindings(t.Context(), run.View{}, list); err != nil || list[0].ShipDate != "2026-01-03" || list[0].Delivered != "" || list[1].ShipDate != "" {
		t.Errorf("%+v: %v", list, err)
	}
}
