package sheet

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestConvertDefects(t *testing.T) {
	for _, c := range []struct {
		name string
		m    made
		o    Options
		want string
	}{
		{"stale dimension", one(`<dimension ref="A1:A1"/>` + lines("a,b\n1,2")), Options{}, "a,b\n1,2\n"},
		{"header cells in rows of their own", one(`<sheetData><row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="1"><c r="B1" t="str"><v>b</v></c></row>` +
			`<row r="1"><c t="str"><v>c</v></c></row><row r="2"><c><v>1</v></c><c><v>2</v></c><c><v>3</v></c></row></sheetData>`), Options{}, "a,b,c\n1,2,3\n"},
		{"no places", one(`<sheetData><row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row><row/><row><c/><c><v>2</v></c></row></sheetData>`), Options{}, "a,b\n,2\n"},
		{"cells out of order", one(`<sheetData><row r="1"><c r="B1" t="str"><v>b</v></c><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="B2"><v>2</v></c><c r="A2"><v>1</v></c></row></sheetData>`), Options{}, "a,b\n1,2\n"},
		{"prefixes", one(`<x:sheetData><x:row r="1"><x:c r="A1" t="str"><x:v>a</x:v></x:c><x:c r="B1" t="str"><x:v>b</x:v></x:c></x:row><x:row r="2"><x:c r="A2"><x:v>1</x:v></x:c></x:row></x:sheetData>`),
			Options{Expect: []string{"a"}}, "a,b\n1,\n"},
		{"nothing but a header", one(lines("a,b")), Options{Expect: []string{"b"}}, "a,b\n"},
		{"nameless column in use", one(lines("a,b\n1,2,,note\n3,4")), Options{}, "a,b,column_4\n1,2,note\n3,4,\n"},
		{"nameless column in use late", one(lines("a,b\n1,2\n@5000\n3,4,,,note")), Options{}, "a,b,column_5\n1,2,\n3,4,note\n"},
		{"table in the corner", one(lines(",,a,b\n,,1,2")), Options{}, "a,b\n1,2\n"},
		{"header twice", one(lines("a,a\n1,2")), Options{}, "a,a\n1,2\n"},
		{"quotes", one(lines("a,b\n&quot;x&quot;,y&#10;z\nl&#13;m,n&#44;o")), Options{}, "a,b\n\"\"\"x\"\"\",\"y\nz\"\n\"l\rm\",\"n,o\"\n"},
		{"comments and instructions", one(`<sheetData><!-- > <row> --><row r="1"><?x > ?><c r="A1" t="str"><v>a<!-- b -->c</v></c><c r="B1" t="str"><v><![CDATA[<&amp;]]]></v></c></row>` +
			`<row r="2"><c r="A2" x='">'><v>1</v></c></row></sheetData>`), Options{Header: 1}, "ac,<&amp;]\n1,\n"},
		{"equals of a workbook by another name", made{names: []string{"Orders"}, sheets: []string{lines("a,b\n1,2")},
			extra: map[string]string{"_rels/.rels": "<Relationships/>"}}, Options{}, "a,b\n1,2\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, got := converted(t, c.m.file(t), c.o); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestConvertBlankRowsAreCheapAndCounted(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<sheetData><row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>`)
	for range 200_000 {
		b.WriteString(`<row spans="1:60"><c/><c s="1"/><c t="str"><v> </v></c></row>`)
	}
	b.WriteString(`<row r="1048576"><c r="B1048576"><v>9</v></c></row></sheetData>`)
	r, got := converted(t, one(b.String()).file(t), Options{Expect: []string{"a"}})
	if got != "a,b\n,9\n" || r.Row(1) != 1048576 || r.Row(2) != 0 || r.Row(0) != 0 {
		t.Errorf("%q, row %d", got, r.Row(1))
	}
}

func TestRow(t *testing.T) {
	r, _ := converted(t, one(lines("x\n@3\na,b\n1,1\n2,2\n@8\n3,3\n@10\n4,4\n5,5")).file(t), Options{Header: 3})
	var got []int64
	for i := range r.Records {
		got = append(got, r.Row(i+1))
	}
	if !slices.Equal(got, []int64{4, 5, 8, 10, 11}) || len(r.runs) != 3 {
		t.Errorf("%v, runs %v", got, r.runs)
	}
}

func TestConvertEnd(t *testing.T) {
	for _, c := range []struct {
		name, sheet string
		o           Options
		want        string
		end         int64
	}{
		{"whole sheet", "a,b\n1,2\n合计,2\n@6\nnote,x", Options{}, "a,b\n1,2\n合计,2\nnote,x\n", 0},
		{"blank", "a,b\n1,2\n@5\n3,4", Options{End: "blank"}, "a,b\n1,2\n", 3},
		{"blank below the header", "a,b\n@3\n1,2", Options{End: "blank", Header: 1}, "a,b\n", 2},
		{"blank that is skipped", "a,b\n@3\n1,2", Options{End: "blank", Header: 1, SkipAfter: 1}, "a,b\n1,2\n", 0},
		{"totals at the end", "a,b\n1,2\n Grand  TOTAL：,2", Options{End: "totals"}, "a,b\n1,2\n", 3},
		{"totals before a blank", "a,b\n1,2\n,合　计\n@5\nnote,x", Options{End: "totals"}, "a,b\n1,2\n", 3},
		{"two totals", "a,b\n1,2\n小计,2\n总计:,2", Options{End: "totals"}, "a,b\n1,2\n", 3},
		{"subtotals within", "a,b\n1,2\n小计,2\n3,4\nTotal,6", Options{End: "totals"}, "a,b\n1,2\n小计,2\n3,4\n", 5},
		{"a word that begins so", "a,b\nTotal Loss,2", Options{End: "totals"}, "a,b\nTotal Loss,2\n", 0},
		{"blank is no end of totals", "a,b\n1,2\n@5\n3,4", Options{End: "totals"}, "a,b\n1,2\n3,4\n", 0},
		{"descriptions", "a,b\nfirst one,second\n1,2", Options{SkipAfter: 1}, "a,b\n1,2\n", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, got := converted(t, one(lines(c.sheet)).file(t), c.o)
			if got != c.want || r.EndRow != c.end {
				t.Errorf("got %q to row %d, want %q to %d", got, r.EndRow, c.want, c.end)
			}
		})
	}
}

func TestUncomputedFormulas(t *testing.T) {
	const sheet = `<sheetData><row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>` +
		`<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="str"><f>""</f><v></v></c></row><row r="3"><c r="A3" t="str"><v>WORD</v></c><c r="B3"><f>SUM(B1)</f></c></row></sheetData>`
	r := refused(t, one(strings.Replace(sheet, "WORD", "x", 1)).file(t), Options{})
	if r.Row != 3 || r.Col != 2 || r.Sheet != "Orders" || !strings.Contains(r.Error(), `sheet "Orders" B3: `) {
		t.Error(r)
	}
	for _, v := range []string{"<v/>", "<v></v>"} {
		r := refused(t, one(strings.NewReplacer("WORD", "x", "</f></c>", "</f>"+v+"</c>").Replace(sheet)).file(t), Options{})
		if r.Row != 3 || r.Col != 2 {
			t.Error(v, r)
		}
	}
	if _, got := converted(t, one(strings.Replace(sheet, "WORD", "Total", 1)).file(t), Options{End: "totals"}); got != "a,b\n1,\n" {
		t.Errorf("%q", got)
	}
}

func TestConvertRefuses(t *testing.T) {
	ok := lines("a,b\n1,2")
	cell := func(c string) made { return one(`<sheetData><row r="1">` + c + `</row></sheetData>`) }
	for _, c := range []struct {
		name string
		m    made
		o    Options
		says string
	}{
		{"cut off", one(`<sheetData><row r="1"><c r="A1" t="str"><v>a`), Options{}, "cut off"},
		{"no cells", one(""), Options{}, "cut off"},
		{"a document type", one(`<!DOCTYPE x [<!ENTITY a "b">]>` + ok), Options{}, "document type"},
		{"an unknown entity", cell(`<c r="A1" t="str"><v>&x;</v></c>`), Options{}, "well-formed"},
		{"rows backwards", one(`<sheetData><row r="3"/><row r="2"/></sheetData>`), Options{}, "row 2 stands behind row 3"},
		{"a place that is none", cell(`<c r="1A"/>`), Options{}, `"1A"`},
		{"too many columns", cell(`<c r="XFE1"/>`), Options{}, "16384"},
		{"two in one place", cell(`<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>`), Options{}, "two cells"},
		{"shared string", made{names: []string{"S"}, sheets: []string{`<sheetData><row><c t="s"><v>1</v></c></row></sheetData>`}, shared: "<si/>"}, Options{}, `"1"`},
		{"no shared strings", cell(`<c t="s"><v>0</v></c>`), Options{}, "not there"},
		{"not UTF-8", cell("<c t=\"str\"><v>\xc4\xe3</v></c>"), Options{}, "not UTF-8"},
		{"long cell", cell(`<c t="str"><v>` + strings.Repeat("x", 30) + `</v></c>`), Options{MaxCell: 20}, "longer than 20 bytes"},
		{"long shared string", made{names: []string{"S"}, sheets: []string{`<sheetData><row><c t="s"><v>0</v></c></row></sheetData>`},
			shared: "<si><t>" + strings.Repeat("x", 30) + "</t></si>"}, Options{MaxCell: 20}, "longer than 20 bytes"},
		{"unpacks to too much", one(ok + strings.Repeat(" ", 5000)), Options{MaxUnzipped: 4000}, "unpacks to more"},
		{"no such header row", one(ok), Options{Header: 7}, "row 7"},
		{"no header", one(lines("1\n2\n3")), Options{}, "looks like a header"},
		{"no expected name", one(ok), Options{Expect: []string{"Order ID"}}, `"Order ID"`},
		{"hidden only", made{names: []string{"-A"}, sheets: []string{ok}}, Options{}, `"A" (hidden)`},
		{"no such sheet", made{names: []string{"Order details", "B"}, sheets: []string{ok, ok}}, Options{Sheet: "Order detail"}, `sheet: "Order details"`},
		{"no such number", one(ok), Options{Sheet: "#3"}, "no sheet 3"},
		{"no such pattern", one(ok), Options{Sheet: "~Fee~"}, `it has: "Orders"`},
		{"a pattern that is none", one(ok), Options{Sheet: "~(~"}, "pattern"},
		{"part missing", made{names: []string{"A", "B"}, sheets: []string{ok}}, Options{Sheet: "B"}, "missing"},
		{"no workbook", made{names: []string{"A"}, sheets: []string{ok}, extra: map[string]string{"_rels/.rels": `<Relationships><Relationship Type="x/officeDocument" Target="word/document.xml"/></Relationships>`}}, Options{}, "without sheets"},
		{"binary workbook", made{names: []string{"A"}, sheets: []string{ok}, extra: map[string]string{"_rels/.rels": `<Relationships><Relationship Type="x/officeDocument" Target="xl/workbook.bin"/></Relationships>`}}, Options{}, ".xlsb"},
		{"another encoding", made{names: []string{"A"}, sheets: []string{ok}, extra: map[string]string{"xl/workbook.xml": `<?xml version="1.0" encoding="GBK"?><workbook/>`}}, Options{}, "not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := refused(t, c.m.file(t), c.o); !strings.Contains(r.Error(), c.says) {
				t.Errorf("%v does not say %q", r, c.says)
			}
		})
	}
}

func TestDamagedZip(t *testing.T) {
	good := one(lines("a,b\n1,2\n" + strings.Repeat("some text,3\n", 500))).bytes(t)
	at := strings.Index(string(good), "xl/worksheets/sheet0.xml") + 60
	bad := slices.Clone(good)
	bad[at] ^= 0xff
	for name, data := range map[string][]byte{"flipped": bad, "cut off": good[:len(good)/2]} {
		if r := refused(t, file(t, "book.xlsx", data), Options{}); !strings.Contains(r.Reason, "damaged") {
			t.Errorf("%s: %v", name, r)
		}
	}
}

func TestForeignFiles(t *testing.T) {
	for _, c := range []struct{ name, data, kind, says string }{
		{"a.xls", string(ole2) + strings.Repeat("\x00", 600), "xls", ".xlsx or CSV UTF-8"},
		{"a.pdf", "%PDF-1.7", "pdf", "ask the provider"},
		{"b.xls", "\xef\xbb\xbf \r\n<HTML><table>", "html", "web page"},
		{"a.csv", "a,b\n1,2\n", "", "no Excel workbook"},
		{"a.ods", "PK\x03\x04" + strings.Repeat("\x00", 22) + "\x08\x00\x00\x00mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "ods", "OpenDocument"},
		{"a.zip", "PK\x05\x06" + strings.Repeat("\x00", 18), "zip", "zip archive"},
		{"", "", "", "no Excel workbook"},
	} {
		if got := Magic([]byte(c.data)); got != c.kind {
			t.Errorf("%s is %q, want %q", c.name, got, c.kind)
		}
		if r := refused(t, file(t, "x"+c.name, []byte(c.data)), Options{}); !strings.Contains(r.Error(), c.says) {
			t.Errorf("%s: %v", c.name, r)
		}
	}
	if got := Magic(one(lines("a,b")).bytes(t)); got != "xlsx" {
		t.Errorf("a workbook is %q", got)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{{Header: -1}, {Header: 20_000}, {HeaderRows: 3}, {SkipAfter: -1}, {End: "never"}} {
		_, err := Convert(t.Context(), "x.xlsx", o)
		if err == nil || errors.Is(err, os.ErrNotExist) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Convert(ctx, one(lines("a,b\n1,2")).file(t), Options{TempDir: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
