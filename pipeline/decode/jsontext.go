package decode

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// jsonText reads one JSON text from a stream and checks its grammar strictly
// (RFC 8259). It keeps values as they stand, white space between tokens aside.
// It exists because encoding/json's Decoder tells no reliable position of a fault
// once tokens and values are mixed, and cannot pass over a value that is larger
// than memory.
type jsonText struct {
	ctx      context.Context
	name     string
	r        io.Reader
	buf      []byte
	pos, end int
	base     int64 // bytes before buf
	line     int64 // line feeds so far; they stand between tokens only
	lineAt   int64 // byte at which the line starts
	err      error // of the stream, not io.EOF
	maxDepth int
	maxBytes int
	keys     [][2]int // where the keys of the objects that are open stand in the kept value
}

func newJSONText(ctx context.Context, r io.Reader, opt Options) *jsonText {
	return &jsonText{ctx: ctx, name: opt.Name, r: r, buf: make([]byte, 256<<10), maxDepth: opt.MaxDepth, maxBytes: opt.MaxRecord}
}

// fill makes at least one byte available, or gives false at the end.
func (j *jsonText) fill() bool {
	if j.pos < j.end {
		return true
	}
	if j.err != nil {
		return false
	}
	j.base += int64(j.end)
	j.pos, j.end = 0, 0
	for j.end == 0 {
		if j.err = j.ctx.Err(); j.err != nil {
			return false
		}
		n, err := j.r.Read(j.buf)
		j.end = n
		if err != nil {
			if !errors.Is(err, io.EOF) {
				j.err = err
			}
			if n == 0 {
				return false
			}
			break
		}
	}
	return true
}

// peek passes over white space; ok is false at the end of the text.
func (j *jsonText) peek() (c byte, ok bool) {
	for j.fill() {
		switch c := j.buf[j.pos]; c {
		case ' ', '\t', '\r':
			j.pos++
		case '\n':
			j.pos++
			j.line++
			j.lineAt = j.base + int64(j.pos)
		default:
			return c, true
		}
	}
	return 0, false
}

// fault is a refusal at the next byte.
func (j *jsonText) fault(reason, try string) error {
	if j.err != nil {
		if errors.Is(j.err, context.Canceled) || errors.Is(j.err, context.DeadlineExceeded) {
			return j.err
		}
		return &Refusal{File: j.name, Line: j.line + 1, Reason: fmt.Sprintf("cannot be read on (%v)", j.err), Try: "download it again"}
	}
	return &Refusal{File: j.name, Line: j.line + 1, Col: j.base + int64(j.pos) - j.lineAt + 1, Reason: reason, Try: try}
}

func (j *jsonText) wrong(want string) error {
	if !j.fill() {
		return j.fault("the JSON text ends here, "+want+" is expected", "download it again: it is cut off")
	}
	return j.fault(fmt.Sprintf("%q is not JSON here, %s is expected", j.buf[j.pos], want), "export it again")
}

// put appends to a kept value.
func (j *jsonText) put(out *[]byte, p ...byte) error {
	if out == nil {
		return nil
	}
	if len(*out)+len(p) > j.maxBytes {
		return j.fault(fmt.Sprintf("a record is larger than %d bytes", j.maxBytes), "a path that goes deeper, to smaller records")
	}
	*out = append(*out, p...)
	return nil
}

// take passes the next byte, which the caller has seen.
func (j *jsonText) take(out *[]byte) error {
	c := j.buf[j.pos]
	if err := j.put(out, c); err != nil {
		return err
	}
	j.pos++
	return nil
}

// value reads one value; out is nil to pass over it.
func (j *jsonText) value(out *[]byte, depth int) error {
	c, ok := j.peek()
	if !ok {
		return j.wrong("a value")
	}
	switch {
	case c == '{':
		return j.object(depth, out, func(string) error { return j.value(out, depth+1) })
	case c == '[':
		return j.array(depth, out, func() error { return j.value(out, depth+1) })
	case c == '"':
		return j.str(out)
	case c == '-' || (c >= '0' && c <= '9'):
		return j.number(out)
	case c == 't':
		return j.word(out, "true")
	case c == 'f':
		return j.word(out, "false")
	case c == 'n':
		return j.word(out, "null")
	}
	return j.wrong("a value")
}

// object reads an object and calls member before the value of each key. The key
// is decoded only where the object is not kept as a whole (out is nil).
func (j *jsonText) object(depth int, out *[]byte, member func(key string) error) error {
	if depth >= j.maxDepth {
		return j.fault(fmt.Sprintf("is nested deeper than %d levels", j.maxDepth), "export it again")
	}
	if err := j.take(out); err != nil {
		return err
	}
	base := len(j.keys)
	defer func() { j.keys = j.keys[:base] }()
	var many map[string]bool
	for first := true; ; first = false {
		c, ok := j.peek()
		if ok && c == '}' && first {
			return j.take(out)
		}
		if !first {
			if ok && c == '}' {
				return j.take(out)
			}
			if !ok || c != ',' {
				return j.wrong("a comma or }")
			}
			if err := j.take(out); err != nil {
				return err
			}
			c, ok = j.peek()
		}
		if !ok || c != '"' {
			return j.wrong("a key in quotes")
		}
		line, col := j.line+1, j.base+int64(j.pos)-j.lineAt+1
		key, err := j.key(out)
		if err != nil {
			return err
		}
		if out != nil {
			if twice, name := j.repeats(*out, base, &many); twice {
				return &Refusal{File: j.name, Line: line, Col: col, Reason: fmt.Sprintf("the key %q stands twice in an object", cut(name, 80)), Try: "export it again: it is not clear which is meant"}
			}
		}
		if c, ok = j.peek(); !ok || c != ':' {
			return j.wrong("a colon")
		}
		if err := j.take(out); err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
	}
}

// array reads an array and calls element before each of its values.
func (j *jsonText) array(depth int, out *[]byte, element func() error) error {
	if depth >= j.maxDepth {
		return j.fault(fmt.Sprintf("is nested deeper than %d levels", j.maxDepth), "export it again")
	}
	if err := j.take(out); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, ok := j.peek()
		if ok && c == ']' && first {
			return j.take(out)
		}
		if !first {
			if ok && c == ']' {
				return j.take(out)
			}
			if !ok || c != ',' {
				return j.wrong("a comma or ]")
			}
			if err := j.take(out); err != nil {
				return err
			}
		}
		if err := element(); err != nil {
			return err
		}
	}
}

// str reads a string with its quotes; the next byte is the opening one.
func (j *jsonText) str(out *[]byte) error {
	if err := j.take(out); err != nil {
		return err
	}
	for j.fill() {
		rest := j.buf[j.pos:j.end]
		n := 0
		for n < len(rest) && rest[n] != '"' && rest[n] != '\\' && rest[n] >= 0x20 {
			n++
		}
		if err := j.put(out, rest[:n]...); err != nil {
			return err
		}
		j.pos += n
		if n == len(rest) {
			continue
		}
		switch rest[n] {
		case '"':
			return j.take(out)
		case '\\':
			if err := j.escape(out); err != nil {
				return err
			}
		default:
			return j.fault(fmt.Sprintf("a string holds the raw control character 0x%02x", rest[n]), "export it again: control characters are written as escapes")
		}
	}
	return j.wrong("the end of a string")
}

func (j *jsonText) escape(out *[]byte) error {
	if err := j.take(out); err != nil {
		return err
	}
	if !j.fill() {
		return j.wrong("the end of a string")
	}
	c := j.buf[j.pos]
	if bytes.IndexByte([]byte(`"\/bfnrtu`), c) < 0 {
		return j.wrong("an escape of JSON")
	}
	if err := j.take(out); err != nil || c != 'u' {
		return err
	}
	for range 4 {
		if !j.fill() || !isHex(j.buf[j.pos]) {
			return j.wrong("a hexadecimal digit")
		}
		if err := j.take(out); err != nil {
			return err
		}
	}
	return nil
}

func isHex(c byte) bool {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')
}

func (j *jsonText) number(out *[]byte) error {
	if j.buf[j.pos] == '-' {
		if err := j.take(out); err != nil {
			return err
		}
	}
	if j.fill() && j.buf[j.pos] == '0' {
		if err := j.take(out); err != nil {
			return err
		}
	} else if err := j.digits(out); err != nil {
		return err
	}
	if j.fill() && j.buf[j.pos] == '.' {
		if err := j.take(out); err != nil {
			return err
		}
		if err := j.digits(out); err != nil {
			return err
		}
	}
	if !j.fill() || (j.buf[j.pos] != 'e' && j.buf[j.pos] != 'E') {
		return nil
	}
	if err := j.take(out); err != nil {
		return err
	}
	if j.fill() && (j.buf[j.pos] == '+' || j.buf[j.pos] == '-') {
		if err := j.take(out); err != nil {
			return err
		}
	}
	return j.digits(out)
}

// digits reads one digit or more.
func (j *jsonText) digits(out *[]byte) error {
	for n := 0; ; n++ {
		if !j.fill() || j.buf[j.pos] < '0' || j.buf[j.pos] > '9' {
			if n == 0 {
				return j.wrong("a digit")
			}
			return nil
		}
		if err := j.take(out); err != nil {
			return err
		}
	}
}

func (j *jsonText) word(out *[]byte, word string) error {
	for i := range len(word) {
		if !j.fill() || j.buf[j.pos] != word[i] {
			return j.wrong(word)
		}
		if err := j.take(out); err != nil {
			return err
		}
	}
	return nil
}
