package decode

import (
	"bytes"
	"fmt"
)

// headerRecords is how many records are looked at for the header.
const headerRecords = 50

// nearCells is the widest record whose cells are compared with the names wanted.
const nearCells = 200

// place is where the next record of a text starts.
type place struct {
	at    int   // in the text, bytes
	skip  int   // records before it, blank ones too: what the engine must be told
	lines int64 // lines before it
	bare  bool  // a record before it ends in \r alone
	feed  bool  // a record before it ends in \n or \r\n
}

// pass goes over a record.
func (p place) pass(text []byte, r record) place {
	p.lines += countLines(text[p.at:p.at+r.size], r.newLine)
	p.at += r.size
	p.skip++
	p.bare = p.bare || r.newLine == "\r"
	p.feed = p.feed || r.newLine == "\n" || r.newLine == "\r\n"
	return p
}

// countLines counts the lines of a record, whose own end says what a line end is.
func countLines(p []byte, newLine string) int64 {
	end := byte('\n')
	if newLine == "\r" {
		end = '\r'
	}
	return int64(bytes.Count(p, []byte{end}))
}

// preamble skips what stands before the header: declared lines, Excel's `sep=;`
// and blank lines. The engine would take a leading blank line for the header.
func preamble(h head, opt Options) (p place, declared string, err error) {
	declared = opt.Delimiter
	for p.lines < int64(opt.Skip) {
		line, ok := lineAt(h.text, p.at)
		if !ok {
			return p, "", &Refusal{File: h.name, Reason: fmt.Sprintf("has fewer than the %d lines to skip", opt.Skip), Try: "correct csv.skip of the feed"}
		}
		p = p.pass(h.text, line)
	}
	for {
		line, ok := lineAt(h.text, p.at)
		body := h.text[p.at : p.at+line.size-len(line.newLine)]
		if ok && len(body) == 5 && bytes.EqualFold(body[:4], []byte("sep=")) {
			if declared == "" {
				declared = string(body[4:])
			}
		} else if !isBlank(body) {
			return p, declared, nil
		}
		if !ok {
			return p, "", &Refusal{File: h.name, Reason: "has no header after the skipped lines", Try: "export it again, or correct csv.skip of the feed"}
		}
		p = p.pass(h.text, line)
	}
}

// isBlank tells whether a line holds nothing; a tab may be a delimiter.
func isBlank(line []byte) bool {
	return len(bytes.TrimSpace(line)) == 0 && bytes.IndexByte(line, '\t') < 0
}

// lineAt is the line that starts at an index, as a record without cells; ok is
// false for the last line without an end.
func lineAt(text []byte, at int) (line record, ok bool) {
	rest := text[at:]
	i := bytes.IndexAny(rest, "\r\n")
	switch {
	case i < 0:
		return record{size: len(rest)}, false
	case rest[i] == '\r' && i+1 < len(rest) && rest[i+1] == '\n':
		return record{size: i + 2, newLine: "\r\n"}, true
	}
	return record{size: i + 1, newLine: string(rest[i])}, true
}

// skippable checks the quotes in the declared lines to skip. The engine skips
// records, not lines: a quote that one of them opens and another closes makes one
// record of them, which is counted so; one that is closed by no line makes it
// skip the rest of the file without a word.
func (s splitter) skippable(h head, to place) (place, *Refusal) {
	var p place
	for p.at < to.at {
		r, f := s.first(h.text, p.at, h.whole)
		if f == nil && p.at+r.size > to.at {
			f = &fault{p.at, "", ""}
		}
		if f != nil {
			return p, titleQuote(h, f.at)
		}
		p = p.pass(h.text, r)
	}
	return p, nil
}

func titleQuote(h head, at int) *Refusal {
	line, col := position(h.text, at)
	return &Refusal{File: h.name, Line: line, Col: col,
		Reason: "a line before the header has a quote that is not closed as it should be, so that the lines to skip cannot be counted",
		Try:    "remove the lines before the header, or the quote"}
}

// found is a record that may be the header.
type found struct {
	record
	place
	full bool // it has all wanted columns
	hits int  // how many it has
}

// header looks for the header from a place on: the first of the next records
// that has all wanted columns, else the one that has most of them or, where none
// has any, names that are near. Broken is the first fault of a quote on the way.
func (s splitter) header(h head, p place, wanted []want) (best found, ok bool, broken *fault) {
	type rank struct{ hits, near, cells int }
	var top rank
	for n := 0; n < headerRecords && p.at < len(h.text); {
		if line, ended := lineAt(h.text, p.at); ended && isBlank(h.text[p.at:p.at+line.size]) {
			p = p.pass(h.text, line)
			continue
		}
		n++
		r, f := s.first(h.text, p.at, h.whole)
		if f != nil {
			if broken == nil {
				broken = f
			}
			line, ended := lineAt(h.text, p.at)
			if !ended {
				break
			}
			p = p.pass(h.text, line)
			continue
		}
		here := found{record: r, place: p, hits: hits(folds(r.cells), wanted)}
		if here.full = here.hits == len(wanted); here.full {
			return here, true, broken
		}
		this := rank{here.hits, 0, len(r.cells)}
		if this.hits == 0 && top.hits == 0 && len(r.cells) <= nearCells {
			for _, w := range wanted {
				if w.hint(r.cells) != "" {
					this.near++
				}
			}
		}
		if !ok || this.hits > top.hits || (this.hits == top.hits && (this.near > top.near || (this.near == top.near && this.cells > top.cells))) {
			best, top, ok = here, this, true
		}
		p = p.pass(h.text, r)
	}
	return best, ok, broken
}
