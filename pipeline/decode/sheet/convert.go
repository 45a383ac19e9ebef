package sheet

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Options says where the table is in a workbook.
type Options struct {
	Name string // of the file in messages; the path's last element if empty
	// Sheet is a sheet's name (as it is, or folded), "#3" for the third one of
	// the workbook (hidden ones count), or "~regexp~" for the first whose name
	// matches, a visible one if there is. "" and a pattern that fits several mean
	// the one with the most of Expect; without Expect the first. "" leaves hidden
	// sheets out.
	Sheet string
	// Sheets are names or ~patterns~ of sheets that are read one below the other;
	// those without a table are left out. Their records begin with NameColumn.
	Sheets []string
	Alike  [][]string // names that mean the same column in several sheets
	// Header is the 1-based row of the header, the upper one of two. 0 means
	// found in the first 50 rows: the first that holds the most of Expect; without
	// Expect the first with two texts or more that is followed by a row with as
	// many cells.
	Header     int
	HeaderRows int      // 1 (also for 0) or 2: names of two lines are joined where the upper is merged over several columns
	Expect     []string // names of columns; those that are missing are for the caller to refuse
	SkipAfter  int      // rows below the header that are no data, blank ones too
	// End is "" for the end of the sheet; "blank" for the first blank row below
	// the header (and SkipAfter); "totals" for rows that begin with a word such as
	// 合计 or Total and have a blank row or nothing below: they are left out.
	End      string
	Password string
	TempDir  string                   // of the CSV file and of shared strings that do not fit into memory
	Fold     func(name string) string // by which names are compared; nil: without regard to case and runs of blanks
	MaxCell  int                      // bytes of one cell; 0 means 1 MiB
	// MaxUnzipped is how many bytes one part may unpack to; 0 means 64 GiB.
	// Beyond 100 MiB it may not be more than 200 times its packed size either.
	MaxUnzipped int64
}

// Result is a sheet as a CSV file: UTF-8, comma, quotes only where needed, \n,
// the header first.
type Result struct {
	Path      string   // of the file, which the caller removes
	Sheet     string   // its name
	HeaderRow int      // 1-based row of the sheet, the lower one of two
	EndRow    int64    // row at which End ended the table; 0 where it goes to the end of the sheet
	Columns   []string // as they stand; column_N (N of the sheet, A is 1) for one in use without a name
	Records   int64
	runs      []run
	cols      []int64 // of the sheet, 1-based; none where it is made of several sheets
}

// run says that records from one on lie in consecutive rows.
type run struct{ record, row int64 }

// Col is the sheet's 1-based column of Columns[i]; 0 where there is none.
func (r Result) Col(i int) int64 {
	if i < 0 || i >= len(r.cols) {
		return 0
	}
	return r.cols[i]
}

// Row is the sheet's row of a 1-based data record; 0 where there is none.
func (r Result) Row(record int64) int64 {
	if record < 1 || record > r.Records {
		return 0
	}
	i, ok := slices.BinarySearchFunc(r.runs, record, func(x run, record int64) int {
		switch {
		case x.record < record:
			return -1
		case x.record > record:
			return 1
		}
		return 0
	})
	if !ok {
		i--
	}
	return r.runs[i].row + record - r.runs[i].record
}

// Convert writes the table of one sheet to a CSV file in Options.TempDir. Blank
// rows are left out. What cannot be read rightly is a *Refusal behind the file's
// name; other errors are of the system, the options or the context.
func Convert(ctx context.Context, path string, o Options) (*Result, error) {
	o, err := o.complete(path)
	if err != nil {
		return nil, err
	}
	res, err := convert(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	return res, nil
}

func (o Options) complete(path string) (Options, error) {
	if o.Name == "" {
		o.Name = filepath.Base(path)
	}
	if o.HeaderRows == 0 {
		o.HeaderRows = 1
	}
	if o.MaxCell <= 0 {
		o.MaxCell = 1 << 20
	}
	if o.MaxUnzipped <= 0 {
		o.MaxUnzipped = defaultMaxUnzipped
	}
	if o.Fold == nil {
		o.Fold = func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	}
	switch {
	case o.Header < 0 || o.Header > maxHeader:
		return o, fmt.Errorf("%s: header: %d is no row from 1 to %d", o.Name, o.Header, maxHeader)
	case o.HeaderRows < 1 || o.HeaderRows > 2:
		return o, fmt.Errorf("%s: header rows: %d is neither 1 nor 2", o.Name, o.HeaderRows)
	case o.SkipAfter < 0 || o.SkipAfter > maxHeader:
		return o, fmt.Errorf("%s: skip after: %d is no number from 0 to %d", o.Name, o.SkipAfter, maxHeader)
	case o.End != "" && o.End != "blank" && o.End != "totals":
		return o, fmt.Errorf("%s: end: %q is neither blank nor totals", o.Name, clip(o.End, 40))
	}
	return o, nil
}

func convert(ctx context.Context, path string, o Options) (*Result, error) {
	b, err := openBook(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer b.close()
	if len(o.Sheets) > 0 {
		return b.stacked()
	}
	s, h, err := b.locate()
	if err != nil {
		return nil, err
	}
	return b.converted(s, h)
}

// converted writes the table of a sheet whose header is known.
func (b *book) converted(s ref, h *header) (_ *Result, err error) {
	out, err := os.CreateTemp(b.opt.TempDir, "sheet-*.csv")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			os.Remove(out.Name())
		}
	}()
	// A nameless column that comes into use below the first rows is known only
	// when the rows before it are written: then all is written once more.
	var late []int
	for {
		w := bufio.NewWriterSize(out, 1<<20)
		t := &table{b: b, sheet: s, header: *h, out: w}
		if err := t.write(late); err != nil {
			return nil, err
		}
		if err := w.Flush(); err != nil {
			return nil, err
		}
		if len(t.late) == 0 {
			return &Result{Path: out.Name(), Sheet: s.name, HeaderRow: int(h.row), EndRow: t.endRow,
				Columns: t.names, Records: t.records, runs: t.runs, cols: t.cols}, nil
		}
		for col := range t.late {
			late = append(late, col)
		}
		if _, err := out.Seek(0, 0); err != nil {
			return nil, err
		}
		if err := out.Truncate(0); err != nil {
			return nil, err
		}
	}
}

// table writes the records of a sheet.
type table struct {
	b      *book
	sheet  ref
	header header
	out    *bufio.Writer

	names   []string
	cols    []int64 // of the sheet, in the order of the record
	place   []int   // in the record, by the sheet's column; -1 for one that is left off
	width   int
	line    []byte
	records int64
	runs    []run
	endRow  int64
	last    int64 // row read last
	late    map[int]bool

	held     []byte // totals that wait for what follows
	heldRows []int64
	heldErr  error
}

const maxHeldRows = 100

func (t *table) write(late []int) error {
	r, err := t.b.rows(t.sheet)
	if err != nil {
		return err
	}
	defer r.close()
	o := t.b.opt
	start := t.header.row + int64(o.SkipAfter)
	head, err := r.lead(start + moreRows)
	if err != nil {
		return err
	}
	from, _ := slices.BinarySearchFunc(head, start+1, func(x row, num int64) int { return int(x.num - num) })
	t.columns(head[from:], late)
	if err := t.writeNames(); err != nil {
		return err
	}
	t.last, t.late = start, map[int]bool{}
	for _, x := range head[from:] {
		if more, err := t.add(x); err != nil || !more {
			return err
		}
	}
	for {
		x, ok, err := r.next()
		if err != nil {
			return err
		}
		if !ok {
			if len(t.heldRows) > 0 {
				t.endRow = t.heldRows[0]
			}
			return nil
		}
		if more, err := t.add(x); err != nil || !more {
			return err
		}
	}
}

// columns decides which columns of the sheet the records have: those with a name
// and those in use.
func (t *table) columns(first []row, late []int) {
	cols := slices.Concat(t.header.cols, late)
	for _, r := range first {
		for _, c := range r.cells {
			cols = append(cols, c.col)
		}
	}
	slices.Sort(cols)
	cols = slices.Compact(cols)
	t.width = len(cols)
	t.place = slices.Repeat([]int{-1}, cols[len(cols)-1]+1)
	for i, col := range cols {
		t.place[col] = i
		t.cols = append(t.cols, int64(col))
		name := "column_" + strconv.Itoa(col)
		if at, ok := slices.BinarySearch(t.header.cols, col); ok {
			name = t.header.names[at]
		}
		t.names = append(t.names, name)
	}
}

func (t *table) writeNames() error {
	for i, n := range t.names {
		if i > 0 {
			t.line = append(t.line, ',')
		}
		t.line = appendField(t.line, []byte(n))
	}
	_, err := t.out.Write(append(t.line, '\n'))
	return err
}

// add takes the next row; more is false when the table has ended.
func (t *table) add(x row) (more bool, err error) {
	gap := x.num > t.last+1
	blankBefore := t.last + 1
	t.last = x.num
	switch {
	case gap && t.b.opt.End == "blank":
		t.endRow = blankBefore
		return false, nil
	case gap && len(t.heldRows) > 0:
		t.endRow = t.heldRows[0]
		return false, nil
	}
	err = t.format(x)
	if t.b.opt.End == "totals" && isTotal(x.text(x.cells[0])) && len(t.heldRows) < maxHeldRows {
		// What is wrong with a row that is left out does not matter.
		t.heldErr = cmp.Or(t.heldErr, err)
		t.held = append(t.held, t.line...)
		t.heldRows = append(t.heldRows, x.num)
		return true, nil
	}
	if len(t.heldRows) > 0 { // subtotals within the table
		if t.heldErr != nil {
			return false, t.heldErr
		}
		if _, err := t.out.Write(t.held); err != nil {
			return false, err
		}
		for _, num := range t.heldRows {
			t.count(num)
		}
		t.held, t.heldRows = t.held[:0], t.heldRows[:0]
	}
	if err != nil {
		return false, err
	}
	t.count(x.num)
	_, err = t.out.Write(t.line)
	return true, err
}

func (t *table) count(num int64) {
	t.records++
	if n := len(t.runs); n == 0 || num-t.records != t.runs[n-1].row-t.runs[n-1].record {
		t.runs = append(t.runs, run{t.records, num})
	}
}

// format makes the CSV line of a row.
func (t *table) format(x row) error {
	t.line = t.line[:0]
	done := 0 // fields begun
	for _, c := range x.cells {
		if c.col >= len(t.place) || t.place[c.col] < 0 {
			t.late[c.col] = true
			continue
		}
		if c.kind == kindUncomputed {
			return &Refusal{Reason: "the cell holds a formula whose result was never stored", Try: "open the workbook in Excel and save it: that computes the formulas",
				Sheet: t.sheet.name, Row: x.num, Col: int64(c.col)}
		}
		for ; done < t.place[c.col]; done++ {
			t.line = append(t.line, ',')
		}
		t.line = appendField(t.line, x.text(c))
	}
	for ; done < t.width-1; done++ {
		t.line = append(t.line, ',')
	}
	t.line = append(t.line, '\n')
	return nil
}

var needsQuotes = [256]bool{',': true, '"': true, '\n': true, '\r': true}

func appendField(dst, text []byte) []byte {
	for _, c := range text {
		if needsQuotes[c] {
			dst = append(dst, '"')
			for _, c := range text {
				if c == '"' {
					dst = append(dst, '"')
				}
				dst = append(dst, c)
			}
			return append(dst, '"')
		}
	}
	return append(dst, text...)
}

var totalWords = map[string]bool{"合计": true, "总计": true, "小计": true, "汇总": true, "total": true, "subtotal": true, "sub-total": true, "grandtotal": true}

// isTotal knows the words a row of sums begins with, however they are spaced
// (合　计) and with a colon behind.
func isTotal(text []byte) bool {
	if len(text) > 64 {
		return false
	}
	word := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, string(text))
	return totalWords[strings.TrimRight(word, ":：")]
}
