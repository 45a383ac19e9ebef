package sheet

import (
	"errors"
	"fmt"
	"os"
)

const pageBytes = 1 << 16

// spool keeps bytes that are appended and read again: the first pages in memory,
// the rest in a temporary file behind a small cache. Reading and appending may
// alternate.
type spool struct {
	dir   string
	keep  int      // pages held in memory
	pages [][]byte // full ones in memory
	tail  []byte   // the page that is being filled
	file  *os.File // full ones beyond keep
	size  int64
	cache []cachedPage
}

type cachedPage struct {
	no   int64 // number + 1, so that an unused slot fits none
	data []byte
}

func newSpool(dir string, keep, cached int) *spool {
	return &spool{dir: dir, keep: keep, cache: make([]cachedPage, cached)}
}

func (s *spool) append(b []byte) error {
	for len(b) > 0 {
		if s.tail == nil {
			s.tail = make([]byte, 0, pageBytes)
		}
		n := min(len(b), pageBytes-len(s.tail))
		s.tail = append(s.tail, b[:n]...)
		s.size += int64(n)
		b = b[n:]
		if len(s.tail) == pageBytes {
			if err := s.push(); err != nil {
				return fmt.Errorf("keep shared strings: %w", err)
			}
		}
	}
	return nil
}

// push puts the full page away.
func (s *spool) push() error {
	if len(s.pages) < s.keep {
		s.pages = append(s.pages, s.tail)
		s.tail = nil
		return nil
	}
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "strings-*.tmp")
		if err != nil {
			return err
		}
		s.file = f
	}
	if _, err := s.file.WriteAt(s.tail, s.size-pageBytes-int64(s.keep)*pageBytes); err != nil {
		return err
	}
	s.tail = s.tail[:0]
	return nil
}

// read appends the n bytes from an offset, which must have been appended.
func (s *spool) read(dst []byte, offset int64, n int) ([]byte, error) {
	if offset < 0 || offset+int64(n) > s.size {
		return dst, errors.New("read shared strings: beyond the end")
	}
	for n > 0 {
		page, err := s.page(offset / pageBytes)
		if err != nil {
			return dst, fmt.Errorf("read shared strings: %w", err)
		}
		at := int(offset % pageBytes)
		take := min(n, len(page)-at)
		dst = append(dst, page[at:at+take]...)
		offset += int64(take)
		n -= take
	}
	return dst, nil
}

func (s *spool) page(no int64) ([]byte, error) {
	if no < int64(len(s.pages)) {
		return s.pages[no], nil
	}
	if no == s.size/pageBytes {
		return s.tail, nil
	}
	slot := &s.cache[no%int64(len(s.cache))]
	if slot.no == no+1 {
		return slot.data, nil
	}
	if slot.data == nil {
		slot.data = make([]byte, pageBytes)
	}
	slot.no = 0
	if _, err := s.file.ReadAt(slot.data, (no-int64(s.keep))*pageBytes); err != nil {
		return nil, err
	}
	slot.no = no + 1
	return slot.data, nil
}

// close removes the temporary file. Nothing may be read after it.
func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
}
