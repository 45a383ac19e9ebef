package rate

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"waybill/pipeline/yamldoc"
)

// table is a CSV file of a card whose every cell knows its place.
type table struct {
	c    *checker
	file string
	rows []row
	has  map[string]bool
	head []string
}

type row struct {
	t     *table
	line  int
	cells map[string]cell
}

type cell struct {
	text string
	col  int
}

// most rows that a table may have: every ZIP of the country some times over.
const mostRows = 500_000

// table reads a CSV. Its columns are among known, or any where known is nil;
// all of required must be there.
func (c *checker) table(at, name string, known, required []string) *table {
	t := &table{c: c, file: path.Join(c.dir, name), has: map[string]bool{}}
	b, err := c.read(name)
	if err != nil {
		c.bad(at, "%v", err)
		return nil
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		t.fail(1, 1, "the file has no header")
		return nil
	}
	for i, h := range head {
		h = strings.TrimSpace(h)
		head[i] = h
		line, col := r.FieldPos(i)
		switch {
		case t.has[h]:
			t.fail(line, col, "column %s stands a second time", h)
		case known != nil && !slices.Contains(known, h):
			hint := ""
			if near := yamldoc.Nearest(h, known); near != "" {
				hint = "; try: " + near
			}
			t.fail(line, col, "unknown column %q%s", h, hint)
		}
		t.has[h] = true
	}
	t.head = head
	for _, k := range required {
		if !t.has[k] {
			t.fail(1, 1, "column %s is missing", k)
		}
	}
	below := false // a row that is refused is one too
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			t.fail(broken.Line, broken.Column, "%v", broken.Err)
			return nil
		}
		if err != nil {
			c.bad(at, "%v", err)
			return nil
		}
		below = true
		line, _ := r.FieldPos(0)
		if len(rec) != len(head) {
			t.fail(line, 1, "%d cells where the header has %d", len(rec), len(head))
			continue
		}
		if len(t.rows) == mostRows {
			t.fail(line, 1, "more than %d rows", mostRows)
			return nil
		}
		w := row{t: t, line: line, cells: map[string]cell{}}
		for i, v := range rec {
			_, col := r.FieldPos(i)
			w.cells[head[i]] = cell{strings.TrimSpace(v), col}
		}
		t.rows = append(t.rows, w)
	}
	if !below {
		t.fail(1, 1, "the file has no row below its header")
	}
	return t
}

func (t *table) fail(line, col int, format string, args ...any) {
	t.c.place(t.file, line, col, format, args...)
}

func (w row) bad(column, format string, args ...any) {
	col := 1
	if c, ok := w.cells[column]; ok {
		col = c.col
	}
	w.t.fail(w.line, col, format, args...)
}

func (w row) text(column string) string { return w.cells[column].text }

// scaled reads a cell as whole 0.0001; an empty one is absent.
func (w row) scaled(column string) (n int64, given bool) {
	s := w.text(column)
	if s == "" {
		return 0, false
	}
	n, err := Scaled(s, 4)
	if err != nil {
		w.bad(column, "%s %v", column, err)
		return 0, false
	}
	return n, true
}

// zips reads zip_from and zip_to; without the latter zip_from may be a prefix.
func (w row) zips(value string) (zipRange, bool) {
	from, to, err := parseZip(w.text("zip_from"))
	if err != nil {
		w.bad("zip_from", "%v", err)
		return zipRange{}, false
	}
	if last := w.text("zip_to"); last != "" {
		if _, to, err = parseZip(last); err != nil {
			w.bad("zip_to", "%v", err)
			return zipRange{}, false
		}
	}
	if to < from {
		w.bad("zip_to", "zip_to lies before zip_from")
		return zipRange{}, false
	}
	return zipRange{from: from, to: to, value: value, line: w.line}, true
}

// flat makes the ranges of a table disjoint and tells those that conflict.
func (t *table) flat(list []zipRange) []zipRange {
	return flatten(list, func(r, other zipRange) {
		t.fail(r.line, 1, "ZIPs %05d to %05d overlap those of line %d; try: one row for each ZIP, or one range within the other", r.from, r.to, other.line)
	})
}
