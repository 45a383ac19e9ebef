package demo

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// file is one export file being written. Errors are kept until close, so that
// the hot loop has no error paths.
type file struct {
	f     *os.File
	zip   *gzip.Writer
	w     *bufio.Writer
	feed  *feedLedger
	row   int64 // data rows written so far
	dirty int64 // row before which the next dirty record comes; never when < 0
	kind  int   // which kind of dirty record is next
	left  int   // dirty records still allowed
	err   error
}

// create opens inbox/<feed>/<feed>_<instant><ext>, with .gz where zipped.
func create(dir, feed, ext string, at int64, zipped bool, ledger *feedLedger) (*file, error) {
	folder := filepath.Join(dir, "inbox", feed)
	if err := makeFolder(folder); err != nil {
		return nil, err
	}
	name := feed + "_" + time.Unix(at, 0).UTC().Format("20060102T150405Z") + ext
	if zipped {
		name += ".gz"
	}
	f, err := os.Create(filepath.Join(folder, name))
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	out := &file{f: f, feed: ledger, dirty: -1}
	var sink io.Writer = f
	if zipped {
		out.zip = gzip.NewWriter(f)
		sink = out.zip
	}
	out.w = bufio.NewWriterSize(sink, 1<<18)
	ledger.files++
	return out, nil
}

// write adds one data row, line end included.
func (f *file) write(row []byte) {
	f.row++
	f.raw(row)
}

func (f *file) raw(b []byte) {
	if _, err := f.w.Write(b); err != nil && f.err == nil {
		f.err = err
	}
}

func (f *file) close() error {
	f.feed.records += f.row
	keep := func(err error) {
		if f.err == nil {
			f.err = err
		}
	}
	keep(f.w.Flush())
	if f.zip != nil {
		keep(f.zip.Close())
	}
	keep(f.f.Close())
	if f.err != nil {
		return fmt.Errorf("demo: %s: %w", f.f.Name(), f.err)
	}
	return nil
}

func appendPadded(b []byte, v int64, width int) []byte {
	var tmp [20]byte
	i := len(tmp)
	for n := 0; n < width; n++ {
		i--
		tmp[i] = byte('0' + v%10)
		v /= 10
	}
	return append(b, tmp[i:]...)
}

// stamper writes local date-times and remembers the last day, which repeats a lot.
type stamper struct {
	day  int64
	text [10]byte // YYYY-MM-DD
	set  bool
}

func (s *stamper) load(d int64) {
	if s.set && d == s.day {
		return
	}
	y, m, dom := civil(d)
	b := appendPadded(s.text[:0], int64(y), 4)
	b = append(b, '-')
	b = appendPadded(b, int64(m), 2)
	b = append(b, '-')
	appendPadded(b, int64(dom), 2)
	s.day, s.set = d, true
}

// iso appends YYYY-MM-DD<sep>HH:MM:SS of a local second.
func (s *stamper) iso(b []byte, local int64, sep byte) []byte {
	d := floorDiv(local, day)
	s.load(d)
	b = append(b, s.text[:]...)
	b = append(b, sep)
	return appendClock(b, local-d*day)
}

// us appends MM/DD/YYYY HH:MM:SS of a local second.
func (s *stamper) us(b []byte, local int64) []byte {
	d := floorDiv(local, day)
	s.load(d)
	b = append(b, s.text[5:7]...)
	b = append(b, '/')
	b = append(b, s.text[8:10]...)
	b = append(b, '/')
	b = append(b, s.text[0:4]...)
	b = append(b, ' ')
	return appendClock(b, local-d*day)
}

func appendClock(b []byte, sec int64) []byte {
	h, m, s := sec/3600, sec/60%60, sec%60
	return append(b, byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10), ':', byte('0'+s/10), byte('0'+s%10))
}

// appendOffset appends -07:00.
func appendOffset(b []byte, off int64) []byte {
	sign := byte('+')
	if off < 0 {
		sign, off = '-', -off
	}
	b = append(b, sign)
	b = appendPadded(b, off/hour, 2)
	b = append(b, ':')
	return appendPadded(b, off%hour/60, 2)
}

// appendThousandths appends v/1000 with three decimals.
func appendThousandths(b []byte, v int64) []byte {
	b = strconv.AppendInt(b, v/1000, 10)
	b = append(b, '.')
	return appendPadded(b, v%1000, 3)
}

// appendTenths appends v/10 with one decimal.
func appendTenths(b []byte, v int64) []byte {
	b = strconv.AppendInt(b, v/10, 10)
	return append(b, '.', byte('0'+v%10))
}

// appendCents takes debts and credits.
func appendCents(b []byte, v int64) []byte {
	if v < 0 {
		b, v = append(b, '-'), -v
	}
	b = strconv.AppendInt(b, v/100, 10)
	b = append(b, '.')
	return appendPadded(b, v%100, 2)
}
