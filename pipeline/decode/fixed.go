package decode

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Field is a column of a Fixed file.
type Field struct {
	Name  string
	Start int // 1-based, in runes; 0 means right behind the field before
	Width int // in runes
}

// span is where a field lies in a line: runes [from, to), 0-based.
type span struct{ from, to int }

// maxFixedLine is how long a line with fixed columns may be, in bytes.
const maxFixedLine = 1 << 20

// spans checks the fields and places them. Fields may leave gaps and overlap, as
// redefinitions do.
func spans(name string, fields []Field) (places []span, end int, err error) {
	if len(fields) == 0 {
		return nil, 0, fmt.Errorf("%s: a file of format fixed needs its fields", name)
	}
	seen := map[string]bool{}
	next := 0
	for _, f := range fields {
		low := strings.ToLower(f.Name)
		switch {
		case strings.TrimSpace(f.Name) == "":
			return nil, 0, fmt.Errorf("%s: a field of the fixed format has no name", name)
		case seen[low]:
			return nil, 0, fmt.Errorf("%s: two fields of the fixed format are called %q", name, f.Name)
		case f.Width < 1 || f.Start < 0 || f.Width > maxFixedLine || f.Start > maxFixedLine:
			return nil, 0, fmt.Errorf("%s: field %q starts at %d and is %d wide; try: a start from 1 on, or 0 for right behind the field before, and a width from 1 on", name, f.Name, f.Start, f.Width)
		}
		seen[low] = true
		from := next
		if f.Start > 0 {
			from = f.Start - 1
		}
		next = from + f.Width
		end = max(end, next)
		places = append(places, span{from, next})
	}
	return places, end, nil
}

// inspectFixed writes the lines of a file with fixed columns into a temporary CSV
// file without header. Line n of it is line n of the file, so that a position in
// the one is a position in the other: a blank line stays one, and is no record
// unless there is one field only. Blanks at the end of a cell are cut off, and a
// cell that is blank, or beyond the end of a short line, is empty. Text beyond the
// last field makes one cell too many, so that the engine rejects the record.
func inspectFixed(ctx context.Context, path string, opt Options, t *Table) error {
	places, end, err := spans(opt.Name, opt.Fields)
	if err != nil {
		return err
	}
	if opt.TempDir == "" {
		return fmt.Errorf("%s: a file of format fixed needs a folder for temporary files", opt.Name)
	}
	x := fixed{name: opt.Name, places: places, end: end, skip: opt.Skip}
	t.EnginePath, err = rewrite(path, opt.Name, opt.TempDir, "fixed-*.csv", func(r io.Reader, w *bufio.Writer) error { return x.copy(ctx, r, w) })
	if err != nil {
		return err
	}
	for _, f := range opt.Fields {
		t.Columns = append(t.Columns, f.Name)
	}
	t.Records = x.records
	t.Dialect = Dialect{Delimiter: ",", Quote: `"`, Escape: `"`, Skip: opt.Skip, NewLine: "\n", Single: len(places) == 1}
	return nil
}

// fixed copies lines.
type fixed struct {
	name    string
	places  []span
	end     int // rune behind the last field
	skip    int // lines that are no records
	records int64
	starts  []int // byte at which each rune of the line starts, and the end
}

func (x *fixed) copy(ctx context.Context, r io.Reader, w *bufio.Writer) error {
	b := bufio.NewReaderSize(r, maxFixedLine)
	if bom, _ := b.Peek(3); string(bom) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
	}
	for n := 1; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, err := b.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return &Refusal{File: x.name, Line: int64(n), Reason: "a line is longer than a megabyte", Try: "correct the format of the feed"}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return &Refusal{File: x.name, Line: int64(n), Reason: fmt.Sprintf("cannot be read on (%v)", err), Try: "download it again"}
		}
		last := err != nil
		if last && len(line) == 0 {
			if n <= x.skip {
				return &Refusal{File: x.name, Reason: fmt.Sprintf("has fewer than the %d lines to skip", x.skip), Try: "correct the lines to skip of the feed"}
			}
			return nil
		}
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
		if n > x.skip {
			if err := x.line(line, int64(n), w); err != nil {
				return err
			}
		}
		if err := w.WriteByte('\n'); err != nil {
			return fmt.Errorf("%s: write records: %w", x.name, err)
		}
	}
}

// line writes one line without its end.
func (x *fixed) line(p []byte, n int64, w *bufio.Writer) error {
	if i := bytes.IndexAny(p, "\r\x00"); i >= 0 {
		return &Refusal{File: x.name, Line: n, Col: int64(i) + 1, Reason: "a carriage return alone or a NUL byte stands in a line", Try: "export it again with ordinary line ends"}
	}
	if !utf8.Valid(p) {
		return &Refusal{File: x.name, Line: n, Reason: "the line is not UTF-8", Try: "save the file as UTF-8"}
	}
	if blank := len(trimEnd(p)) == 0; blank {
		if len(x.places) == 1 {
			x.records++
		}
		return nil
	}
	x.records++
	x.starts = x.starts[:0]
	for i := range string(p) {
		x.starts = append(x.starts, i)
	}
	x.starts = append(x.starts, len(p))
	for i, s := range x.places {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		writeCell(w, trimEnd(p[x.byteOf(s.from):x.byteOf(s.to)]))
	}
	if rest := trimEnd(p[x.byteOf(x.end):]); len(rest) > 0 {
		_ = w.WriteByte(',')
		writeCell(w, rest)
	}
	return nil
}

// byteOf is the byte at which a rune of the line starts, or its end.
func (x *fixed) byteOf(i int) int { return x.starts[min(i, len(x.starts)-1)] }

// trimEnd cuts blanks off, the full-width one too, with which Chinese text is padded.
func trimEnd(p []byte) []byte { return bytes.TrimRight(p, " \t\u3000") }

// writeCell writes a CSV cell; a failed write is told by Flush.
func writeCell(w *bufio.Writer, p []byte) {
	if !bytes.ContainsAny(p, `,"`) {
		_, _ = w.Write(p)
		return
	}
	_ = w.WriteByte('"')
	_, _ = w.Write(bytes.ReplaceAll(p, []byte{'"'}, []byte(`""`)))
	_ = w.WriteByte('"')
}
