package sheet

import (
	"bytes"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

var errLongCell = errors.New("text is too long")

// element appends the resolved text of the element that was just entered and
// passes its end. Tags inside are passed over.
func (s *scanner) element(dst []byte, limit int) ([]byte, error) {
	start := len(dst)
	for depth := 1; ; {
		kind, err := s.next()
		if err != nil {
			return dst, err
		}
		switch kind {
		case tokenEOF:
			return dst, errCut
		case tokenStart:
			if !s.empty {
				depth++
			}
		case tokenEnd:
			if depth--; depth == 0 {
				text, err := resolve(dst[start:])
				if err != nil {
					return dst, err
				}
				text = unescape(text)
				if len(text) > limit {
					return dst, errLongCell
				}
				return dst[:start+len(text)], nil
			}
		case tokenText:
			if depth == 1 {
				dst = s.appendText(dst)
			}
			// A reference is up to 10 bytes for one.
			if len(dst)-start > 10*limit {
				return dst, errLongCell
			}
		}
	}
}

// rich appends the text of a shared or inline string, that is all of its <t>
// but the phonetic ones, and passes the end tag of the given name.
func (s *scanner) rich(dst []byte, name string, limit int) ([]byte, error) {
	start := len(dst)
	phonetic := 0
	for {
		kind, err := s.next()
		if err != nil {
			return dst, err
		}
		switch kind {
		case tokenEOF:
			return dst, errCut
		case tokenStart:
			switch {
			case s.empty:
			case string(s.name) == "rPh":
				phonetic++
			case string(s.name) == "t" && phonetic == 0:
				if dst, err = s.element(dst, limit); err != nil {
					return dst, err
				}
				if len(dst)-start > limit {
					return dst, errLongCell
				}
			}
		case tokenEnd:
			if string(s.name) == "rPh" {
				phonetic--
			}
			if string(s.name) == name {
				return dst, nil
			}
		}
	}
}

// unescape resolves _xHHHH_, in place, by which workbooks write what XML cannot
// hold. NUL and halves of a pair stay as they are written.
func unescape(b []byte) []byte {
	at := bytes.Index(b, []byte("_x"))
	if at < 0 {
		return b
	}
	out := b[:at]
	for i := at; i < len(b); {
		r, n := escaped(b[i:])
		if n == 0 {
			out = append(out, b[i])
			i++
			continue
		}
		if utf16.IsSurrogate(r) {
			low, m := escaped(b[i+n:])
			if r = utf16.DecodeRune(r, low); m == 0 || r == utf8.RuneError {
				out = append(out, b[i:i+n]...)
				i += n
				continue
			}
			n += m
		}
		out = utf8.AppendRune(out, r)
		i += n
	}
	return out
}

// escaped reads _xHHHH_ at the start of b; n is 0 where there is none.
func escaped(b []byte) (r rune, n int) {
	if len(b) < 7 || b[0] != '_' || b[1] != 'x' || b[6] != '_' {
		return 0, 0
	}
	for _, c := range b[2:6] {
		d := hexDigit(c)
		if d < 0 {
			return 0, 0
		}
		r = r<<4 | d
	}
	if r == 0 {
		return 0, 0
	}
	return r, 7
}

// appendText appends the piece so that resolve gives it back.
func (s *scanner) appendText(dst []byte) []byte {
	if s.cdata && bytes.IndexByte(s.text, '&') >= 0 {
		return append(dst, bytes.ReplaceAll(s.text, []byte("&"), []byte("&amp;"))...)
	}
	return append(dst, s.text...)
}

// resolve replaces references and, as XML wants it, line ends, in place: the
// result is never longer.
func resolve(b []byte) ([]byte, error) {
	first := bytes.IndexAny(b, "&\r")
	if first < 0 {
		return b, nil
	}
	out := b[:first]
	for i := first; i < len(b); {
		switch b[i] {
		case '\r':
			out = append(out, '\n')
			i++
			if i < len(b) && b[i] == '\n' {
				i++
			}
		case '&':
			end := bytes.IndexByte(b[i:min(len(b), i+16)], ';')
			if end < 0 {
				return nil, errMarkup
			}
			r, ok := reference(b[i+1 : i+end])
			if !ok {
				return nil, errMarkup
			}
			i += end + 1
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, b[i])
			i++
		}
	}
	return out, nil
}

func reference(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	var r rune
	for _, c := range digits {
		d := hexDigit(c)
		if d < 0 || d >= base || r > utf8.MaxRune {
			return 0, false
		}
		r = r*base + d
	}
	return r, len(digits) > 0 && r > 0 && utf8.ValidRune(r)
}

func hexDigit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}
