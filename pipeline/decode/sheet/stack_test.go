package sheet

import (
	"os"
	"strings"
	"testing"
)

func sheetOf(rows ...string) string {
	var b strings.Builder
	b.WriteString("<sheetData>")
	for _, r := range rows {
		b.WriteString("<row>")
		for _, c := range strings.Split(r, "|") {
			if c == "" {
				b.WriteString("<c/>")
				continue
			}
			b.WriteString(`<c t="inlineStr"><is><t>` + c + `</t></is></c>`)
		}
		b.WriteString("</row>")
	}
	b.WriteString("</sheetData>")
	return b.String()
}

// Sheets of one bill make one table: columns by name, or by a name that means the
// same, records in the order of the workbook, sheets of remarks left out.
func TestSeveralSheets(t *testing.T) {
	m := made{names: []string{"Notes", "Order Fee(s)", "Return Fees", "-Old Fees", "Storage Fees", "Summary"}, sheets: []string{
		sheetOf("dear customer"),
		sheetOf("title", "Order|Fee|Total|Fee", "o1|a|1|x", "o2|b|2", "Total||3"),
		sheetOf("Total Charges|Fee|Order", "4|c|o3"),
		sheetOf("Order|Fee|Total", "o9|z|9"),
		sheetOf("words", "no table"),
		sheetOf("Order|Fee|Total", "o8|y|8"),
	}}
	path := file(t, "bill.xlsx", m.bytes(t))
	o := Options{Sheets: []string{"~Fee~"}, Expect: []string{"Order", "Fee", "Total", "Total Charges"}, Alike: [][]string{{"Fee"}, {"Total", "Total Charges"}}, End: "totals", TempDir: t.TempDir()}
	r, err := Convert(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	want := "sheet:name,Order,Fee,Total,Fee\nOrder Fee(s),o1,a,1,x\nOrder Fee(s),o2,b,2,\nReturn Fees,o3,c,4,\n"
	if string(b) != want || r.Records != 3 || r.Row(1) != 3 || r.Row(2) != 4 || r.Row(3) != 2 {
		t.Errorf("%d records at %d %d %d:\n%swant\n%s", r.Records, r.Row(1), r.Row(2), r.Row(3), b, want)
	}
	if left, _ := os.ReadDir(o.TempDir); len(left) != 1 {
		t.Errorf("%d files are left, want the table alone", len(left))
	}
	o.Sheets = []string{"fees"}
	if r := refused(t, path, o); !strings.Contains(r.Reason, "no sheet's name is one of fees") {
		t.Error(r)
	}
	o.Sheets = []string{"notes"}
	if r := refused(t, path, o); !strings.Contains(r.Reason, "holds one of the columns") {
		t.Error(r)
	}
}
