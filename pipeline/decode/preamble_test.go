package decode

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var (
	bill = []string{"运单号", "计费重", "总运费"}
	none = ""
)

func TestHeaderBehindPreamble(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		opt  Options
		skip int
		del  string
		cols string
	}{
		"first record":       {"运单号,计费重,总运费\n1,2,3\n", Options{Expect: bill}, 0, ",", "运单号|计费重|总运费"},
		"title":              {"7月账单\n运单号,计费重,总运费\n1,2,3\n", Options{Expect: bill}, 1, ",", "运单号|计费重|总运费"},
		"folded":             {"Bill\n\ufeff 运单号 ,\"计费重（ＫＧ）\",Total  Cost\n1,2,3\n", Options{Expect: []string{"运单号", "计费重(kg)", "total cost"}}, 1, ",", "运单号|计费重（ＫＧ）|Total  Cost"},
		"titles and blanks":  {"Bill; July, 2026\n\n\nCustomer:,Test Buyer 1,\n \n运单号;计费重;总运费\n1;2,5;3\n", Options{Expect: bill}, 5, ";", "运单号|计费重|总运费"},
		"tab":                {"Bill\t\t\n运单号\t计费重\t总运费\n", Options{Expect: bill}, 1, "\t", "运单号|计费重|总运费"},
		"CRLF, BOM":          {"\xef\xbb\xbfBill\r\n\r\n运单号,计费重,总运费\r\n1,2,3\r\n", Options{Expect: bill}, 2, ",", "运单号|计费重|总运费"},
		"sep, then title":    {"sep=|\nBill, July\n运单号|计费重|总运费\n", Options{Expect: bill}, 2, "|", "运单号|计费重|总运费"},
		"quoted line end":    {"Note,\"two\n\nlines\"\n运单号,计费重,总运费\n1,2,3\n", Options{Expect: bill}, 1, ",", "运单号|计费重|总运费"},
		"order of columns":   {"总运费,x,运单号,计费重\n", Options{Expect: bill}, 0, ",", "总运费|x|运单号|计费重"},
		"any":                {"Bill\nwaybill no,重量\n1,2\n", Options{ExpectAny: [][]string{{"运单号", "Waybill No"}, {"计费重", "重量"}}}, 1, ",", "waybill no|重量"},
		"last of 50":         {strings.Repeat("title\n", 49) + "运单号,计费重,总运费\n", Options{Expect: bill}, 49, ",", "运单号|计费重|总运费"},
		"declared lines":     {"a,\"b\nc\"\nid,x\n1,2\n", Options{Skip: 2}, 1, ",", "id|x"},
		"declared, no quote": {"a,\"b\nid,x\n1,2\n", Options{Skip: 1, Quote: &none}, 1, ",", "id|x"},
		"cr":                 {"Bill\r\r运单号,计费重,总运费\r1,2,3\r", Options{Expect: bill}, 2, ",", "运单号|计费重|总运费"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := inspect(t, "f.csv", c.text, c.opt)
			if err != nil {
				t.Fatal(err)
			}
			if cols := strings.Join(got.Columns, "|"); got.Dialect.Skip != c.skip || got.Dialect.Delimiter != c.del || cols != c.cols {
				t.Errorf("skip %d, delimiter %q, columns %q; want %d, %q, %q", got.Dialect.Skip, got.Dialect.Delimiter, cols, c.skip, c.del, c.cols)
			}
		})
	}
}

func TestHeaderBehindPreambleRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		opt  Options
		want string
	}{
		"renamed":             {"Bill\n\n运单号,计费重量,总运费\n1,2,3\n", Options{Expect: bill}, `f.csv:3: the header has no column "计费重" (is it "计费重量"?); it has: 运单号, 计费重量, 总运费; try: correct the names in the feed, or export all columns`},
		"all renamed":         {"Monthly bill, July\nOrder Nr,Weigth\n1,2\n", Options{Expect: []string{"Order No", "Weight"}}, `f.csv:2: the header has no column "Order No" (is it "Order Nr"?), "Weight" (is it "Weigth"?); it has: Order Nr, Weigth; try: correct the names in the feed, or export all columns`},
		"any":                 {"Bill\n运单号,x\n", Options{Expect: []string{"运单号"}, ExpectAny: [][]string{{"重量", "计费重"}}}, `f.csv:2: the header has no column of one of the names "重量", "计费重"; it has: 运单号, x; try: correct the names in the feed, or export all columns`},
		"doubled when folded": {"Bill\n运单号,计费重, 运单号\u200b\n", Options{Expect: bill[:2]}, `f.csv:2: the header names "运单号" more than once, so that it is not clear which column is meant; try: rename or remove one of them in the export`},
		"51st":                {strings.Repeat("title\n", 50) + "运单号,计费重,总运费\n", Options{Expect: bill}, `f.csv:1: the header has no column "运单号", "计费重", "总运费"; it has: title; try: correct the names in the feed, or export all columns`},
		"open quote":          {"Bill\n\"July\n运单号,计费重,总运费\n1,2,3\n", Options{Expect: bill}, `f.csv:2:1: a line before the header has a quote that is not closed as it should be, so that the lines to skip cannot be counted; try: remove the lines before the header, or the quote`},
		"text after quote":    {"\"Bill\" July\n运单号,计费重,总运费\n1,2,3\n", Options{Expect: bill}, `f.csv:1:8: a line before the header has a quote that is not closed as it should be, so that the lines to skip cannot be counted; try: remove the lines before the header, or the quote`},
		"declared in quotes":  {"a,\"b\nc\"\nid,x\n", Options{Skip: 1}, `f.csv:1:1: a line before the header has a quote that is not closed as it should be, so that the lines to skip cannot be counted; try: remove the lines before the header, or the quote`},
		"mixed with cr":       {"Bill\r运单号,计费重,总运费\n1,2,3\n", Options{Expect: bill}, `f.csv:2: the lines up to the header end in more than one way, some of them in a carriage return alone; try: save it again as CSV UTF-8`},
		"skip given":          {"Bill\nx\n运单号,计费重,总运费\n", Options{Skip: 1, Expect: bill[:1]}, `f.csv:2: the header has no column "运单号"; it has: x; try: correct the names in the feed, or export all columns`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := inspect(t, "f.csv", c.text, c.opt)
			var r *Refusal
			if !errors.As(err, &r) || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// TestPreambleInEngine: what Inspect says of a preamble makes the engine and
// Locate start at the same record, whatever quotes and blank lines stand in it.
func TestPreambleInEngine(t *testing.T) {
	c := engine(t)
	dir := t.TempDir()
	lines := []string{"", " ", "Bill", "a,b,c,d,e", "\"quoted, title\"", "x,\"two\nlines\"", "\"\n\n\",y", "5\" disk", " \"sp\" ,x", ";;", "\"a \"\"b\"\"\""}
	for i := range lines {
		for j := range lines {
			text := lines[i] + "\n" + lines[j] + "\nid,运单号\n1,a\n\n2,\"b\nc\"\n3,x,y\n4,d\n"
			if (i+j)%2 == 0 {
				text = strings.ReplaceAll(text, "\n", "\r\n")
			}
			path := filepath.Join(dir, "f.csv")
			write(t, path, text)
			opt := Options{Expect: []string{"运单号"}}
			agree(t, c, path, opt)
			tab, err := Inspect(t.Context(), path, opt)
			if err != nil {
				t.Fatal(err)
			}
			got, err := readWithEngine(t, c, tab)
			if err != nil || len(got.first) != 3 || len(got.rejected) != 1 {
				t.Fatalf("%q: %+v %v", text, got, err)
			}
		}
	}
}

func TestStraightenBehindPreamble(t *testing.T) {
	c := engine(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "f.csv")
	write(t, path, "Bill\n\"a\r\nb\"\n\r\nid,x\r\n1,a\r\n2,b\n3,c\r\n")
	opt := Options{Expect: []string{"id", "x"}}
	tab, err := Inspect(t.Context(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	straight, changed, err := Straighten(t.Context(), path, dir, tab.Dialect)
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	tab.EnginePath = straight
	got, err := readWithEngine(t, c, tab)
	if err != nil || len(got.first) != 3 {
		text, _ := os.ReadFile(straight)
		t.Errorf("%+v %v %q", got, err, text)
	}
	at, err := Locate(t.Context(), straight, tab.Dialect, []int64{1, 3})
	if err != nil || at[0].Line != 6 || at[1].Line != 8 {
		t.Errorf("%+v %v", at, err)
	}
}

func TestNoHeader(t *testing.T) {
	three := []string{"id", "name", "x"}
	row := func(n int, last string) string { return strings.Repeat("1,a,b\n", n) + last }
	for name, c := range map[string]struct {
		text string
		opt  Options
		want string // "" where it is read
	}{
		"same width":        {"1,a,b\n\n2,\"c\nd\",e\n", Options{}, ""},
		"delimiter":         {"1,5;a;b\n2,5;c;d,e,f,g\n", Options{}, ""},
		"skip":              {"HDR\n1,a,b\n", Options{Skip: 1}, ""},
		"wide in row 20":    {row(19, "2,a,b,c\n"), Options{}, "f.csv:20: the record has 4 cells, the feed names 3 columns; try: correct the columns or the delimiter of the feed"},
		"narrow, by line":   {"1,\"a\nb\",c\n\n2\n", Options{}, "f.csv:4: the record has 1 cells, the feed names 3 columns; try: correct the columns or the delimiter of the feed"},
		"wide in row 21":    {row(20, "2,a,b,c\n"), Options{}, ""},
		"lines are skipped": {"HDR\nx\n1,a\n", Options{Skip: 2}, "f.csv:3: the record has 2 cells, the feed names 3 columns; try: correct the columns or the delimiter of the feed"},
	} {
		t.Run(name, func(t *testing.T) {
			c.opt.NoHeader, c.opt.Columns = true, three
			got, err := inspect(t, "f.csv", c.text, c.opt)
			if fmt.Sprint(err) != c.want && (err != nil || c.want != "") {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if err == nil && (got.Dialect.Header || strings.Join(got.Columns, " ") != "id name x") {
				t.Errorf("%+v", got)
			}
		})
	}
	if _, err := inspect(t, "f.csv", "1,2\n", Options{NoHeader: true}); err == nil {
		t.Error("a file without header is read without names")
	}
}

func TestNoHeaderInEngine(t *testing.T) {
	c := engine(t)
	path := filepath.Join(t.TempDir(), "f.csv")
	write(t, path, strings.Repeat("7,a\n", 20)+"8,b,c\n9,d\n")
	agree(t, c, path, Options{NoHeader: true, Columns: []string{"id", "x"}})
}

// TestNoQuotingInEngine: in a file without quoting a quote is a letter, for the
// engine and for Locate.
func TestNoQuotingInEngine(t *testing.T) {
	c := engine(t)
	path := filepath.Join(t.TempDir(), "f.txt")
	write(t, path, "order-id\tproduct-name\tsku\r\n1\t\"Open\ta\r\n2\t5\" disk\tb\r\n3\t\"q\"x\tc\r\n4\tx\r\n5\t\"\td\"\r\n")
	opt := Options{Quote: &none, Expect: []string{"order-id", "sku"}}
	agree(t, c, path, opt)
	tab, err := Inspect(t.Context(), path, opt)
	if err != nil || tab.Dialect.Quote != "" || tab.Dialect.Escape != "" || tab.Dialect.Delimiter != "\t" {
		t.Fatalf("%+v %v", tab, err)
	}
	got, err := readWithEngine(t, c, tab)
	if err != nil || len(got.first) != 4 || len(got.rejected) != 1 {
		t.Errorf("%+v %v", got, err)
	}
	at, err := Locate(t.Context(), path, tab.Dialect, []int64{1, 5})
	if err != nil || at[0].Raw != "1\t\"Open\ta" || at[1].Line != 6 {
		t.Errorf("%+v %v", at, err)
	}
}
