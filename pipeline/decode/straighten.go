package decode

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Straighten copies a CSV file whose records end in more than one way (\n in one
// part, \r\n in another, as when exports are pasted together) into a temporary
// file where all end in \n. The engine, which expects one kind of line end in a
// file, would refuse such a file or tear records apart. Line ends inside quotes
// are data and stay.
//
// The caller asks only where source saw carriage returns and line feeds that do
// not pair up. Changed is false, and the path the given one, where only quoted
// cells are the reason. Records keep their numbers and lines, not their bytes:
// Locate must be given the same file as the engine. The caller removes the
// temporary file.
func Straighten(ctx context.Context, path, tempDir string, d Dialect) (straight string, changed bool, err error) {
	if d.NewLine == "\r" {
		return path, false, nil
	}
	mixed, err := lineEnds(ctx, path, d, nil)
	if err != nil || !mixed {
		return path, false, err
	}
	out, err := os.CreateTemp(tempDir, "straight-*.csv")
	if err != nil {
		return path, false, fmt.Errorf("straighten line ends: %w", err)
	}
	w := bufio.NewWriterSize(out, 1<<20)
	if _, err = lineEnds(ctx, path, d, w); err == nil {
		err = w.Flush()
	}
	err = errors.Join(err, out.Close())
	if err != nil {
		os.Remove(out.Name())
		return path, false, fmt.Errorf("straighten line ends: %w", err)
	}
	return out.Name(), true, nil
}

// lineEnds walks the lines of a file, writes them with straight ends where w is
// given, and tells whether records end in more than one way.
func lineEnds(ctx context.Context, path string, d Dialect, w io.Writer) (mixed bool, err error) {
	r, _, err := open(path)
	if err != nil {
		return false, err
	}
	defer r.Close()
	split := splitter{delim: byteOf(d.Delimiter), quote: byteOf(d.Quote), escape: byteOf(d.Escape)}
	b := bufio.NewReaderSize(r, 1<<20)
	var kind string // of the first record's end
	quoted := false
	var line []byte
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		part, err := b.ReadSlice('\n')
		line = append(line[:0], part...)
		for errors.Is(err, bufio.ErrBufferFull) {
			part, err = b.ReadSlice('\n')
			line = append(line, part...)
			if len(line) > longestLine {
				return false, &Refusal{File: baseName(path), Line: int64(n) + 1, Reason: fmt.Sprintf("the line is longer than %d MiB", longestLine>>20), Try: "check the quotes and the line ends of the file"}
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if len(line) == 0 {
			return mixed, nil
		}
		body, isEnd := bytes.CutSuffix(line, []byte{'\n'})
		end := "\n"
		if cut, ok := bytes.CutSuffix(body, []byte{'\r'}); ok && isEnd {
			body, end = cut, "\r\n"
		}
		text := body
		if n == 0 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if at := bytes.IndexByte(text, '\r'); at >= 0 && !quoted && bytes.IndexByte(text[:at], split.quote) < 0 {
			return mixed, &Refusal{File: baseName(path), Line: int64(n) + 1, Col: int64(at) + 1,
				Reason: "a carriage return stands inside an unquoted cell", Try: "quote the cell in the export"}
		}
		if split.quote != 0 && (quoted || bytes.IndexByte(text, split.quote) >= 0) {
			quoted = split.staysOpen(text, quoted)
		}
		if isEnd && !quoted {
			if kind == "" {
				kind = end
			}
			mixed = mixed || end != kind
			end = "\n"
		}
		if !isEnd {
			end = ""
		}
		if w != nil {
			if _, err := w.Write(body); err != nil {
				return mixed, err
			}
			if _, err := io.WriteString(w, end); err != nil {
				return mixed, err
			}
		}
	}
}
