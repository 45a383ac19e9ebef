package decode

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
)

// MaxLine is how long a record of a CSV file, or a line that is looked at as a
// whole, may be, in bytes. It is well below the buffer of the engine (sixteen
// times its longest line, 2 MB), beyond which the engine reports a long record at
// the place of another.
const MaxLine = 16 << 20

// Check walks a whole CSV file and refuses what the engine gets wrong without
// saying so: a quote that is never closed (in a large file the engine drops what
// follows up to the end of its buffer, and reads on), a record longer than
// MaxLine, a NUL byte. Name is the file's in messages. It reads every byte once
// and holds none of them.
//
// Inspect has done it for a file of up to 2 MiB of text. For a larger one the
// caller asks where the engine rejected a record for an unquoted value or for its
// size, as it did in every such file tried. NULs are also seen by source.
func Check(ctx context.Context, path, name string, d Dialect) error {
	r, zipped, err := open(path)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	err = check(ctx, r, name, d)
	var no *Refusal
	if err != nil && zipped && !errors.As(err, &no) && ctx.Err() == nil {
		return brokenGzip(name, err)
	}
	return err
}

func check(ctx context.Context, r io.Reader, name string, d Dialect) error {
	c := checker{split: d.splitter(), end: '\n', line: 1, start: true}
	if d.NewLine == "\r" {
		c.end = '\r'
	}
	b := bufio.NewReaderSize(r, 64<<10)
	if bom, _ := b.Peek(3); string(bom) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
	}
	buf := make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		// Not io.ReadFull: a gzip file that is cut off ends unexpectedly too.
		n, err := b.Read(buf)
		if no := c.block(buf[:n]); no != nil {
			no.File = name
			return no
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if c.quoted && !c.closing {
		return &Refusal{File: name, Line: c.openLine, Col: c.openCol,
			Reason: "the quote that is opened here is never closed: the file is cut off, or a quote too many stands in it",
			Try:    "export it again, or set csv.quote of the feed if the file has no quoting"}
	}
	return nil
}

// checker follows quotes byte by byte, in the way of splitter.staysOpen.
type checker struct {
	split   splitter
	end     byte // of a line
	start   bool // at the start of a cell
	quoted  bool
	closing bool // the byte before was a quote inside quotes: it closes, or is the first of two
	escaped bool // the byte before was an escape inside quotes

	line, col         int64 // of the byte before; col 0 before the first of a line
	openLine, openCol int64 // of the last opening quote
	size              int64 // of the record so far
	cellLine, cellCol int64 // of the cell's start
}

func (c *checker) block(p []byte) *Refusal {
	for _, b := range p {
		c.col++
		c.size++
		if c.size == 1 {
			c.cellLine, c.cellCol = c.line, c.col
		}
		if b == 0 {
			return &Refusal{Line: c.line, Col: c.col, Reason: "has a NUL byte, which no text export holds", Try: "export it again"}
		}
		if c.size > MaxLine && c.quoted {
			return &Refusal{Line: c.openLine, Col: c.openCol, Reason: fmt.Sprintf("the quote that is opened here is not closed within %d MiB", MaxLine>>20),
				Try: "check the quotes of the file, or leave the column out of the export"}
		}
		if c.size > MaxLine {
			return &Refusal{Line: c.cellLine, Col: c.cellCol, Reason: fmt.Sprintf("the record of the cell that starts here is longer than %d MiB", MaxLine>>20),
				Try: "check the quotes of the file, or leave the column out of the export"}
		}
		c.quotes(b)
		if b == c.end {
			c.line++
			c.col = 0
			if !c.quoted {
				c.size, c.start = 0, true
			}
		}
	}
	return nil
}

func (c *checker) quotes(b byte) {
	s := c.split
	if s.quote == 0 {
		if b == s.delim {
			c.cellLine, c.cellCol = c.line, c.col+1
		}
		return
	}
	if c.closing {
		c.closing = false
		if b == s.quote {
			return
		}
		c.quoted, c.start = false, false
	}
	if c.quoted {
		switch {
		case c.escaped:
			c.escaped = false
		case s.escape != 0 && s.escape != s.quote && b == s.escape:
			c.escaped = true
		case b == s.quote && s.escape == s.quote:
			c.closing = true
		case b == s.quote:
			c.quoted, c.start = false, false
		}
		return
	}
	switch {
	case b == s.delim:
		c.start = true
		c.cellLine, c.cellCol = c.line, c.col+1
	case c.start && b == s.quote:
		c.quoted = true
		c.openLine, c.openCol = c.line, c.col
	case b != ' ':
		c.start = false
	}
}
