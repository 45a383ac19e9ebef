package reports

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"waybill/pipeline/claims"
)

// asCSV converts a workbook, every sheet of it, by LibreOffice: texts stand in
// quotes, values as they are shown, formulas as such. Without LibreOffice the test is
// skipped on a person's machine and fails where CI=true.
func asCSV(t *testing.T, book []byte) map[string][][]string {
	t.Helper()
	exe := ""
	for _, name := range []string{"soffice", "libreoffice"} {
		if found, err := exec.LookPath(name); err == nil {
			exe = found
			break
		}
	}
	if exe == "" {
		lacks := "no LibreOffice on this machine (Debian: apt-get install libreoffice-calc-nogui)"
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s, and CI=true", lacks)
		}
		t.Skipf("skipped: %s", lacks)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pack.xlsx"), book, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Minute)
	defer stop()
	// tab, quote, UTF-8, from row 1, any column, English (US), texts quoted, as shown, formulas, blanks kept, all sheets
	const filter = "csv:Text - txt - csv (StarCalc):9,34,76,1,,1033,true,false,true,true,false,-1"
	cmd := exec.CommandContext(ctx, exe, "-env:UserInstallation=file://"+filepath.ToSlash(filepath.Join(dir, "profile")), "--headless", "--norestore", "--convert-to", filter, "--outdir", dir, filepath.Join(dir, "pack.xlsx"))
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("LibreOffice: %v: %s", err, out)
	}
	names, err := filepath.Glob(filepath.Join(dir, "pack-*.csv"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	sheets := map[string][][]string{}
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		sheet := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(n), "pack-"), ".csv")
		for line := range strings.Lines(strings.TrimPrefix(string(b), "\ufeff")) {
			sheets[sheet] = append(sheets[sheet], strings.Split(strings.TrimRight(line, "\r\n"), "\t"))
		}
	}
	return sheets
}

// TestDisputeInLibreOffice: another program reads from a pack what we wrote into it:
// dates and amounts as values, numbers of parcels as texts, and no formula.
func TestDisputeInLibreOffice(t *testing.T) {
	pack := disputed(t, "en")
	out, err := Dispute(pack, disputeFacts(), testFiles())
	if err != nil {
		t.Fatal(err)
	}
	sheets := asCSV(t, out.XLSX)
	// texts in quotes, values bare
	want := [][]string{
		{`"WB-12e0"`, `"0000"`, `1`, `2026-11-02`, `"9261290100130000000012345"`, `"运费"`, `"W01"`, `"计费重高于实际"`, `10.00`, `22.3456`, `12.3456`, `"CNY"`, `2026-12-02`},
		{`"WB-12e1"`, `"0001"`, `1`, `2026-11-02`, `"0012E45"`, `"remote"`, `"W01"`, `"计费重高于实际"`, `10.00`, `10.10`, `0.10`, `"CNY"`, `2026-12-02`},
		{`"WB-12e2"`, `"0002"`, `1`, `2026-11-02`, `"'=1+1"`, `"duty"`, `"W01"`, `"计费重高于实际"`, `10.00`, `100,009.99`, `99,999.99`, `"USD"`, `2026-12-02`},
	}
	lines := sheets["Claims"]
	if len(lines) != 1+len(want) {
		t.Fatalf("%q", sheets)
	}
	sums := map[string]claims.Amount{}
	for i, r := range lines[1:] {
		if got := r[:len(want[i])]; !slices.Equal(got, want[i]) {
			t.Errorf("line %d: %q, want %q", i+1, got, want[i])
		}
		sums[r[11]] += read(t, r[10])
	}
	// the totals are those of the lines
	totals := map[string]claims.Amount{}
	for _, r := range sheets["Summary"] {
		if r[0] == `"Total"` {
			totals[r[2]] = read(t, r[4])
		}
	}
	if !maps.Equal(sums, totals) || len(sums) != 2 {
		t.Errorf("totals %v, the lines have %v", totals, sums)
	}
	var proof []string
	for _, r := range sheets["Evidence"] {
		proof = append(proof, strings.Join(r[2:], "="))
	}
	for _, w := range []string{`"Clause of the contract"="'=3.2"`, `"Zone"="008"`, `"ZIP code"="00501"`, `"Rate card"="c1, 2026-07-01"`, `"last day"=2026-11-09`, `"percentage"="12.5%"`, `"bill"="12345678901234567"`} {
		if !slices.Contains(proof, w) {
			t.Errorf("the evidence lacks %s: %q", w, proof)
		}
	}
	for sheet, rows := range sheets {
		for _, r := range rows {
			if slices.ContainsFunc(r, func(c string) bool { return strings.HasPrefix(strings.TrimPrefix(c, `"`), "=") }) {
				t.Errorf("%s holds a formula: %q", sheet, r)
			}
		}
	}
}

// TestAsCSVShowsFormulas: a formula would be seen.
func TestAsCSVShowsFormulas(t *testing.T) {
	f := excelize.NewFile()
	if err := f.SetCellFormula("Sheet1", "A1", "=1+1"); err != nil {
		t.Fatal(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	if got := asCSV(t, b.Bytes())["Sheet1"]; len(got) != 1 || !strings.Contains(got[0][0], "=1+1") {
		t.Errorf("%q", got)
	}
}

// read is an amount as LibreOffice shows it.
func read(t *testing.T, s string) claims.Amount {
	t.Helper()
	a, err := claims.ParseAmount(strings.ReplaceAll(s, ",", ""))
	if err != nil {
		t.Error(err)
	}
	return a
}
