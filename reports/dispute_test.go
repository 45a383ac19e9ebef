package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"waybill/pipeline/claims"
	"waybill/pipeline/rate"
)

// disputed is a pack in a language, of numbers and texts that files damage.
func disputed(t *testing.T, language string) claims.Pack {
	t.Helper()
	in := claims.Input{AsOf: at("2026-11-16T08:00:00Z"), Profiles: claims.Profiles{"云途": {Provider: "云途", Title: "=云途物流", Language: language, Contact: "+86 000"}}}
	for i, c := range []struct{ number, charge, currency, delta, evidence string }{
		{"9261290100130000000012345", "freight", "CNY", "12.3456", `{"card":"=c1","billed_weight":"2.5 kg","day_of_the_card":"2026-11-01","zip":"00501","quoted":"3.50000000","percent_e4":"125000","reason":"@签收","bill":"12345678901234567","last_scan":"","days_of":"America/Los_Angeles","promised_day":"2026-11-09","delivered_at":"2026-11-11 02:30:00+00","of_my_own":"x"}`},
		{"0012E45", "remote", "CNY", "0.1", ""},
		{"=1+1", "duty", "USD", "99999.99", `{}`},
	} {
		delta, err := claims.ParseAmount(c.delta)
		if err != nil {
			t.Fatal(err)
		}
		in.Findings = append(in.Findings, claims.Finding{ID: fmt.Sprintf("12e%d", i), Rule: "W01", RuleVersion: "1", Provider: "云途", BillNo: fmt.Sprintf("000%d", i), Version: 1, BillDate: "2026-11-02", Number: c.number, Shipment: fmt.Sprintf("S%d", i),
			Charge: c.charge, Currency: c.currency, Billed: delta + 100000, Expected: 100000, Delta: delta, Evidence: json.RawMessage(c.evidence), ClaimBy: "2026-12-02"})
	}
	b, err := claims.Stand(in)
	if err != nil {
		t.Fatal(err)
	}
	packs := b.Packs("", []string{claims.Detected})
	if len(packs) != 1 || len(packs[0].Lines) != 3 {
		t.Fatalf("%d packs", len(packs))
	}
	return packs[0]
}

// disputeWords are the keys that packs in both languages use.
func disputeWords(t *testing.T) []string {
	t.Helper()
	used := map[string]bool{}
	for _, lang := range claims.Languages {
		w, err := newWriter(testFiles(), []string{lang}, "")
		if err != nil {
			t.Fatal(err)
		}
		d := &dispute{workbook: &workbook{writer: w, file: excelize.NewFile(), styles: map[string]int{}, names: map[string]bool{}}, pack: disputed(t, lang), facts: disputeFacts()}
		if _, err := d.book(); err != nil {
			t.Fatal(err)
		}
		if err := w.words.err(); err != nil {
			t.Fatal(err)
		}
		maps.Copy(used, w.words.used)
	}
	return slices.Sorted(maps.Keys(used))
}

// disputeFacts are names and proofs: the first parcel has a price with what it
// asks for, of the second nothing is due, of the third there is none.
func disputeFacts() DisputeFacts {
	return DisputeFacts{Charges: map[string]string{"freight": "运费"}, Rules: map[string]string{"W01": "计费重高于实际"}, Zone: time.FixedZone("", 8*3600), Proofs: map[string]DisputeProof{
		"S0": {Price: rate.Price{Card: "c1", From: "2026-07-01", Clause: "=3.2", Day: "2026-10-30", Currency: "CNY", Actual: "1.25", Sides: "20 x 10 x 5 cm", Volumetric: "0.2", Chargeable: "1.3", Unit: "kg", Zone: "008", ZIP: "00501",
			Charges: []rate.Charge{{Charge: "freight", Amount: "8.65", Charged: true, Source: "prices.csv:4"}, {Charge: "remote", Amount: "2.00", Charged: true}}}, Scans: []DisputeScan{{"first_scan", at("2026-10-30T20:00:00Z")}}},
		"S1": {Price: rate.Price{Card: "c1", Charges: []rate.Charge{{Charge: "remote", Amount: "2.00"}}}},
		"S2": {Price: rate.Price{Problem: "no_card"}}}}
}

func TestDispute(t *testing.T) {
	for _, lang := range claims.Languages {
		pack := disputed(t, lang)
		charges := disputeFacts()
		out, err := Dispute(pack, charges, testFiles())
		if err != nil {
			t.Fatal(err)
		}
		again, err := Dispute(disputed(t, lang), charges, testFiles())
		if err != nil || !bytes.Equal(out.XLSX, again.XLSX) || !bytes.Equal(out.CSV, again.CSV) {
			t.Errorf("%s: the same pack gives other bytes (%v)", lang, err)
		}
		f, err := excelize.OpenReader(bytes.NewReader(out.XLSX))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][]string{"zh": {"汇总", "索赔明细", "证据"}, "en": {"Summary", "Claims", "Evidence"}}[lang]
		if got := f.GetSheetList(); !slices.Equal(got, want) {
			t.Errorf("sheets %q, want %q", got, want)
		}
		for _, sheet := range f.GetSheetList() {
			for i, r := range rowsOfSheet(t, f, sheet) {
				for j := range r {
					name, err := excelize.CoordinatesToCellName(j+1, i+1)
					if err != nil {
						t.Fatal(err)
					}
					if formula, err := f.GetCellFormula(sheet, name); err != nil || formula != "" {
						t.Errorf("%s!%s is the formula %q (%v)", sheet, name, formula, err)
					}
				}
			}
		}
		types := func(sheet, cell string) (excelize.CellType, string, string) {
			t.Helper()
			k, err := f.GetCellType(sheet, cell)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := f.GetCellValue(sheet, cell, excelize.Options{RawCellValue: true})
			if err != nil {
				t.Fatal(err)
			}
			shown, err := f.GetCellValue(sheet, cell)
			if err != nil {
				t.Fatal(err)
			}
			return k, raw, shown
		}
		for cell, want := range map[string][2]string{"A2": {"WB-12e0", ""}, "B2": {"0000", ""}, "E2": {"9261290100130000000012345", ""}, "E3": {"0012E45", ""}, "E4": {"'=1+1", ""}, "F2": {"运费", ""}, "F3": {"remote", ""}, "H2": {"计费重高于实际", ""}} {
			if k, raw, _ := types(f.GetSheetName(1), cell); k != excelize.CellTypeInlineString || raw != want[0] {
				t.Errorf("%s %s: %q of type %v, want the text %q", lang, cell, raw, k, want[0])
			}
		}
		for cell, want := range map[string][2]string{"D2": {"46328", "2026-11-02"}, "M2": {"46358", "2026-12-02"}, "K2": {"12.3456", "12.3456"}, "K4": {"99999.99", "99,999.99"}} {
			if k, raw, shown := types(f.GetSheetName(1), cell); k == excelize.CellTypeInlineString || raw != want[0] || shown != want[1] {
				t.Errorf("%s %s: %q shown as %q of type %v, want the number %q as %q", lang, cell, raw, shown, k, want[0], want[1])
			}
		}
		// the totals of the summary are those of the lines and of the claims
		sums := map[string]claims.Amount{}
		for _, r := range rowsOfSheet(t, f, f.GetSheetName(1))[1:] {
			a, err := claims.ParseAmount(r[10])
			if err != nil {
				t.Fatal(err)
			}
			sums[r[11]] += a
		}
		found := 0
		for _, r := range rowsOfSheet(t, f, f.GetSheetName(0)) {
			if len(r) == 5 && (r[0] == "合计" || r[0] == "Total") {
				found++
				if a, err := claims.ParseAmount(r[4]); err != nil || a != sums[r[2]] || a != map[string]claims.Amount{"CNY": 124456, "USD": 999999900}[r[2]] {
					t.Errorf("%s: total %s %s, the lines have %s (%v)", lang, r[2], r[4], sums[r[2]], err)
				}
			}
		}
		if found != 2 {
			t.Errorf("%d totals", found)
		}
		var proof []string
		for _, r := range rowsOfSheet(t, f, f.GetSheetName(2)) {
			proof = append(proof, strings.Join(r[2:], "="))
		}
		for _, want := range map[string][]string{"zh": {"价卡=c1, 2026-07-01", "合同条款='=3.2", "实重=1.25 kg", "三边=20 x 10 x 5 cm", "体积重=0.2 kg", "应计费重=1.3 kg", "分区=008", "邮编=00501", "运费：合同应收=8.65 CNY, prices.csv:4", "remote：合同应收=不应收", "of_my_own=x"},
			"en": {"Clause of the contract='=3.2", "运费: due by contract=8.65 CNY, prices.csv:4", "remote: due by contract=nothing", "first scan=2026-10-31 04:00 +08:00", "weight billed=2.5 kg", "days of=America/Los_Angeles", "delivered=2026-11-10 18:30 -08:00"}}[lang] {
			if !slices.Contains(proof, want) {
				t.Errorf("%s: the evidence lacks %q: %q", lang, want, proof)
			}
		}
		text, marked := bytes.CutPrefix(out.CSV, []byte("\ufeff"))
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil || !marked || len(rows) != 4 || rows[1][4] != "9261290100130000000012345" || rows[3][4] != "'=1+1" || rows[1][3] != "2026-11-02" || rows[1][10] != "12.3456" {
			t.Errorf("CSV: %q (%v)", rows, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestDisputeIsReadBack: what a provider fills into a pack is understood, in
// both languages.
func TestDisputeIsReadBack(t *testing.T) {
	for _, lang := range claims.Languages {
		out, err := Dispute(disputed(t, lang), DisputeFacts{}, testFiles())
		if err != nil {
			t.Fatal(err)
		}
		text, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(out.CSV, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		text[1][14], text[2][14], text[2][15], text[3][14], text[3][16] = "同意", "partially approved", "0.05", "拒绝", "no proof"
		rows := make([]claims.Row, len(text))
		for i, r := range text {
			rows[i] = claims.Row{Line: int64(i + 1), Cells: r}
		}
		answers, silent, bad, err := claims.ReadAnswers(rows)
		if err != nil || silent != 0 || len(bad) != 0 || len(answers) != 3 {
			t.Fatalf("%s: %+v %+v %v", lang, answers, bad, err)
		}
		if a := answers; a[0].ID != "12e0" || a[0].State != claims.Approved || *a[1].Amount != 500 || a[2].State != claims.Denied || a[2].Reason != "no proof" || a[2].Number != "=1+1" {
			t.Errorf("%s: %+v", lang, a)
		}
		sent, err := claims.ReadPack(rows)
		if err != nil || len(sent) != 3 || sent[0].Amount != 123456 || sent[2].ID != "12e2" || sent[0].Batch != disputed(t, lang).Batch {
			t.Errorf("%s: %+v %v", lang, sent, err)
		}
	}
}
