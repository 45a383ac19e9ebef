package decode

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
)

// Position says where a record of a CSV or NDJSON file lies.
type Position struct {
	Record int64  // 1-based number among the data records, good and bad; 0 where there is none
	Line   int64  // 1-based line of the file on which it starts
	Offset int64  // 0-based byte of its start in the decompressed file
	Raw    string // its text without the line end, cut at rawBytes
}

// longestLine is up to where memory is taken for one line, in bytes. NDJSON has
// the longest.
const longestLine = defaultMaxRecord

// rawBytes is how much of a record's text a Position holds.
const rawBytes = 2000

// Locate finds records by their numbers, which must be sorted. The result has
// one position per number; Record is 0 for a number that the file does not have.
// It reads the file up to the last of them.
//
// Records are counted as the engine does: quoted line ends belong to a record,
// an empty line is none unless the file has one column. A line of more than 64 MiB
// is a *Refusal.
func Locate(ctx context.Context, path string, d Dialect, records []int64) ([]Position, error) {
	if err := sorted(records); err != nil {
		return nil, err
	}
	out := make([]Position, len(records))
	return out, locate(ctx, path, d, &search{records: records, out: out})
}

// LocateBytes finds the records at byte offsets (0-based, sorted, in the
// decompressed file). It takes what the engine's reject_errors says:
// line_byte_position-1, which points at the record or at the line ends before
// it. (Its `line` is no line of the file: it counts a record with quoted line
// ends as one, so that it cannot be shown to a person.)
func LocateBytes(ctx context.Context, path string, d Dialect, offsets []int64) ([]Position, error) {
	if err := sorted(offsets); err != nil {
		return nil, err
	}
	out := make([]Position, len(offsets))
	return out, locate(ctx, path, d, &search{offsets: offsets, out: out})
}

// RecordOfRow gives the record number of the n-th good row (1-based), as the
// engine numbers the rows that it did not reject. Rejected are the distinct
// record numbers of those that it did, sorted.
func RecordOfRow(row int64, rejected []int64) int64 {
	// The answer is row+k, where k rejected records lie before it; rejected[k]-k is the
	// row that follows the k-th, a sequence that never falls.
	k := sort.Search(len(rejected), func(i int) bool { return rejected[i]-int64(i) > row })
	return row + int64(k)
}

func sorted(n []int64) error {
	for i := 1; i < len(n); i++ {
		if n[i] < n[i-1] {
			return errors.New("locate records: numbers are not sorted")
		}
	}
	return nil
}

// search is what is looked for: records or offsets, never both.
type search struct {
	records, offsets []int64
	out              []Position
	found            int
}

func (s *search) over() bool { return s.found == len(s.out) }

// wants tells whether a block of lines may hold what is looked for next: it
// ends before offset end, and up to `last` is the highest record that can be in it.
func (s *search) wants(last, end int64) bool {
	if s.over() {
		return false
	}
	if s.records != nil {
		return s.records[s.found] <= last
	}
	return s.offsets[s.found] < end
}

// record takes a finished record; term is the offset of the first byte of its
// line end.
func (s *search) record(p Position, term int64) {
	for !s.over() {
		if s.records != nil {
			if s.records[s.found] > p.Record {
				return
			}
			if s.records[s.found] == p.Record {
				s.out[s.found] = p
			}
		} else {
			if s.offsets[s.found] > term {
				return
			}
			s.out[s.found] = p
		}
		s.found++
	}
}

func locate(ctx context.Context, path string, d Dialect, s *search) error {
	if s.over() {
		return nil
	}
	r, _, err := open(path)
	if err != nil {
		return fmt.Errorf("locate records: %w", err)
	}
	defer r.Close()
	w := newWalker(d, s)
	buf := make([]byte, 0, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(buf) == cap(buf) {
			// One line fills it all.
			if len(buf) > longestLine {
				return &Refusal{File: baseName(path), Line: w.line + 1, Reason: fmt.Sprintf("the line is longer than %d MiB", longestLine>>20), Try: "check the quotes and the line ends of the file"}
			}
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return fmt.Errorf("locate records: %w", err)
		}
		lines := len(buf)
		if !last {
			lines = bytes.LastIndexByte(buf, w.end) + 1
		}
		w.block(buf[:lines])
		if last {
			w.finish()
			return nil
		}
		if s.over() {
			return nil
		}
		buf = buf[:copy(buf, buf[lines:])]
	}
}

// walker counts records over blocks of whole lines.
type walker struct {
	s       *search
	split   splitter
	end     byte // of a line
	skip    int  // records still to be skipped, blank ones too
	header  bool // the header record is still to come
	single  bool
	started bool
	quoted  bool // the line before ended inside quotes

	offset, line int64 // of the next line: 0-based byte, number of lines before it
	records      int64
	cur          Position // the record that quotes hold open
	raw          []byte
}

func newWalker(d Dialect, s *search) *walker {
	w := &walker{s: s, end: '\n', skip: d.Skip, header: d.Header, single: d.Single,
		split: splitter{delim: byteOf(d.Delimiter), quote: byteOf(d.Quote), escape: byteOf(d.Escape)}}
	if d.NewLine == "\r" {
		w.end = '\r'
	}
	return w
}

func (w *walker) block(p []byte) {
	if !w.started {
		w.started = true
		if rest, ok := bytes.CutPrefix(p, []byte("\xef\xbb\xbf")); ok {
			p, w.offset = rest, 3
		}
	}
	if w.plain(p) {
		n := int64(bytes.Count(p, []byte{w.end}))
		if !w.s.wants(w.records+n, w.offset+int64(len(p))) {
			w.records += n
			w.line += n
			w.offset += int64(len(p))
			return
		}
	}
	for len(p) > 0 && !w.s.over() {
		n := bytes.IndexByte(p, w.end) + 1
		if n == 0 {
			n = len(p)
		}
		w.oneLine(p[:n])
		p = p[n:]
	}
}

// plain tells whether every line of the block is a record of its own.
func (w *walker) plain(p []byte) bool {
	if w.skip > 0 || w.header || w.quoted || len(p) == 0 || p[len(p)-1] != w.end {
		return false
	}
	if w.split.quote != 0 && bytes.IndexByte(p, w.split.quote) >= 0 {
		return false
	}
	if w.single {
		return true
	}
	blank := p[0] == '\r' || p[0] == '\n' || bytes.Contains(p, []byte{w.end, w.end})
	return !blank && (w.end == '\r' || !bytes.Contains(p, []byte("\n\r")))
}

func (w *walker) oneLine(p []byte) {
	at := w.offset
	w.offset += int64(len(p))
	w.line++
	body := p
	if n := len(body); n > 0 && body[n-1] == w.end {
		body = body[:n-1]
		if n > 1 && w.end == '\n' && body[n-2] == '\r' {
			body = body[:n-2]
		}
	}
	if w.skip > 0 {
		// As the engine does: lines that quotes hold together are skipped as one.
		if w.quoted = w.split.quote != 0 && w.split.staysOpen(body, w.quoted); !w.quoted {
			w.skip--
		}
		return
	}
	if !w.quoted {
		if len(body) == 0 && !w.single {
			return
		}
		w.cur = Position{Line: w.line, Offset: at}
		w.raw = w.raw[:0]
	}
	if w.split.quote != 0 && (w.quoted || bytes.IndexByte(body, w.split.quote) >= 0) {
		w.quoted = w.split.staysOpen(body, w.quoted)
	}
	if w.quoted {
		w.keep(p)
		return
	}
	w.keep(body)
	w.close(at + int64(len(body)))
}

func (w *walker) keep(p []byte) {
	w.raw = append(w.raw, p[:min(len(p), rawBytes+1-min(len(w.raw), rawBytes+1))]...)
}

// close ends the record that is open; term is the offset of its line end.
func (w *walker) close(term int64) {
	if w.header {
		w.header = false
		return
	}
	w.records++
	if !w.s.wants(w.records, term+1) {
		return
	}
	w.cur.Record = w.records
	w.cur.Raw = rawText(w.raw)
	w.s.record(w.cur, term)
}

// finish ends a record whose quote is never closed: the engine too takes it up
// to the end of the file.
func (w *walker) finish() {
	if w.quoted {
		w.quoted = false
		w.close(w.offset)
	}
}

func rawText(p []byte) string {
	if len(p) <= rawBytes {
		return strings.ToValidUTF8(string(p), "\ufffd")
	}
	return strings.ToValidUTF8(string(p[:rawBytes]), "\ufffd") + "…"
}

// staysOpen walks one line and tells whether it ends inside quotes. A quote
// that closes before other text is a fault of the record; the rest of the cell
// is then taken as plain text, as the engine does.
func (s splitter) staysOpen(p []byte, quoted bool) bool {
	start := !quoted // at the start of a cell
	for i := 0; i < len(p); i++ {
		c := p[i]
		if quoted {
			switch {
			case s.escape != 0 && s.escape != s.quote && c == s.escape:
				i++
			case c == s.quote:
				if s.escape == s.quote && i+1 < len(p) && p[i+1] == s.quote {
					i++
					continue
				}
				quoted = false
			default:
				next := bytes.IndexByte(p[i:], s.quote)
				if s.escape != s.quote {
					continue
				}
				if next < 0 {
					return true
				}
				i += next - 1
			}
			continue
		}
		switch {
		case c == s.delim:
			start = true
		case start && c == s.quote:
			quoted, start = true, false
		case c != ' ':
			start = false
		}
	}
	return quoted
}
