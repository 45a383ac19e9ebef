package sheet

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"
)

// shownDigits is how many significant digits Excel shows of a number.
const shownDigits = 15

// appendNumber appends a stored number as text. ok is false where it is none;
// nothing is appended then.
func appendNumber(dst, raw []byte, st style) (_ []byte, ok bool) {
	if st.zeros == 0 && short(raw) {
		return append(dst, raw...), true
	}
	n, ok := split(raw)
	if !ok {
		return dst, false
	}
	if !n.fraction && len(n.exponent) == 0 {
		// All digits of a whole number count: it may be an id.
		if !n.negative && len(n.digits) < int(st.zeros) {
			dst = append(dst, bytes.Repeat([]byte{'0'}, int(st.zeros)-len(n.digits))...)
		}
		return append(dst, raw...), true
	}
	lead := 0
	for lead < len(n.digits) && n.digits[lead] == '0' {
		lead++
	}
	sig := len(bytes.TrimRight(n.digits[lead:], "0"))
	if len(n.exponent) == 0 && (sig <= shownDigits || n.point-lead > shownDigits) {
		return append(dst, raw...), true
	}
	exp := 0
	if len(n.exponent) > 0 {
		var err error
		if exp, err = strconv.Atoi(string(n.exponent)); err != nil {
			return append(dst, raw...), true
		}
	}
	// point is where the decimal point stands behind the first significant digit.
	point := n.point - lead + exp
	if point > shownDigits || point < -20 {
		return append(dst, raw...), true
	}
	digits, carried := roundTo(n.digits[lead:lead+sig], shownDigits)
	if carried {
		point++
	}
	return appendPlain(dst, n.negative, digits, point), true
}

// short tells that a text is a plain number of up to 15 digits: most cells are.
func short(raw []byte) bool {
	digits, points := 0, 0
	for i, c := range raw {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			points++
		case c != '-' || i > 0:
			return false
		}
	}
	return digits > 0 && digits <= shownDigits && points <= 1
}

// number is a decimal text in its pieces.
type number struct {
	negative bool
	digits   []byte // without the point
	point    int    // digits before it
	fraction bool   // a point stands there
	exponent []byte // with its sign
}

func split(raw []byte) (number, bool) {
	var n number
	b := raw
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		n.negative = b[0] == '-'
		b = b[1:]
	}
	if e := bytes.IndexAny(b, "eE"); e >= 0 {
		n.exponent = b[e+1:]
		d := n.exponent
		if len(d) > 0 && (d[0] == '-' || d[0] == '+') {
			d = d[1:]
		}
		if len(d) == 0 || !allDigits(d) {
			return n, false
		}
		b = b[:e]
	}
	n.digits, n.point = b, len(b)
	if p := bytes.IndexByte(b, '.'); p >= 0 {
		n.fraction, n.point = true, p
		n.digits = append(append(make([]byte, 0, len(b)), b[:p]...), b[p+1:]...)
	}
	return n, len(n.digits) > 0 && allDigits(n.digits)
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// roundTo keeps the first n digits, half away from zero. carried tells that a
// digit was put before them (99.5 became 100).
func roundTo(digits []byte, n int) (_ []byte, carried bool) {
	if len(digits) <= n {
		return digits, false
	}
	out := bytes.Clone(digits[:n])
	if digits[n] < '5' {
		return out, false
	}
	for i := n - 1; i >= 0; i-- {
		if out[i] != '9' {
			out[i]++
			return out, false
		}
		out[i] = '0'
	}
	return append([]byte{'1'}, out...), true
}

// appendPlain writes digits with the point behind the first `point` of them,
// without zeros that mean nothing.
func appendPlain(dst []byte, negative bool, digits []byte, point int) []byte {
	digits = bytes.TrimRight(digits, "0")
	if len(digits) == 0 {
		return append(dst, '0')
	}
	if negative {
		dst = append(dst, '-')
	}
	if point <= 0 {
		dst = append(dst, '0', '.')
		dst = append(dst, bytes.Repeat([]byte{'0'}, -point)...)
		return append(dst, digits...)
	}
	if point >= len(digits) {
		dst = append(dst, digits...)
		return append(dst, bytes.Repeat([]byte{'0'}, point-len(digits))...)
	}
	dst = append(dst, digits[:point]...)
	dst = append(dst, '.')
	return append(dst, digits[point:]...)
}

const (
	dayMS    = 24 * 60 * 60 * 1000
	bugDay   = 60      // 1900-02-29 of the 1900 system
	lastDay  = 2958465 // 9999-12-31 of it
	epochGap = 1462    // days between the two systems
)

// appendDate appends a serial day as date and time. ok is false where it is no
// date of the calendar; nothing is appended then.
func appendDate(dst, raw []byte, kind uint8, from1904 bool) (_ []byte, ok bool) {
	x, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.IsNaN(x) || x < 0 || x > lastDay+1 {
		return dst, false
	}
	day := int(math.Floor(x))
	ms := int(math.Round((x - math.Floor(x)) * dayMS))
	if ms == dayMS {
		day, ms = day+1, 0
	}
	if day == 0 && (!from1904 || kind == timeOnly) {
		if ms == 0 && kind == dateOnly {
			return dst, false
		}
		return appendClock(dst, ms), true
	}
	if from1904 {
		day += epochGap
	}
	if day > lastDay {
		return dst, false
	}
	switch {
	case day == bugDay:
		dst = append(dst, "1900-02-29"...)
	default:
		if day < bugDay {
			day++ // the day that was none shifts all after it
		}
		dst = time.Date(1899, time.December, 30+day, 0, 0, 0, 0, time.UTC).AppendFormat(dst, time.DateOnly)
	}
	if ms == 0 && kind == dateOnly {
		return dst, true
	}
	return appendClock(append(dst, ' '), ms), true
}

func appendClock(dst []byte, ms int) []byte {
	s := ms / 1000
	dst = fmt.Appendf(dst, "%02d:%02d:%02d", s/3600, s/60%60, s%60)
	if ms%1000 != 0 {
		dst = fmt.Appendf(dst, ".%03d", ms%1000)
	}
	return dst
}

// appendISO appends a date that is stored as such (cells of type d).
func appendISO(dst, raw []byte, kind uint8) []byte {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02"} {
		t, err := time.Parse(layout, string(raw))
		if err != nil {
			continue
		}
		ms := int(t.Sub(t.Truncate(24 * time.Hour)).Round(time.Millisecond).Milliseconds())
		if ms == dayMS {
			t, ms = t.Add(time.Second), 0
		}
		dst = t.AppendFormat(dst, time.DateOnly)
		if ms == 0 && (kind == dateOnly || kind == plain) {
			return dst
		}
		return appendClock(append(dst, ' '), ms)
	}
	return append(dst, raw...)
}
