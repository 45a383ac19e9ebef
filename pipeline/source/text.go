package source

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Text is what the whole file says about its text. For a gzip file it is about
// the decompressed bytes. Line numbers are 1-based and count line feeds.
type Text struct {
	Binary bool // Parquet: not looked at further
	Gzip   bool
	Bytes  int64  // of text, decompressed
	Valid  bool   // all of it is UTF-8
	Offset int64  // 0-based byte of the first fault; meaningful when !Valid
	Line   int64  // its line
	BOM    string // "", "utf-8", "utf-16le", "utf-16be"
	LF, CR int64  // how many line feeds and carriage returns there are
	NUL    int64  // 0-based byte of the first NUL, -1 for none
	Long   int64  // the first line with more than LongLine bytes; 0: none
	Broken error  // a gzip file that is cut off or damaged; the rest is then about what could be read
}

// LongLine is how many bytes a line may have before Text says so: longer ones
// are no export's, and no reader splits them.
const LongLine = 4 << 20

// UTF8Verdict is the name under which callers of Archive meet Text.
type UTF8Verdict = Text

// MixedNewlines tells that line ends may be of more than one kind: carriage
// returns and line feeds do not pair up. Line feeds inside quoted cells of a
// CRLF file look the same, so that it is a reason to look, not a fault.
func (t Text) MixedNewlines() bool { return t.CR > 0 && t.LF > 0 && t.CR != t.LF }

// examiner takes the bytes of a file in pieces of any size.
type examiner struct {
	t       Text
	tail    []byte // an unfinished rune, or the first bytes of the file until its kind is known
	started bool
	faulty  bool
	since   int64 // bytes since the last line feed
	pipe    *io.PipeWriter
	inner   chan Text
}

var (
	magicGzip    = []byte{0x1f, 0x8b}
	magicParquet = []byte("PAR1")
)

func newExaminer() *examiner { return &examiner{t: Text{NUL: -1}} }

// write never fails: faults are findings.
func (e *examiner) write(p []byte) {
	if !e.started {
		e.tail = append(e.tail, p...)
		if len(e.tail) < 4 {
			return
		}
		p, e.tail = e.tail, nil
		e.start(p)
	}
	switch {
	case e.t.Binary:
	case e.pipe != nil:
		// An error means that the reader gave up on a broken file; it has said so.
		_, _ = e.pipe.Write(p)
	default:
		e.text(p)
	}
}

func (e *examiner) start(p []byte) {
	e.started = true
	switch {
	case bytes.HasPrefix(p, magicParquet):
		e.t.Binary = true
	case bytes.HasPrefix(p, magicGzip):
		r, w := io.Pipe()
		e.pipe, e.inner = w, make(chan Text, 1)
		go func() { e.inner <- examineGzip(r) }()
	default:
		e.t.BOM = bomOf(p)
	}
}

// examineGzip reads until the end of its input, whatever it finds, so that the
// writer never waits for it.
func examineGzip(r *io.PipeReader) Text {
	in := newExaminer()
	in.started = true // a gzip file in a gzip file is a fault of its text, not a second layer
	z, err := gzip.NewReader(r)
	if err == nil {
		buf := make([]byte, 256<<10)
		head := make([]byte, 0, 3)
		for err == nil {
			var n int
			n, err = z.Read(buf)
			if len(head) < 3 {
				head = append(head, buf[:min(n, 3-len(head))]...)
				in.t.BOM = bomOf(head)
			}
			in.text(buf[:n])
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	_, _ = io.Copy(io.Discard, r)
	t := in.finish()
	t.Gzip = true
	if err != nil {
		t.Broken = fmt.Errorf("gzip file is damaged or cut off after %d decompressed bytes: %w", t.Bytes, err)
	}
	return t
}

func (e *examiner) text(p []byte) {
	before := e.t.LF
	if e.t.NUL < 0 {
		if i := bytes.IndexByte(p, 0); i >= 0 {
			e.t.NUL = e.t.Bytes + int64(i)
		}
	}
	e.t.CR += int64(bytes.Count(p, []byte{'\r'}))
	e.t.LF += int64(bytes.Count(p, []byte{'\n'}))
	e.lines(p, before)
	if !e.faulty {
		e.validate(p, before)
	}
	e.t.Bytes += int64(len(p))
}

// lines notes the first line that is too long, by the pieces that hold its ends.
func (e *examiner) lines(p []byte, linesBefore int64) {
	first := bytes.IndexByte(p, '\n')
	if first < 0 {
		first = len(p)
	}
	if e.since += int64(first); e.since > LongLine && e.t.Long == 0 {
		e.t.Long = linesBefore + 1
	}
	if last := bytes.LastIndexByte(p, '\n'); last >= 0 {
		e.since = int64(len(p) - last - 1)
	}
}

// validate looks at the unfinished rune of the piece before, then at the piece.
// linesBefore is the number of line feeds before p.
func (e *examiner) validate(p []byte, linesBefore int64) {
	at := e.t.Bytes
	fault := func(buf []byte, start int64) {
		i := firstFault(buf)
		e.faulty = true
		e.t.Offset = start + int64(i)
		// A rune that began in the piece before holds no line feed, so that those of p suffice.
		in := int(e.t.Offset - at)
		e.t.Line = linesBefore + 1
		if in > 0 {
			e.t.Line += int64(bytes.Count(p[:in], []byte{'\n'}))
		}
	}
	for len(e.tail) > 0 && len(p) > 0 && !utf8.FullRune(e.tail) {
		e.tail = append(e.tail, p[0])
		p, at = p[1:], at+1
	}
	if len(e.tail) > 0 {
		if !utf8.FullRune(e.tail) {
			return
		}
		if !utf8.Valid(e.tail) {
			fault(e.tail, at-int64(len(e.tail)))
			return
		}
		e.tail = e.tail[:0]
	}
	whole := len(p)
	for back := 1; back <= utf8.UTFMax && back <= len(p); back++ {
		if utf8.RuneStart(p[len(p)-back]) {
			if !utf8.FullRune(p[len(p)-back:]) {
				whole = len(p) - back
			}
			break
		}
	}
	if !utf8.Valid(p[:whole]) {
		fault(p[:whole], at)
		return
	}
	e.tail = append(e.tail, p[whole:]...)
}

// firstFault is the index of the first byte that starts no rune, len(p) if none.
func firstFault(p []byte) int {
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(p)
}

func (e *examiner) finish() Text {
	if !e.started {
		p := e.tail
		e.tail = nil
		e.start(p)
		if e.pipe == nil {
			e.text(p)
		} else {
			_, _ = e.pipe.Write(p)
		}
	}
	if e.pipe != nil {
		e.pipe.Close()
		return <-e.inner
	}
	if e.t.Binary {
		return e.t
	}
	if !e.faulty && len(e.tail) > 0 {
		e.faulty = true
		e.t.Offset = e.t.Bytes - int64(len(e.tail))
		e.t.Line = e.t.LF + 1
	}
	e.t.Valid = !e.faulty
	return e.t
}

func bomOf(p []byte) string {
	switch {
	case bytes.HasPrefix(p, []byte{0xef, 0xbb, 0xbf}):
		return "utf-8"
	case bytes.HasPrefix(p, []byte{0xff, 0xfe}):
		return "utf-16le"
	case bytes.HasPrefix(p, []byte{0xfe, 0xff}):
		return "utf-16be"
	}
	return ""
}
