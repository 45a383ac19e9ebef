package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"unicode"
	"unicode/utf8"
)

// readCell reads the cell whose start tag was just passed.
func (r *rows) readCell() error {
	typ, st := byte('n'), style{}
	col := r.col + 1
	for raw := r.sc.attrs; ; {
		name, value, rest := attribute(raw)
		if name == nil {
			break
		}
		raw = rest
		if len(name) != 1 {
			continue
		}
		switch name[0] {
		case 'r':
			if col = columnOf(value); col == 0 {
				return r.refuse(0, fmt.Sprintf("a cell has the place %q", clip(string(value), 20)), tryAgain)
			}
		case 's':
			if n := small(value); n >= 0 && n < len(r.b.styles) {
				st = r.b.styles[n]
			}
		case 't':
			typ = cellType(value)
		}
	}
	if col > maxColumns {
		return r.refuse(col, fmt.Sprintf("a row has more than %d columns", maxColumns), tryAgain)
	}
	r.sorted = r.sorted && col > r.col
	r.col = col
	if r.sc.empty {
		return nil
	}
	formula, stored, err := r.readContent()
	if err != nil {
		return r.failCell(err)
	}
	if formula && typ == 'n' && len(r.val) == 0 {
		stored = false // no number is empty: libraries that compute nothing write the element all the same
	}
	if len(r.val) == 0 && (stored || !formula) {
		return nil
	}
	start := len(r.cur.buf)
	kind := kindUncomputed
	if stored || !formula {
		if kind, err = r.value(typ, st); err != nil {
			return err
		}
		text := r.cur.buf[start:]
		if len(text) > r.b.opt.MaxCell {
			return r.failCell(errLongCell)
		}
		if onlyBlanks(text) {
			r.cur.buf = r.cur.buf[:start]
			return nil
		}
		if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
			return r.refuse(col, "the text is not UTF-8", tryAgain)
		}
	}
	if len(r.cur.buf) > max(maxRowBytes, 2*r.b.opt.MaxCell) {
		return r.refuse(0, fmt.Sprintf("the row is longer than %d MiB", maxRowBytes>>20), "remove what is no data from it")
	}
	r.cur.cells = append(r.cur.cells, cell{col, kind, start, len(r.cur.buf)})
	return nil
}

// readContent reads up to </c>: the stored value or inline text into val.
func (r *rows) readContent() (formula, stored bool, err error) {
	r.val = r.val[:0]
	for {
		kind, err := r.sc.next()
		if err != nil {
			return false, false, err
		}
		switch kind {
		case tokenEOF:
			return false, false, errCut
		case tokenEnd:
			if string(r.sc.name) == "c" {
				return formula, stored, nil
			}
		case tokenStart:
			switch string(r.sc.name) {
			case "f":
				formula = true
			case "v":
				stored = true
				if !r.sc.empty {
					r.val, err = r.sc.element(r.val[:0], r.b.opt.MaxCell)
				}
			case "is":
				stored = true
				if !r.sc.empty {
					r.val, err = r.sc.rich(r.val[:0], "is", r.b.opt.MaxCell)
				}
			}
			if err != nil {
				return false, false, err
			}
		}
	}
}

func cellType(value []byte) byte {
	switch string(value) {
	case "s":
		return 's'
	case "str", "inlineStr":
		return 't'
	case "b", "e", "d":
		return value[0]
	}
	return 'n'
}

// value appends the text of the cell to the row's buffer.
func (r *rows) value(typ byte, st style) (kind uint8, err error) {
	switch typ {
	case 's':
		if i := small(bytes.TrimSpace(r.val)); i >= 0 {
			r.cur.buf, err = r.b.sharedString(r.cur.buf, int64(i))
			if !errors.Is(err, errNoString) {
				return kindText, err
			}
		}
		return 0, r.refuse(r.col, fmt.Sprintf("the cell takes shared string %q, which is not there", clip(string(r.val), 20)), tryAgain)
	case 't':
		r.cur.buf = append(r.cur.buf, r.val...)
		return kindText, nil
	case 'b':
		switch string(bytes.TrimSpace(r.val)) {
		case "1", "true":
			r.cur.buf = append(r.cur.buf, "TRUE"...)
		case "0", "false":
			r.cur.buf = append(r.cur.buf, "FALSE"...)
		default:
			r.cur.buf = append(r.cur.buf, r.val...)
		}
		return kindBool, nil
	case 'e':
		r.cur.buf = append(r.cur.buf, r.val...)
		return kindError, nil
	case 'd':
		r.cur.buf = appendISO(r.cur.buf, bytes.TrimSpace(r.val), st.kind)
		return kindDate, nil
	}
	raw := bytes.TrimSpace(r.val)
	if st.kind != plain {
		if buf, ok := appendDate(r.cur.buf, raw, st.kind, r.b.from1904); ok {
			r.cur.buf = buf
			return kindDate, nil
		}
	}
	buf, ok := appendNumber(r.cur.buf, raw, st)
	if ok {
		r.cur.buf = buf
		return kindNumber, nil
	}
	r.cur.buf = append(r.cur.buf, r.val...)
	return kindText, nil
}

// sharedString opens the part of the shared strings when the first is asked for.
func (b *book) sharedString(dst []byte, i int64) ([]byte, error) {
	if b.strings == nil {
		part, err := b.open(b.texts)
		if errors.Is(err, fs.ErrNotExist) {
			return dst, errNoString
		}
		if err != nil {
			return dst, err
		}
		b.strings = newShared(part, b.opt.TempDir, b.opt.MaxCell)
	}
	return b.strings.get(dst, i)
}

// columnOf reads the column of a place such as AB12; 0 where it is none.
func columnOf(place []byte) int {
	col, i := 0, 0
	for ; i < len(place) && i < 4; i++ {
		c := place[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		col = col*26 + int(c-'A') + 1
	}
	if i == 0 || i == len(place) || !allDigits(place[i:]) {
		return 0
	}
	return col
}

// small reads a whole number of up to 10 digits; -1 where it is none.
func small(b []byte) int {
	if len(b) == 0 || len(b) > 10 || !allDigits(b) {
		return -1
	}
	n := 0
	for _, c := range b {
		n = n*10 + int(c-'0')
	}
	return n
}

func onlyBlanks(b []byte) bool {
	if len(b) > 0 && b[0] > ' ' && b[0] < 0x80 {
		return false
	}
	return len(bytes.TrimFunc(b, unicode.IsSpace)) == 0
}
