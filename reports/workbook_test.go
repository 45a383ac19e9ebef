package reports

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

func openBook(t *testing.T, r Report) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(r.XLSX))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// rowsOfSheet are the cells as stored, not as formatted.
func rowsOfSheet(t *testing.T, f *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func columnNamed(t *testing.T, head []string, name string) int {
	t.Helper()
	i := slices.Index(head, name)
	if i < 0 {
		t.Fatalf("no column %q in %q", name, head)
	}
	return i
}

func TestWorkbookHoldsNumbersDatesAndTexts(t *testing.T) {
	w := fixtureFull()
	w.Languages = []string{"en"}
	w.Actions = append(w.Actions, w.Actions...) // more than the page lists
	w.Actions[0].Amount = "19.1234"
	r, err := Weekly(w, testFiles())
	if err != nil {
		t.Fatal(err)
	}
	f := openBook(t, r)
	want := []string{"About", "Metrics", "Act today", "On-time delivery trend", "Channels", "Destination states", "Where the days go", "Transit time",
		"Delivered by day", "Unmapped tracking codes", "Records not loaded", "Feeds"}
	if got := f.GetSheetList(); !slices.Equal(got, want) {
		t.Errorf("sheets %q, want %q", got, want)
	}
	act := rowsOfSheet(t, f, "Act today")
	if len(act) != 1+len(w.Actions) {
		t.Errorf("%d rows, want %d below the head", len(act)-1, len(w.Actions))
	}
	if rows := strings.Count(string(r.HTML), `data-copy="YT`); rows > actionsShown {
		t.Errorf("the page lists %d shipments", rows)
	}
	cell := func(sheet string, row int, column string) string {
		t.Helper()
		rows := rowsOfSheet(t, f, sheet)
		return rows[row][columnNamed(t, rows[0], column)]
	}
	if got := cell("Act today", 1, "Order value"); got != "19.1234" {
		t.Errorf("amount %s", got)
	}
	if got := cell("Act today", 1, "Currency"); got != "USD" {
		t.Errorf("currency %s", got)
	}
	i := slices.Index(want, "Act today")
	head := act[0]
	name := func(column string, row int) string {
		ref, err := excelize.CoordinatesToCellName(1+columnNamed(t, head, column), row)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	ref := name("Due", 2)
	due := w.Actions[0].DueAt.In(time.FixedZone("PST", -8*3600))
	if got, err := f.GetCellValue(want[i], ref); err != nil || got != due.Format("2006-01-02 15:04") {
		t.Errorf("due %q (%v), want %s", got, err, due)
	}
	if kind, err := f.GetCellType(want[i], ref); err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("due has type %v (%v)", kind, err)
	}
	if kind, err := f.GetCellType(want[i], name("Order", 2)); err != nil || kind != excelize.CellTypeInlineString {
		t.Errorf("an order's number has type %v (%v)", kind, err)
	}
	metrics := rowsOfSheet(t, f, "Metrics")
	if len(metrics) != 1+2*len(w.Metrics) || metrics[1][0] != "Aurora Home · TikTok Shop US" || metrics[6][0] != "Pine & Co · TikTok Shop US" {
		t.Errorf("both shops in one sheet: %q", metrics)
	}
	if got := cell("Metrics", 6, "Report week"); !strings.HasPrefix(got, "0.7709677419") {
		t.Errorf("rate %s, want 478 of 620 in full", got)
	}
	for _, sheet := range want {
		for _, row := range rowsOfSheet(t, f, sheet) {
			if slices.Contains(row, string(none)) {
				t.Errorf("%s: a dash stands where there is no value: %q", sheet, row)
			}
		}
	}
	about := rowsOfSheet(t, f, "About")
	text := ""
	for _, r := range about {
		text += strings.Join(r, "\t") + "\n"
	}
	for _, part := range []string{"Weekly KPI", "2026-W46", "2026-11-16 08:00 America/Los_Angeles", w.Trust.LakeVersion, w.Trust.ReportID, "tiktok_us @ 2026-02-01", "FAIL"} {
		if !strings.Contains(text, part) {
			t.Errorf("the first sheet does not say %q:\n%s", part, text)
		}
	}
}

func TestWorkbookRunsNothing(t *testing.T) {
	r, err := Weekly(fixtureHostile(), testFiles())
	if err != nil {
		t.Fatal(err)
	}
	f := openBook(t, r)
	for _, sheet := range f.GetSheetList() {
		for _, row := range rowsOfSheet(t, f, sheet) {
			for _, c := range row {
				if len(utf16.Encode([]rune(c))) > maxCellText {
					t.Errorf("%s: a cell is too long", sheet)
				}
				if c != "" && strings.ContainsRune("=@", rune(c[0])) {
					t.Errorf("%s: %.40q", sheet, c)
				}
			}
		}
	}
	z, err := zip.NewReader(bytes.NewReader(r.XLSX), int64(len(r.XLSX)))
	if err != nil {
		t.Fatal(err)
	}
	if z.File[0].Name != "[Content_Types].xml" {
		t.Errorf("the first member is %s", z.File[0].Name)
	}
	for _, m := range z.File {
		if !m.Modified.IsZero() && m.Modified.Year() > 1980 {
			t.Errorf("%s bears the time %s", m.Name, m.Modified)
		}
		in, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<f>", "<f ", "externalLink", "hyperlink"} {
			if strings.Contains(string(text), bad) {
				t.Errorf("%s holds %s", m.Name, bad)
			}
		}
	}
}

func TestSheetTexts(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+49 30": "'+49 30", "-5": "'-5", "@cmd": "'@cmd", " \t=1": "'  =1", "\u200b=1": "'\u200b=1", "＝1": "'＝1", "a=1": "a=1",
		"a\x00b\x1bc\r\nd": "abc  d", "1Z999": "1Z999", "": "", "\xff\xfe1": "1", "−2": "−2",
	} {
		if got := sheetText(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	if got := sheetText(strings.Repeat("📦", 20000)); len(utf16.Encode([]rune(got))) != maxCellText-1 {
		t.Errorf("a long text has %d units", len(utf16.Encode([]rune(got))))
	}
}

func TestSheetNames(t *testing.T) {
	b := &workbook{names: map[string]bool{}}
	long := strings.Repeat("x", 40)
	for _, c := range []struct{ in, want string }{
		{"a/b:c", "a b c"}, {"A B C", "A B C 2"}, {"'quoted'", "quoted"}, {"[]", "waybill"}, {"History", "waybill 2"},
		{long, long[:31]}, {long, long[:29] + " 2"}, {"今日待办", "今日待办"},
	} {
		if got := b.name(c.in); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.in, got, c.want)
		}
	}
}

// A heat map is a table in the page and a sheet in the workbook.
func TestHeatMap(t *testing.T) {
	m := &matrix{ID: "heat", Corner: literal("state"), Values: kindPercent, Columns: []phrase{literal("4PX"), literal("Yanwen"), literal("of another shop")}}
	n := int64(1204)
	for i, v := range []float64{0, 0.25, 1} {
		m.Rows = append(m.Rows, matrixRow{Name: literal("<b>CA"), Cells: []shade{
			{Text: digitsOf(percent(v)), Value: v, N: &n, Depth: depthOf(v, 0, 1)}, {Text: digitsOf(none), Small: true}, {Text: digitsOf(none)}}})
		if i == 0 {
			m.Rows[0].Cells[1] = shade{Text: digitsOf(percent(0.5)), Value: 0.5, N: &n, Small: true}
		}
	}
	w := testWriter(t)
	r, err := w.report(page{Name: "heat", Heading: literal("heat"), Headline: literal("x"), AsOf: at("2026-11-16T16:00:00Z"),
		Sections: []section{{ID: "one", Title: literal("one"), Blocks: []block{m}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<td class="n shade-1">0.0% <span class="of">`, `<td class="n shade-2">25.0% <`, `<td class="n shade-5">100.0% <`, ` 1,204</span></td>`,
		`<td class="n shade-0 small">—</td>`, "&lt;b&gt;CA"} {
		if !strings.Contains(string(r.HTML), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(string(r.HTML), "of another shop") {
		t.Error("the page has a column without a number")
	}
	rows := rowsOfSheet(t, openBook(t, r), "one")
	if len(rows) != 4 || !slices.Equal(rows[0][:4], []string{"state", "4PX", "4PX 样本量 / n of 4PX", "Yanwen"}) || rows[0][5] != "of another shop" ||
		!slices.Equal(rows[2], []string{"<b>CA", "0.25", "1204"}) {
		t.Errorf("sheet: %q", rows)
	}
}

func TestWordsAgreeWithTheirNumber(t *testing.T) {
	w := testWriter(t).words
	for n, want := range map[int64]string{1: "1 order, 0 shipments, 2 events", 2: "2 orders, 0 shipments, 2 events"} {
		p := say("trust.volume_value", "orders", count(n), "shipments", count(0), "events", count(2))
		if got := w.plain("en", p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := string(w.html(say("grain.order", "n", count(1)))); !strings.Contains(got, `lang="en">order</span>`) {
		t.Errorf("html: %s", got)
	}
}
