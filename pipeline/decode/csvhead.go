package decode

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
)

// candidates are the delimiters that are looked for, in order of preference.
var candidates = []byte{',', ';', '\t', '|'}

// inspectCSV reads the header record, or the first record where there is none.
func inspectCSV(ctx context.Context, h head, opt Options, t *Table) error {
	d := &t.Dialect
	d.Header = !opt.NoHeader
	var err error
	if d.Quote, d.Escape, err = quoting(opt); err != nil {
		return err
	}
	if opt.Delimiter != "" && !oneByte(opt.Delimiter) {
		return fmt.Errorf("%s: csv.delimiter %q is not one ASCII character", opt.Name, opt.Delimiter)
	}
	if opt.NoHeader && len(opt.Columns) == 0 {
		return fmt.Errorf("%s: a file without header needs the names of its columns", opt.Name)
	}
	p, declared, err := preamble(h, opt)
	if err != nil {
		return err
	}
	if err := refuseJSON(h, h.text[p.at:]); err != nil {
		return err
	}
	rec, err := bestHeader(h, p, declared, opt, d)
	if err != nil {
		return err
	}
	d.NewLine, d.Skip = rec.newLine, rec.skip
	if (rec.bare || rec.newLine == "\r") && (rec.feed || (rec.newLine != "" && rec.newLine != "\r")) {
		return &Refusal{File: h.name, Line: rec.lines + 1,
			Reason: "the lines up to the header end in more than one way, some of them in a carriage return alone",
			Try:    "save it again as CSV UTF-8"}
	}
	if opt.NoHeader {
		d.Pad = opt.Pad
		if err := sameWidth(h, rec, *d, opt.Columns); err != nil {
			return err
		}
		t.Columns = opt.Columns
	} else if t.Columns, t.Repeated, err = names(h.name, rec.lines+1, rec.cells, opt.wants()); err != nil {
		return err
	}
	d.Single = len(t.Columns) == 1
	if h.whole {
		return check(ctx, bytes.NewReader(h.text), h.name, *d)
	}
	return nil
}

// widthRecords is how many records of a file without header must be as wide as
// its columns.
const widthRecords = 20

// sameWidth compares the first records of a file without header with the columns
// that the feed names: where the counts differ the names stand at wrong cells. A
// record that cannot be read is the engine's to reject.
func sameWidth(h head, first found, d Dialect, columns []string) error {
	s := d.splitter()
	for n, p := 0, first.place; n < widthRecords && p.at < len(h.text); {
		r, f := s.first(h.text, p.at, h.whole)
		if f != nil {
			return nil
		}
		if blank := r.size == len(r.newLine); !blank || len(columns) == 1 {
			if len(r.cells) != len(columns) && (!d.Pad || len(r.cells) > len(columns)) {
				return &Refusal{File: h.name, Line: p.lines + 1,
					Reason: fmt.Sprintf("the record has %d cells, the feed names %d columns", len(r.cells), len(columns)),
					Try:    "correct the columns or the delimiter of the feed"}
			}
			n++
		}
		p = p.pass(h.text, r)
	}
	return nil
}

func (d Dialect) splitter() splitter {
	return splitter{delim: byteOf(d.Delimiter), quote: byteOf(d.Quote), escape: byteOf(d.Escape)}
}

func quoting(opt Options) (quote, escape string, err error) {
	quote = `"`
	if opt.Quote != nil {
		quote = *opt.Quote
	}
	escape = quote
	if opt.Escape != nil {
		escape = *opt.Escape
	}
	for _, s := range []string{quote, escape} {
		if s != "" && !oneByte(s) {
			return "", "", fmt.Errorf("%s: csv.quote and csv.escape are one ASCII character each, not %q", opt.Name, s)
		}
	}
	return quote, escape, nil
}

func oneByte(s string) bool { return len(s) == 1 && s[0] < 0x80 && s != "\n" && s != "\r" }

// bestHeader reads the header with the declared delimiter, or with each
// candidate: most of the wanted names win (without header: as many cells as
// columns), then most columns, then a second record of as many columns.
func bestHeader(h head, from place, declared string, opt Options, d *Dialect) (found, error) {
	tries := candidates
	if declared != "" {
		if !oneByte(declared) {
			return found{}, fmt.Errorf("%s: delimiter %q is not one ASCII character", h.name, declared)
		}
		tries = []byte{declared[0]}
	}
	wanted := opt.wants()
	var best found
	var bestErr error
	score := [3]int{-1, -1, -1}
	for _, c := range tries {
		s := splitter{delim: c, quote: byteOf(d.Quote), escape: byteOf(d.Escape)}
		rec, err := s.candidate(h, from, wanted, opt)
		if err != nil {
			if bestErr == nil {
				bestErr = err
			}
			continue
		}
		got := [3]int{rec.hits, len(rec.cells), 0}
		if n := len(rec.cells); opt.NoHeader && n > 1 && (n == len(opt.Columns) || opt.Pad && n < len(opt.Columns)) {
			got[0] = 1
		}
		if second, f := s.first(h.text, rec.at+rec.size, h.whole); f == nil && len(second.cells) == len(rec.cells) {
			got[2] = 1
		}
		if slices.Compare(got[:], score[:]) > 0 {
			best, score, d.Delimiter = rec, got, string(c)
		}
	}
	// Where no delimiter is found, a quote that made a candidate fail is what is wrong.
	if bestErr != nil && score[1] <= 1 && !best.full {
		return found{}, bestErr
	}
	if declared != "" && len(best.cells) == 1 && !opt.NoHeader && best.hits < len(wanted) {
		for _, c := range candidates {
			if strings.IndexByte(best.cells[0], c) >= 0 && c != declared[0] {
				return found{}, &Refusal{File: h.name, Line: best.lines + 1,
					Reason: fmt.Sprintf("the delimiter %q makes one column of the whole header", declared),
					Try:    fmt.Sprintf("delimiter: %q in the feed", string(c))}
			}
		}
	}
	return best, nil
}

// candidate is the header as one delimiter makes it. It is looked for where the
// feed names columns and does not say how many lines to skip.
func (s splitter) candidate(h head, from place, wanted []want, opt Options) (found, error) {
	start, no := s.skippable(h, from)
	if no != nil {
		return found{}, no
	}
	refuse := func(f *fault) error {
		line, col := position(h.text, f.at)
		return &Refusal{File: h.name, Line: line, Col: col, Reason: f.reason, Try: f.try}
	}
	if opt.Skip > 0 || opt.NoHeader || len(wanted) == 0 {
		r, f := s.first(h.text, start.at, h.whole)
		if f != nil {
			return found{}, refuse(f)
		}
		n := hits(folds(r.cells), wanted)
		return found{record: r, place: start, hits: n, full: n > 0 && n == len(wanted)}, nil
	}
	best, ok, broken := s.header(h, start, wanted)
	switch {
	case !ok, broken != nil && broken.at < best.at && !best.full, broken != nil && best.hits == 0:
		return found{}, refuse(broken)
	case broken != nil && broken.at < best.at:
		return found{}, titleQuote(h, broken.at)
	}
	return best, nil
}

func byteOf(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

// cut shortens a text for a message, on a rune's edge and on one line.
func cut(s string, limit int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
