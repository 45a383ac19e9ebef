package sheet

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
)

// kinds of cells.
const (
	kindText uint8 = iota
	kindNumber
	kindDate
	kindBool
	kindError
	kindUncomputed // a formula without a stored result
)

const (
	maxColumns  = 16_384
	maxRow      = 1_000_000_000
	maxRowBytes = 16 << 20
)

// cell is a non-blank cell; its text is buf[start:end] of its row.
type cell struct {
	col        int // 1-based
	kind       uint8
	start, end int
}

// row is a row with at least one non-blank cell, its cells in order.
type row struct {
	num   int64 // 1-based, of the sheet
	cells []cell
	buf   []byte
}

func (r row) text(c cell) []byte { return r.buf[c.start:c.end] }

func (r row) clone() row {
	return row{num: r.num, cells: slices.Clone(r.cells), buf: bytes.Clone(r.buf)}
}

// at is the text in a column, "" where it is blank.
func (r row) at(col int) string {
	i, ok := slices.BinarySearchFunc(r.cells, col, func(c cell, col int) int { return cmp.Compare(c.col, col) })
	if !ok {
		return ""
	}
	return string(r.text(r.cells[i]))
}

// rows reads the rows of a sheet. Blank rows are passed over: they show as gaps
// between the numbers. Elements <row> of the same number that follow each other
// are one row. The declared dimension is not looked at; it is often stale.
type rows struct {
	b       *book
	sheet   string
	sc      *scanner
	close   func() error
	num     int64 // of the last <row>
	entered bool  // that row's cells are not read yet
	empty   bool  // it has none
	ended   bool
	cur     row
	val     []byte
	col     int // of the last <c>
	sorted  bool
}

// rows opens a sheet. The caller calls close.
func (b *book) rows(s ref) (*rows, error) {
	part, err := b.open(s.part)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, damaged("its part "+s.part+" is missing", nil)
	}
	if err != nil {
		return nil, err
	}
	r := &rows{b: b, sheet: s.name, sc: newScanner(part), close: part.Close}
	for {
		kind, err := r.sc.next()
		switch {
		case err != nil:
		case kind == tokenEOF:
			err = errCut
		case kind == tokenStart && string(r.sc.name) == "sheetData":
			r.ended = r.sc.empty
			return r, nil
		default:
			continue
		}
		return nil, errors.Join(r.fail(err), part.Close())
	}
}

// next gives the next row, valid until the call after it; ok is false at the end.
func (r *rows) next() (_ row, ok bool, err error) {
	for {
		if !r.entered {
			if ok, err := r.enter(); err != nil || !ok {
				return row{}, false, err
			}
		}
		r.cur.num, r.cur.cells, r.cur.buf = r.num, r.cur.cells[:0], r.cur.buf[:0]
		r.col, r.sorted = 0, true
		for r.entered && r.num == r.cur.num {
			r.entered = false
			if !r.empty {
				if err := r.readCells(); err != nil {
					return row{}, false, err
				}
			}
			if ok, err := r.enter(); err != nil {
				return row{}, false, err
			} else if !ok {
				break
			}
		}
		if err := r.settle(); err != nil {
			return row{}, false, err
		}
		if len(r.cur.cells) > 0 {
			return r.cur, true, nil
		}
		if !r.entered {
			return row{}, false, nil
		}
	}
}

// enter goes to the next <row>; false at the end of the table of cells. Then the
// rest of the part is read too: its end holds the check sum.
func (r *rows) enter() (bool, error) {
	for !r.ended {
		kind, err := r.sc.next()
		switch {
		case err != nil:
			return false, r.fail(err)
		case kind == tokenEOF:
			return false, r.fail(errCut)
		case kind == tokenEnd && string(r.sc.name) == "sheetData":
			r.ended = true
		case kind == tokenStart && string(r.sc.name) == "row":
			num := r.num + 1
			if text, err := r.sc.attr("r"); err != nil {
				return false, r.fail(err)
			} else if text != "" {
				if num, err = strconv.ParseInt(text, 10, 64); err != nil || num < 1 || num > maxRow {
					return false, r.refuse(0, fmt.Sprintf("a row has the number %q", clip(text, 20)), tryAgain)
				}
			}
			if num < r.num {
				return false, r.refuse(0, fmt.Sprintf("row %d stands behind row %d", num, r.num), tryAgain)
			}
			r.num, r.entered, r.empty = num, true, r.sc.empty
			return true, nil
		}
	}
	return false, r.drain()
}

func (r *rows) drain() error {
	for {
		kind, err := r.sc.next()
		if err != nil {
			return r.fail(err)
		}
		if kind == tokenEOF {
			return nil
		}
	}
}

func (r *rows) readCells() error {
	for {
		kind, err := r.sc.next()
		switch {
		case err != nil:
			return r.fail(err)
		case kind == tokenEOF:
			return r.fail(errCut)
		case kind == tokenEnd && string(r.sc.name) == "row":
			return nil
		case kind == tokenStart && string(r.sc.name) == "c":
			if err := r.readCell(); err != nil {
				return err
			}
		}
	}
}

// settle brings the cells of the row in order. Two texts in one place would hide
// one of them.
func (r *rows) settle() error {
	if r.sorted {
		return nil
	}
	c := r.cur.cells
	slices.SortStableFunc(c, func(a, b cell) int { return cmp.Compare(a.col, b.col) })
	for i := 1; i < len(c); i++ {
		if c[i].col == c[i-1].col {
			return &Refusal{Reason: "two cells stand in one place", Try: tryAgain, Sheet: r.sheet, Row: r.cur.num, Col: int64(c[i].col)}
		}
	}
	return nil
}

func (r *rows) refuse(col int, reason, try string) error {
	return &Refusal{Reason: reason, Try: try, Sheet: r.sheet, Row: r.num, Col: int64(col)}
}

func (r *rows) fail(err error) error {
	return markup(fmt.Sprintf("the part of sheet %q", r.sheet), err)
}

func (r *rows) failCell(err error) error {
	if errors.Is(err, errLongCell) {
		return r.refuse(r.col, fmt.Sprintf("the cell is longer than %d bytes", r.b.opt.MaxCell), "shorten it; Excel itself holds 32,767 characters")
	}
	return r.fail(err)
}
