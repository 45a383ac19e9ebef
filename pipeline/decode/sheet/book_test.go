package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// made is a workbook written by hand, so that it can be wrong.
type made struct {
	names  []string // of sheets; "-" before a name hides it
	sheets []string // XML inside <worksheet>
	shared string   // XML inside <sst>
	styles string   // XML inside <styleSheet>
	book   string   // XML before <sheets>
	extra  map[string]string
}

func one(cells string) made { return made{names: []string{"Orders"}, sheets: []string{cells}} }

func (m made) bytes(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name, text string) {
		if x, ok := m.extra[name]; ok {
			text = x
		}
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	put("[Content_Types].xml", "<Types/>")
	put("_rels/.rels", `<Relationships><Relationship Id="r" Type="`+office+`officeDocument" Target="xl/workbook.xml"/></Relationships>`)
	var sheets, relations strings.Builder
	for i, n := range m.names {
		state := ""
		if rest, ok := strings.CutPrefix(n, "-"); ok {
			n, state = rest, ` state="hidden"`
		}
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="r%d"%s/>`, n, i+1, i, state)
		fmt.Fprintf(&relations, `<Relationship Id="r%d" Type="%sworksheet" Target="worksheets/sheet%d.xml"/>`, i, office, i)
	}
	put("xl/workbook.xml", `<?xml version="1.0" encoding="UTF-8"?><workbook>`+m.book+`<sheets>`+sheets.String()+`</sheets></workbook>`)
	put("xl/_rels/workbook.xml.rels", `<Relationships>`+relations.String()+
		`<Relationship Id="s" Type="`+office+`sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="t" Type="`+office+`styles" Target="styles.xml"/></Relationships>`)
	for i, s := range m.sheets {
		put(fmt.Sprintf("xl/worksheets/sheet%d.xml", i), `<?xml version="1.0"?>`+"\n"+`<worksheet>`+s+`</worksheet>`)
	}
	if m.shared != "" {
		put("xl/sharedStrings.xml", `<sst>`+m.shared+`</sst>`)
	}
	if m.styles != "" {
		put("xl/styles.xml", `<styleSheet>`+m.styles+`</styleSheet>`)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (m made) file(t testing.TB) string { return file(t, "book.xlsx", m.bytes(t)) }

func file(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// lines writes rows of inline text as XML: cells by comma, "" for none. A line
// "@n" says that the next row has the number n.
func lines(text string) string {
	var b strings.Builder
	b.WriteString("<sheetData>")
	num := 0
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		line = strings.TrimSpace(line)
		if n, ok := strings.CutPrefix(line, "@"); ok {
			fmt.Sscan(n, &num)
			num--
			continue
		}
		num++
		fmt.Fprintf(&b, `<row r="%d">`, num)
		for i, c := range strings.Split(line, ",") {
			place := fmt.Sprintf("%s%d", letters(int64(i+1)), num)
			switch {
			case c == "":
			case strings.Trim(c, "0123456789.") == "":
				fmt.Fprintf(&b, `<c r="%s"><v>%s</v></c>`, place, c)
			default:
				fmt.Fprintf(&b, `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, place, c)
			}
		}
		b.WriteString("</row>")
	}
	return b.String() + "</sheetData>"
}

// converted is the text of the CSV file.
func converted(t testing.TB, path string, o Options) (*Result, string) {
	t.Helper()
	o.TempDir = t.TempDir()
	r, err := Convert(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(o.TempDir); len(left) != 1 {
		t.Errorf("%d files are left beside the result", len(left)-1)
	}
	all, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || int64(len(all)) != r.Records+1 {
		t.Errorf("%d records, %d read, %v", r.Records, len(all)-1, err)
	} else if !slices.Equal(all[0], r.Columns) {
		t.Errorf("header %q, columns %q", all[0], r.Columns)
	}
	return r, string(b)
}

// refused is the refusal of a workbook; nothing may be left behind.
func refused(t testing.TB, path string, o Options) *Refusal {
	t.Helper()
	o.TempDir = t.TempDir()
	_, err := Convert(t.Context(), path, o)
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatalf("got %v, want a refusal", err)
	}
	if left, _ := os.ReadDir(o.TempDir); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
	if r.Reason == "" || r.Try == "" || !strings.HasPrefix(err.Error(), filepath.Base(path)+": ") {
		t.Errorf("unhelpful: %v", err)
	}
	return r
}
