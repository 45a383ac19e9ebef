package cli

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waybill/pipeline/claims"
	"waybill/pipeline/run"
)

// claimed is a workspace whose bill charges a parcel twice, and parcels of nobody.
func claimed(t *testing.T) space {
	t.Helper()
	s := space{T: t, dir: t.TempDir(), env: map[string]string{"USER": "li"}}
	s.write("waybill.yaml", "workspace: shop\nlake_format: 1\nzone: Asia/Shanghai\n")
	s.write("feeds/parcels.yaml", `feed: parcels
source: {folder: inbox/parcels, files: ["*.csv"]}
format: csv
zone: Asia/Shanghai
exported_at: {filename: '(\d{8}T\d{6}Z)', format: '%Y%m%dT%H%M%SZ'}
outputs:
  - table: shipments_in
    columns:
      platform: {value: own}
      shop_id: {value: A}
      order_id: {from: order}
      shipment_id: {from: parcel}
      provider: {value: yun}
      tracking_number: {from: number}
      label_at: {from: handed}
`)
	s.write("feeds/bills.yaml", `feed: bills
source: {folder: inbox/bills, files: ["*.csv"]}
format: csv
exported_at: {filename: '(\d{8}T\d{6}Z)', format: '%Y%m%dT%H%M%SZ'}
outputs:
  - table: billing_lines_in
    columns:
      provider: {value: yun}
      account: {value: A}
      bill_no: {from: bill}
      bill_date: {from: day}
      tracking_number: {from: number}
      charge_raw: {from: name}
      amount: {from: amount, as: money}
      currency: {value: CNY}
`)
	s.write("inbox/parcels/parcels_20260220T000000Z.csv", "order,parcel,number,handed\no1,p1,LP100000000000001,2026-01-05 10:00:00\no2,p2,LP100000000000002,2026-01-05 10:00:00\n")
	s.write("inbox/bills/bills_20260201T000000Z.csv", `bill,day,number,name,amount
B1,2026-01-31,LP100000000000001,运费,20.50
B1,2026-01-31,LP100000000000001,运费,20.50
B1,2026-01-31,LP100000000000002,运费,18.00
B1,2026-01-31,LP999999999999999,挂号费,7.25
`)
	s.write("data/providers/yun.yaml", "provider: yun\ntitle: 云途\nlanguage: en\nclaims: {window_days: 30, rules: {A04: {window_days: 10}}}\n")
	s.do("ingest")
	return s
}

func TestClaims(t *testing.T) {
	s := claimed(t)
	var list struct{ Claims []claims.Claim }
	s.decode(&list, "claims", "list", "--all")
	byRule := map[string]claims.Claim{}
	for _, c := range list.Claims {
		byRule[c.Rule] = c
	}
	double, nobody := byRule["A01"], byRule["A04"]
	if len(list.Claims) != 2 || double.Claimed.String() != "20.50" || double.Deadline != "2026-03-02" || *double.DaysLeft != 10 || double.Number != "LP100000000000001" || double.State != claims.Detected {
		t.Fatalf("%+v", list.Claims)
	}
	if nobody.State != claims.Expired || nobody.Claimed.String() != "7.25" || nobody.Deadline != "2026-02-10" {
		t.Fatalf("%+v", nobody)
	}
	if out := s.do("claims", "list"); !strings.Contains(out, double.ID+"\tdetected\tyun\tA01\tB1\tLP100000000000001\tfreight\t20.50\t\t\t0.00\tCNY\t2026-03-02\t10 d\t\n") || !strings.HasSuffix(out, "1 claims as of 2026-02-20T00:00:00Z, 1 over\n") {
		t.Errorf("list:\n%s", out)
	}
	s.fails(exitUsage, "no claim is queued", "claims", "export")
	s.do("claims", "mark", "queued", "--from", "detected", "--rule", "A01")
	var packs []run.PackFiles
	s.decode(&packs, "claims", "export")
	if len(packs) != 1 || packs[0].Totals[0].Claimed.String() != "20.50" {
		t.Fatalf("%+v", packs)
	}
	pack := s.read(strings.TrimPrefix(packs[0].CSV, real(t, s.dir)+"/"))
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(pack, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "WB-"+double.ID || rows[1][7] == "A01" || rows[1][10] != "20.50" {
		t.Fatalf("%q (%v)", rows, err)
	}
	if out := s.do("claims", "mark", "submitted", "--pack", packs[0].XLSX); !strings.Contains(out, double.ID+" submitted, 20.50 CNY claimed\n1 claims\n") {
		t.Error(out)
	}
	rows[1][slices.Index(rows[0], "Decision")], rows[1][slices.Index(rows[0], "Approved amount")] = "approved", "15"
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(append(rows, []string{"WB-0000"}, append([]string{"WB-nope"}, make([]string, 13)...))); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(b.String(), "WB-nope,,,,,,,,,,,,,", "WB-nope,,,,,,,,,,,,,,denied", 1)
	s.write("answer.csv", text)
	s.fails(exitUsage, "nothing of it was applied", "claims", "import", s.path("answer.csv"))
	if out := s.try("claims", "import", s.path("answer.csv"), "--partial"); out.code != exitPartly || !strings.Contains(out.out, `answer.csv:4: no claim "nope"`) || !strings.Contains(out.out, "15.00 approved") {
		t.Errorf("exit %d: %s%s", out.code, out.out, out.err)
	}
	// a later bill brings the money back
	s.write("inbox/bills/bills_20260219T000000Z.csv", "bill,day,number,name,amount\nB2,2026-02-18,LP100000000000001,返款,-15\nB2,2026-02-18,LP100000000000002,运费,1\n")
	s.do("ingest")
	if out := s.do("claims", "credits"); !strings.Contains(out, "B2\tLP100000000000001\t15.00\tCNY\t"+double.ID+"\tnumber and amount\n1 credits match; try: --apply, 0 are loose\n") {
		t.Errorf("credits:\n%s", out)
	}
	s.do("claims", "credits", "--apply")
	s.decode(&list, "claims", "list", "--state", "credited")
	if len(list.Claims) != 1 || list.Claims[0].Credited.String() != "15.00" || len(list.Claims[0].History) != 4 {
		t.Errorf("%+v", list.Claims)
	}
	if out := s.do("claims", "list", "--rates"); !strings.Contains(out, "yun\tA01\t1\t20.50\t15.00\tCNY\t") {
		t.Error(out)
	}
	if out := s.do("claims", "approve-bill", "B1", "--amount", "45.75", "--note", "less the claims"); !strings.Contains(out, "B1 version 1 of yun: 45.75 of 66.25 CNY approved, 2 findings stood") {
		t.Error(out)
	}
	if out := s.do("claims", "close-period", "yun", "2026-01"); !strings.Contains(out, "CNY\t1\t66.25\t2\t27.75\t20.50\t15.00\t15.00\n") {
		t.Error(out)
	}
}

// real is a folder without symbolic links.
func real(t *testing.T, dir string) string {
	t.Helper()
	out, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAClosedMonthStays: a bill that is made anew after the close, and the finding
// that comes with it, go into the next month; the closed one prints as before.
func TestAClosedMonthStays(t *testing.T) {
	s := claimed(t)
	s.do("claims", "close-period", "yun", "2026-01")
	s.fails(exitUsage, "2026-01 of yun is closed", "claims", "close-period", "yun", "2026-01")
	s.fails(exitUsage, "is not over", "claims", "close-period", "yun", "2026-02")
	before := s.do("claims", "periods")
	s.write("inbox/bills/bills_20260215T000000Z.csv", `bill,day,number,name,amount
B1,2026-01-31,LP100000000000001,运费,20.50
B1,2026-01-31,LP100000000000001,运费,20.50
B1,2026-01-31,LP100000000000002,运费,18.00
B1,2026-01-31,LP999999999999999,挂号费,7.25
B1,2026-01-31,LP888888888888888,挂号费,3
`)
	s.do("ingest")
	if after := s.do("claims", "periods"); after != before {
		t.Errorf("the closed month reads\n%s\nit was\n%s", after, before)
	}
	var list struct{ Claims []claims.Claim }
	s.decode(&list, "claims", "list", "--all")
	got := map[string]string{}
	for _, c := range list.Claims {
		got[c.Claimed.String()] = strings.TrimSpace(c.Period + " " + c.From)
	}
	if len(got) != 3 || got["20.50"] != "2026-01" || got["7.25"] != "2026-01" || got["3.00"] != "2026-02 2026-01" {
		t.Errorf("%v", got)
	}
	// the audit points at the lines of the version that the month did not hold
	var found struct {
		Findings []struct{ Rule, Bill, Number string }
	}
	s.decode(&found, "audit")
	late := 0
	for _, f := range found.Findings {
		if f.Rule == "I03" && f.Bill == "B1" {
			late++
		}
	}
	if late == 0 {
		t.Errorf("no line of the later version is among %+v", found.Findings)
	}
	var periods []claims.Close
	s.decode(&periods, "claims", "periods", "2026-01")
	if len(periods) != 1 || !periods[0].Intact() || periods[0].By != "li" || len(periods[0].Claims) != 2 {
		t.Errorf("%+v", periods)
	}
	// a figure that somebody changes in a backup does not pass
	file := s.path("copy.db")
	s.do("backup", file)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(b), `"total":"66.25"`, `"total":"66.35"`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(s.path("state/ledger.db")); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.RemoveAll(s.path("state/ledger.db" + end)); err != nil {
			t.Fatal(err)
		}
	}
	s.do("restore", file)
	s.fails(exitCheck, "does not read as it was written", "claims", "periods")
}

func TestClaimsRefuse(t *testing.T) {
	s := claimed(t)
	var list struct{ Claims []claims.Claim }
	s.decode(&list, "claims", "list")
	id := list.Claims[0].ID
	for _, c := range []struct {
		says string
		args []string
	}{
		{"which claims?", []string{"mark", "queued"}},
		{"which claims?", []string{"mark", id, "queued", "--from", "detected"}},
		{`state "paid"`, []string{"mark", id, "paid"}},
		{"a note needs its words", []string{"mark", id, "note"}},
		{"there is none; try: " + id, []string{"mark", id[:len(id)-1], "queued"}},
		{"it is detected and cannot become approved", []string{"mark", id, "approved"}},
		{"narrow --from", []string{"mark", id, "queued", "--rule", "A01"}},
		{`--amount "0"`, []string{"mark", id, "submitted", "--amount", "0"}},
		{`--amount "1"`, []string{"mark", id, "queued", "--amount", "1"}},
		{"is more than was billed too much", []string{"mark", id, "submitted", "--amount", "20.51"}},
		{"no such claim is credited", []string{"mark", "withdrawn", "--from", "credited"}},
		{"no decision about claims to take back", []string{"undo"}},
		{`decision "x"`, []string{"undo", "x"}},
		{"no bill has the number B9", []string{"approve-bill", "B9"}},
		{"not within its total", []string{"approve-bill", "B1", "--amount", "66.26"}},
		{`"x" is no month`, []string{"close-period", "yun", "x"}},
		{`state "x"`, []string{"list", "--state", "x"}},
		{`state "x"`, []string{"export", "--state", "x"}},
		{"its header is", []string{"import", s.path("waybill.yaml")}},
		{"no such file", []string{"import", s.path("none.csv")}},
	} {
		s.fails(exitUsage, c.says, append([]string{"claims"}, c.args...)...)
	}
	s.write("data/providers/yun.yaml", "provider: yun\nlanguage: de\n")
	s.fails(exitUsage, "data/providers/yun.yaml:2:11", "claims", "list")
	var out json.RawMessage
	s.write("data/providers/yun.yaml", "provider: yun\n")
	s.decode(&out, "claims", "mark", id, "note", "--note", "ticket 4711")
	s.decode(&out, "claims", "undo")
	if !strings.Contains(string(out), `"seq": 1`) {
		t.Errorf("%s", out)
	}
	empty := space{T: t, dir: t.TempDir(), env: map[string]string{}}
	empty.write("waybill.yaml", "workspace: shop\nlake_format: 1\n")
	empty.fails(exitFailed, "nothing is loaded yet", "claims", "list")
}
