package sheet

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// written is a workbook as a library writes it: shared strings, styles, streams.
func written(t testing.TB, password string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	check := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	check(f.SetSheetName("Sheet1", "Orders"))
	code := "yyyy-mm-dd hh:mm"
	when, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
	check(err)
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	check(err)
	check(f.SetSheetRow("Orders", "A1", &[]any{"Order ID", "Created Time", "Day", "Amount", "Paid", "Buyer Message"}))
	check(f.SetSheetRow("Orders", "A2", &[]any{"576461234567890123", time.Date(2026, 5, 4, 13, 5, 9, 0, time.UTC), 46146, 0.1 + 0.2, true, "two\nlines, \"quoted\""}))
	check(f.SetSheetRow("Orders", "A4", &[]any{"576461234567890124\t", 46146.75, time.Date(2026, 5, 5, 0, 0, 0, 0, time.UTC), 1022.25, false, "尺寸"}))
	check(f.SetCellStyle("Orders", "B2", "B4", when))
	check(f.SetCellStyle("Orders", "C2", "C4", day))
	var b bytes.Buffer
	check(f.Write(&b, excelize.Options{Password: password}))
	return b.Bytes()
}

const writtenCSV = "Order ID,Created Time,Day,Amount,Paid,Buyer Message\n" +
	"576461234567890123,2026-05-04 13:05:09,2026-05-04,0.3,TRUE,\"two\nlines, \"\"quoted\"\"\"\n" +
	"576461234567890124\t,2026-05-04 18:00:00,2026-05-05,1022.25,FALSE,尺寸\n"

func TestWorkbookOfALibrary(t *testing.T) {
	r, got := converted(t, file(t, "orders.xlsx", written(t, "")), Options{Expect: []string{"order id", "amount"}})
	if got != writtenCSV || r.Row(2) != 4 {
		t.Errorf("got %q, want %q", got, writtenCSV)
	}
}

func TestPassword(t *testing.T) {
	data := written(t, "test password")
	path := file(t, "orders.xlsx", data)
	if kind := Magic(data); kind != "xlsx-encrypted" && kind != "xls" {
		t.Errorf("is %q", kind)
	}
	if _, got := converted(t, path, Options{Password: "test password"}); got != writtenCSV {
		t.Errorf("got %q", got)
	}
	for password, says := range map[string]string{"": "has a password", "wrong": "does not open"} {
		if r := refused(t, path, Options{Password: password}); !strings.Contains(r.Reason, says) || !strings.Contains(r.Try, "password: env:NAME") {
			t.Errorf("%q: %v", password, r)
		}
	}
	if r := refused(t, file(t, "cut.xlsx", data[:len(data)/2]), Options{Password: "test password"}); !strings.Contains(r.Reason, "damaged") && !strings.Contains(r.Reason, "open") {
		t.Error(r)
	}
}
