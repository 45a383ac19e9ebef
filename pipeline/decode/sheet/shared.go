package sheet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Of shared strings, this much stays in memory: 128 MiB of text, and 32 MiB of
// index, that is 4 million strings.
const (
	sharedPages = 128 << 20 / pageBytes
	indexPages  = 32 << 20 / pageBytes
)

// shared gives the workbook's shared strings by number. It reads the part only
// as far as asked, since Excel numbers strings as they appear: the head of a
// sheet needs the head of the part.
type shared struct {
	sc    *scanner
	part  io.Closer
	done  bool
	n     int64 // strings read
	data  *spool
	index *spool // 8 bytes a string: where it starts in data
	max   int    // bytes of one string
	buf   []byte
}

func newShared(part io.ReadCloser, dir string, maxCell int) *shared {
	return &shared{sc: newScanner(part), part: part, max: maxCell,
		data: newSpool(dir, sharedPages, 128), index: newSpool(dir, indexPages, 64)}
}

var errNoString = errors.New("no such shared string")

// get appends the text of string i (0-based).
func (s *shared) get(dst []byte, i int64) ([]byte, error) {
	for i >= s.n && !s.done {
		if err := s.more(); err != nil {
			return dst, err
		}
	}
	if i < 0 || i >= s.n {
		return dst, errNoString
	}
	var at [16]byte
	end := s.data.size
	width := 8
	if i+1 < s.n {
		width = 16
	}
	b, err := s.index.read(at[:0], i*8, width)
	if err != nil {
		return dst, err
	}
	start := int64(binary.LittleEndian.Uint64(b))
	if width == 16 {
		end = int64(binary.LittleEndian.Uint64(b[8:]))
	}
	return s.data.read(dst, start, int(end-start))
}

// more reads one string.
func (s *shared) more() error {
	for {
		kind, err := s.sc.next()
		if err != nil {
			return s.fail(err)
		}
		switch kind {
		case tokenEOF:
			s.done = true
			return nil
		case tokenStart:
			if string(s.sc.name) != "si" {
				continue
			}
			s.buf = s.buf[:0]
			if !s.sc.empty {
				if s.buf, err = s.sc.rich(s.buf, "si", s.max); err != nil {
					return s.fail(err)
				}
			}
			var at [8]byte
			binary.LittleEndian.PutUint64(at[:], uint64(s.data.size))
			if err := s.index.append(at[:]); err != nil {
				return err
			}
			s.n++
			return s.data.append(s.buf)
		}
	}
}

func (s *shared) fail(err error) error {
	if errors.Is(err, errLongCell) {
		return &Refusal{Reason: fmt.Sprintf("shared string %d is longer than %d bytes", s.n+1, s.max), Try: "remove it from the sheet"}
	}
	return markup("the part with the shared strings", err)
}

func (s *shared) close() {
	s.part.Close()
	s.data.close()
	s.index.close()
}
