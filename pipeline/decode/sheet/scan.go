package sheet

import (
	"bytes"
	"errors"
	"io"
)

// tokens that a scanner gives.
const (
	tokenEOF = iota
	tokenStart
	tokenEnd
	tokenText
)

const (
	bufferBytes = 1 << 18
	maxTag      = 1 << 20 // bytes of one tag with its attributes
)

var (
	errMarkup   = errors.New("its XML is not well-formed")
	errCut      = errors.New("its XML is cut off")
	errEncoding = errors.New("its XML is not UTF-8")
	errDoctype  = errors.New("its XML has a document type, which no workbook has")
	errLongTag  = errors.New("its XML has a tag of more than 1 MiB")
)

// scanner reads XML in pieces. It knows tags, attributes, text and CDATA, passes
// over comments and instructions, and leaves it to the reader of a part to see
// that tags match. All slices it gives are valid until the next call.
type scanner struct {
	r        io.Reader
	buf      []byte
	pos, end int
	begun    bool
	inCDATA  bool

	name  []byte // of a tag, without prefix
	attrs []byte // of a start tag, raw
	empty bool   // a start tag that is its own end: no end tag follows
	text  []byte // a piece, raw
	cdata bool   // text is without references
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, buf: make([]byte, bufferBytes)}
}

// fill reads more behind what is left; io.EOF where there is no more.
func (s *scanner) fill() error {
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.end -= s.pos
		s.pos = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= maxTag {
			return errLongTag
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// need reads until n bytes are there.
func (s *scanner) need(n int) error {
	for s.end-s.pos < n {
		if err := s.fill(); err != nil {
			return cutOff(err)
		}
	}
	return nil
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return errCut
	}
	return err
}

func (s *scanner) next() (int, error) {
	for {
		if s.inCDATA {
			done, err := s.inside("]]>")
			if err != nil {
				return 0, err
			}
			s.inCDATA = !done
			s.cdata = true
			if len(s.text) > 0 {
				return tokenText, nil
			}
			continue
		}
		if s.pos == s.end {
			if err := s.fill(); errors.Is(err, io.EOF) {
				return tokenEOF, nil
			} else if err != nil {
				return 0, err
			}
		}
		if !s.begun {
			s.begun = true
			if err := s.begin(); err != nil {
				return 0, err
			}
			continue
		}
		if s.buf[s.pos] != '<' {
			i := bytes.IndexByte(s.buf[s.pos:s.end], '<')
			if i < 0 {
				i = s.end - s.pos
			}
			s.text, s.cdata = s.buf[s.pos:s.pos+i], false
			s.pos += i
			return tokenText, nil
		}
		if err := s.need(2); err != nil {
			return 0, err
		}
		switch s.buf[s.pos+1] {
		case '!':
			if err := s.bang(); err != nil {
				return 0, err
			}
		case '?':
			if err := s.skip("?>"); err != nil {
				return 0, err
			}
		default:
			return s.tag()
		}
	}
}

// begin looks at the first bytes of a part: byte order mark and declaration.
func (s *scanner) begin() error {
	for s.end-s.pos < 256 {
		if err := s.fill(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	head := s.buf[s.pos:s.end]
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		s.pos += 3
		head = head[3:]
	}
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return errEncoding
	}
	if !bytes.HasPrefix(head, []byte("<?xml")) {
		return nil
	}
	declaration, _, _ := bytes.Cut(head, []byte("?>"))
	if _, after, ok := bytes.Cut(bytes.ToLower(declaration), []byte("encoding")); ok {
		after = bytes.TrimLeft(after, " \t\r\n=\"'")
		if !bytes.HasPrefix(after, []byte("utf-8")) && !bytes.HasPrefix(after, []byte("us-ascii")) {
			return errEncoding
		}
	}
	return nil
}

// inside gives the next piece before an end mark in s.text, and whether the mark
// was passed.
func (s *scanner) inside(mark string) (bool, error) {
	if err := s.need(len(mark)); err != nil {
		return false, err
	}
	window := s.buf[s.pos:s.end]
	if i := bytes.Index(window, []byte(mark)); i >= 0 {
		s.text = window[:i]
		s.pos += i + len(mark)
		return true, nil
	}
	// The mark may begin in the last bytes.
	keep := len(window) - len(mark) + 1
	s.text = window[:keep]
	s.pos += keep
	return false, nil
}

func (s *scanner) skip(mark string) error {
	for {
		done, err := s.inside(mark)
		if done || err != nil {
			return err
		}
	}
}

// bang passes over a comment, or enters CDATA.
func (s *scanner) bang() error {
	if err := s.need(4); err != nil {
		return err
	}
	if bytes.HasPrefix(s.buf[s.pos:s.end], []byte("<!--")) {
		s.pos += 4
		return s.skip("-->")
	}
	if s.buf[s.pos+2] != '[' {
		return errDoctype
	}
	const open = "<![CDATA["
	if err := s.need(len(open)); err != nil {
		return err
	}
	if !bytes.HasPrefix(s.buf[s.pos:s.end], []byte(open)) {
		return errMarkup
	}
	s.pos += len(open)
	s.inCDATA = true
	return nil
}

// tag reads a start or end tag. `>` inside a quoted value does not end it.
func (s *scanner) tag() (int, error) {
	quote := byte(0)
	i := 1
	for ; ; i++ {
		if s.pos+i >= s.end {
			if err := s.fill(); err != nil {
				return 0, cutOff(err)
			}
		}
		c := s.buf[s.pos+i]
		if quote != 0 {
			if c == quote {
				quote = 0
			}
			continue
		}
		if c == '>' {
			break
		}
		if c == '"' || c == '\'' {
			quote = c
		}
		if c == '<' {
			return 0, errMarkup
		}
	}
	body := s.buf[s.pos+1 : s.pos+i]
	s.pos += i + 1
	kind := tokenStart
	s.empty = false
	switch {
	case len(body) > 0 && body[0] == '/':
		kind, body = tokenEnd, body[1:]
	case len(body) > 0 && body[len(body)-1] == '/':
		s.empty, body = true, body[:len(body)-1]
	}
	n := 0
	for n < len(body) && !blank(body[n]) {
		n++
	}
	if n == 0 {
		return 0, errMarkup
	}
	s.name, s.attrs = local(body[:n]), body[n:]
	return kind, nil
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// local is a name without its prefix. The parts of a workbook use one vocabulary
// each, whatever letters stand for it.
func local(name []byte) []byte {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

// attribute cuts the first attribute off; the name is nil where there is none.
func attribute(raw []byte) (name, value, rest []byte) {
	for len(raw) > 0 && blank(raw[0]) {
		raw = raw[1:]
	}
	eq := bytes.IndexByte(raw, '=')
	if eq < 0 {
		return nil, nil, nil
	}
	name = raw[:eq]
	for len(name) > 0 && blank(name[len(name)-1]) {
		name = name[:len(name)-1]
	}
	raw = raw[eq+1:]
	for len(raw) > 0 && blank(raw[0]) {
		raw = raw[1:]
	}
	if len(raw) == 0 || (raw[0] != '"' && raw[0] != '\'') {
		return nil, nil, nil
	}
	end := bytes.IndexByte(raw[1:], raw[0])
	if end < 0 {
		return nil, nil, nil
	}
	return local(name), raw[1 : 1+end], raw[2+end:]
}

// attr is the value of an attribute of the start tag, references resolved; ""
// where there is none.
func (s *scanner) attr(want string) (string, error) {
	for raw := s.attrs; ; {
		name, value, rest := attribute(raw)
		if name == nil {
			return "", nil
		}
		if string(name) == want {
			b, err := resolve(bytes.Clone(value))
			return string(b), err
		}
		raw = rest
	}
}
