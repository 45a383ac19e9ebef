package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// FuzzConvert: bytes are refused, or become a CSV file with the columns and
// records that the result names, each with a row of its own.
func FuzzConvert(f *testing.F) {
	rich := one(`<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="3"><c r="A3" s="1"><v>45000.5</v></c><c r="D3" t="b"><v>1</v></c></row>` +
		`<row><c t="inlineStr"><is><t>Total_x000D_</t></is></c></row></sheetData><mergeCells><mergeCell ref="A1:A2"/></mergeCells>`)
	rich.shared = `<si><t>a&amp;</t></si><si><r><t>b</t></r><rPh><t>c</t></rPh></si>`
	rich.styles = `<numFmts><numFmt numFmtId="164" formatCode="yyyy h:mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>`
	f.Add(rich.bytes(f), uint8(0))
	f.Add(one(lines("a,b\n1,2\n合计,2")).bytes(f), uint8(1))
	f.Add(one(lines("a,,b\nx,y\n1,2,3,4")).bytes(f), uint8(2))
	f.Add([]byte("%PDF-1.7"), uint8(3))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte, how uint8) {
		convertAnything(t, dir, data, how)
	})
}

// FuzzSheet: the same for the parts of a workbook, which a changed zip seldom
// reaches.
func FuzzSheet(f *testing.F) {
	f.Add(lines("a,b\n1,2\n合计,2"), "<si><t>x</t></si>", `<cellXfs><xf numFmtId="14"/></cellXfs>`, uint8(1))
	f.Add(`<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c t="str"><v>a_x000A_</v></c></row><row r="1"><c r="C1" t="d"><v>2023-03-15T00:00</v></c></row><row r="4"><c s="0"><f>A</f><v>4.5E4</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells>`,
		"<si><r><t>&#65;</t></r><rPh><t>c</t></rPh></si>", `<numFmts><numFmt numFmtId="9" formatCode="[h]:mm"/></numFmts><cellXfs><xf numFmtId="9"/></cellXfs>`, uint8(2))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, sheet, shared, styles string, how uint8) {
		m := one(sheet)
		m.shared, m.styles = shared, styles
		convertAnything(t, dir, m.bytes(t), how)
	})
}

func convertAnything(t *testing.T, dir string, data []byte, how uint8) {
	path := filepath.Join(dir, "f.xlsx")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	o := Options{TempDir: dir, MaxUnzipped: 1 << 20, MaxCell: 1000, HeaderRows: 1 + int(how)%2, End: []string{"", "blank", "totals"}[how%3], SkipAfter: int(how) / 64}
	if _, err := List(t.Context(), path, ""); err != nil && !errors.As(err, new(*Refusal)) {
		t.Fatal(err)
	}
	r, err := Convert(t.Context(), path, o)
	if err != nil {
		if !errors.As(err, new(*Refusal)) {
			t.Fatal(err)
		}
		return
	}
	defer os.Remove(r.Path)
	b, err := os.ReadFile(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	in := csv.NewReader(bytes.NewReader(b))
	all, err := in.ReadAll()
	if err != nil || int64(len(all)) != r.Records+1 || len(all[0]) != len(r.Columns) {
		t.Fatalf("%q: %d records, %d columns, %v", b, r.Records, len(r.Columns), err)
	}
	for i := range r.Records {
		if row := r.Row(i + 1); row <= int64(r.HeaderRow) || (i > 0 && row <= r.Row(i)) {
			t.Fatalf("record %d lies in row %d", i+1, row)
		}
	}
}
