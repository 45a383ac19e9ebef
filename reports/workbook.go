package reports

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
)

// Limits of the file format, in UTF-16 units.
const (
	maxCellText  = 32767
	maxSheetName = 31
)

// workbook writes the page's tables as sheets, behind a first one that says
// what they are. There are no formulas: each text is an inline string.
type workbook struct {
	*writer
	file   *excelize.File
	styles map[string]int
	names  map[string]bool // of sheets, in lower case
}

// formats of numbers; a percent has as many decimals as a rate needs beside
// its target, an amount as many as its currency states.
var formats = map[kind]string{
	kindNumber: "#,##0", kindPercent: "0.0###%", kindDays: "0.0", kindChange: "+0.0;-0.0;0.0", kindMoney: "#,##0.00##",
	kindInstant: "yyyy-mm-dd hh:mm", kindDate: "yyyy-mm-dd",
}

var widths = map[kind]float64{kindText: 26, kindCode: 26, kindEvent: 40, kindPhrase: 34, kindTag: 28, kindSpark: 30, kindInstant: 17, kindDate: 12}

const otherWidth = 14

// xlsx is the workbook of a page: the same page gives the same bytes.
func (w *writer) xlsx(p page) (_ []byte, err error) {
	b := &workbook{writer: w, file: excelize.NewFile(), styles: map[string]int{}, names: map[string]bool{}}
	defer func() { err = errors.Join(err, b.file.Close()) }()
	if err := b.makeStyles(); err != nil {
		return nil, fmt.Errorf("workbook %s: %w", p.Name, err)
	}
	if err := b.about(p); err != nil {
		return nil, fmt.Errorf("workbook %s: %w", p.Name, err)
	}
	for _, s := range p.Sections {
		for _, group := range sheetsOf(s) {
			if err := b.sheet(s, group); err != nil {
				return nil, fmt.Errorf("workbook %s, table %s: %w", p.Name, group[0].ID, err)
			}
		}
	}
	var raw bytes.Buffer
	if err := b.file.Write(&raw); err != nil {
		return nil, fmt.Errorf("workbook %s: %w", p.Name, err)
	}
	out, err := sorted(raw.Bytes())
	if err != nil {
		return nil, fmt.Errorf("workbook %s: %w", p.Name, err)
	}
	return out, w.words.err()
}

// sheetsOf puts tables that differ in Part only into one sheet.
func sheetsOf(s section) [][]*table {
	var out [][]*table
	for _, t := range s.tables() {
		if n := len(out) - 1; n >= 0 && t.Part != "" && out[n][0].Part != "" && len(out[n][0].Columns) == len(t.Columns) && out[n][0].Sheet.key == t.Sheet.key {
			out[n] = append(out[n], t)
			continue
		}
		out = append(out, []*table{t})
	}
	return out
}

func (b *workbook) makeStyles() error {
	head, err := b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	b.styles["head"] = head
	for _, f := range []string{formats[kindNumber], formats[kindPercent], formats[kindDays], formats[kindChange], formats[kindMoney], formats[kindInstant], formats[kindDate]} {
		if b.styles[f], err = b.file.NewStyle(&excelize.Style{CustomNumFmt: &f}); err != nil {
			return err
		}
	}
	return nil
}

// about is the first sheet: what the others are of.
func (b *workbook) about(p page) error {
	name := b.name(b.words.plain(b.words.langs[0], say("book.about")))
	if err := b.file.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	rows := [][2]string{{b.words.both(say("book.report")), b.words.both(p.Heading)}}
	add := func(label phrase, value string) {
		if value != "" {
			rows = append(rows, [2]string{b.words.both(label), value})
		}
	}
	zone := b.clock.loc.String()
	add(say("book.period"), string(p.Period))
	add(say("page.shop"), p.Shop)
	add(say("book.workspace"), p.Workspace)
	add(say("page.as_of"), string(b.clock.minute(p.AsOf))+" "+zone+" ("+b.clock.offset(p.AsOf)+")")
	add(say("book.times"), b.words.both(say("book.times_text", "zone", zone)))
	add(say("book.texts"), b.words.both(say("book.texts_text")))
	for _, s := range p.Sections {
		for _, block := range s.Blocks {
			switch block := block.(type) {
			case verdictList:
				for _, v := range block {
					lines := []string{v.Shop + ": " + b.words.both(v.Word)}
					for _, l := range v.Lines {
						lines = append(lines, b.words.both(l))
					}
					add(s.Title, strings.Join(lines, "; "))
				}
			case facts:
				for _, f := range block {
					if f.Label.key != "trust.as_of" {
						add(f.Label, b.words.both(f.Value))
					}
				}
			}
		}
	}
	out, err := b.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := errors.Join(out.SetColWidth(1, 1, 34), out.SetColWidth(2, 2, 100)); err != nil {
		return err
	}
	for i, r := range rows {
		if err := out.SetRow(fmt.Sprintf("A%d", i+1), []any{excelize.Cell{StyleID: b.styles["head"], Value: sheetText(r[0])}, sheetText(r[1])}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// sheet writes tables of equal columns below one head row.
func (b *workbook) sheet(s section, tables []*table) error {
	first := tables[0]
	title := first.Sheet
	if !title.Set() {
		title = s.Title
	}
	name := b.name(b.words.plain(b.words.langs[0], title))
	if _, err := b.file.NewSheet(name); err != nil {
		return err
	}
	out, err := b.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	var head []any
	column := func(p phrase, k kind) error {
		head = append(head, excelize.Cell{StyleID: b.styles["head"], Value: sheetText(b.words.both(p))})
		width := widths[k]
		if width == 0 {
			width = otherWidth
		}
		return out.SetColWidth(len(head), len(head), width)
	}
	parted := first.Part != ""
	if parted {
		if err := column(first.PartHead, kindText); err != nil {
			return err
		}
	}
	for _, c := range first.Columns {
		if c.Only == inPage {
			continue
		}
		label := c.Head
		if c.Sheet.Set() {
			label = c.Sheet
		}
		if err := column(label, c.Kind); err != nil {
			return err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := out.SetRow("A1", head); err != nil {
		return err
	}
	at := 2
	for _, t := range tables {
		for _, r := range t.Rows {
			var cells []any
			if parted {
				cells = append(cells, sheetText(t.Part))
			}
			for i, c := range r.Cells {
				if t.Columns[i].Only != inPage {
					cells = append(cells, b.value(t.Columns[i].Kind, c))
				}
			}
			if err := out.SetRow(fmt.Sprintf("A%d", at), cells); err != nil {
				return err
			}
			at++
		}
	}
	return out.Flush()
}

// grid writes rows to a sheet; the first of them stays in sight where frozen.
func (b *workbook) grid(name string, widths []float64, frozen bool, rows [][]any) error {
	out, err := b.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i, w := range widths {
		if err := out.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	if frozen {
		if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
			return err
		}
	}
	for i, r := range rows {
		if err := out.SetRow(fmt.Sprintf("A%d", i+1), r); err != nil {
			return err
		}
	}
	return out.Flush()
}

// value is a cell of the sheet: a number with its format, a date, or a text;
// nil where there is none.
func (b *workbook) value(k kind, c cell) any {
	switch v := c.Value.(type) {
	case int64:
		return b.formatted(formats[k], v)
	case float64:
		format := formats[k]
		if k == kindNumber {
			format = formats[kindDays]
		}
		return b.formatted(format, v)
	case decimal.Decimal:
		// a cell holds a double: its shortest text is the decimal's up to 15 digits
		return b.formatted(formats[kindMoney], v.InexactFloat64())
	case time.Time:
		if k == kindInstant {
			v = v.In(b.clock.loc)
		}
		wall := time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), 0, time.UTC)
		return b.formatted(formats[k], wall)
	case string:
		return sheetText(v)
	}
	text := b.words.both(c.Text)
	switch {
	case c.Draw != "":
		text = c.Alt
	case c.Soft, c.Hatch, text == string(none):
		return nil
	}
	if text == "" {
		return nil
	}
	return sheetText(text)
}

func (b *workbook) formatted(format string, v any) any {
	return excelize.Cell{StyleID: b.styles[format], Value: v}
}

// sheetText is a text as a cell may hold it: without control characters, within
// the limit. A text that a spreadsheet would take for a formula once it went
// through a CSV file begins with an apostrophe, which is shown: a flag on the
// cell would be lost on that way.
func sheetText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case unicode.IsControl(r), r == unicode.ReplacementChar, r == '\uFFFE', r == '\uFFFF':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	start := strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	if start != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(start)[0]) {
		s = "'" + s
	}
	return cut(s, maxCellText)
}

// cut keeps at most n UTF-16 units and no half of a pair.
func cut(s string, n int) string {
	units := 0
	for i, r := range s {
		if units += utf16.RuneLen(r); units > n {
			return s[:i]
		}
	}
	return s
}

// name makes a title the name of a sheet: allowed, and not taken yet.
func (b *workbook) name(title string) string {
	title = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, title)
	title = strings.Trim(strings.Join(strings.Fields(title), " "), "' ")
	if title == "" || strings.EqualFold(title, "history") { // a name that spreadsheets keep for themselves
		title = "waybill"
	}
	out := strings.Trim(cut(title, maxSheetName), "' ")
	for i := 2; b.names[strings.ToLower(out)]; i++ {
		tail := " " + digits(i)
		out = strings.Trim(cut(title, maxSheetName-len(tail)), "' ") + tail
	}
	b.names[strings.ToLower(out)] = true
	return out
}

// sorted writes a zip anew: its members by name, without times. The library
// writes sheets in the order of a map.
func sorted(raw []byte) ([]byte, error) {
	in, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, err
	}
	members := append([]*zip.File(nil), in.File...)
	// readers that stream want the list of types first
	key := func(f *zip.File) string { return strings.TrimPrefix(f.Name, "[Content_Types]") }
	sort.Slice(members, func(i, j int) bool { return key(members[i]) < key(members[j]) })
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, f := range members {
		f.Modified = time.Time{}
		f.Extra = nil
		if err := zw.Copy(f); err != nil {
			return nil, err
		}
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
