package decode

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// candidates are the delimiters that are looked for, in order of preference.
var candidates = []byte{',', ';', '\t', '|'}

// inspectCSV reads the header record, or the first record where there is none.
func inspectCSV(h head, opt Options, t *Table) error {
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
	text, declared, err := preamble(h, opt, d)
	if err != nil {
		return err
	}
	if err := refuseJSON(h, text); err != nil {
		return err
	}
	rec, err := bestHeader(h, text, declared, opt, d)
	if err != nil {
		return err
	}
	if opt.NoHeader {
		if len(rec.cells) != len(opt.Columns) {
			return &Refusal{File: h.name, Line: int64(d.Skip) + 1,
				Reason: fmt.Sprintf("the first record has %d columns, %d are named", len(rec.cells), len(opt.Columns)),
				Try:    "correct the columns or the delimiter of the feed"}
		}
		t.Columns = opt.Columns
	} else if t.Columns, t.Repeated, err = names(h.name, int64(d.Skip)+1, rec.cells, opt.Expect); err != nil {
		return err
	}
	d.Single = len(t.Columns) == 1
	return nil
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

// preamble skips what stands before the header: declared lines, Excel's `sep=;`
// and blank lines. The engine would take a leading blank line for the header.
func preamble(h head, opt Options, d *Dialect) (text []byte, declared string, err error) {
	text, declared = h.text, opt.Delimiter
	for d.Skip < opt.Skip {
		_, rest, ok := cutLine(text)
		if !ok {
			return nil, "", &Refusal{File: h.name, Reason: fmt.Sprintf("has fewer than the %d lines to skip", opt.Skip), Try: "correct csv.skip of the feed"}
		}
		text, d.Skip = rest, d.Skip+1
	}
	for {
		line, rest, ok := cutLine(text)
		trimmed := bytes.TrimSpace(line)
		if ok && len(line) == 5 && bytes.EqualFold(line[:4], []byte("sep=")) {
			if declared == "" {
				declared = string(line[4:])
			}
		} else if len(trimmed) > 0 || bytes.ContainsRune(line, '\t') {
			return text, declared, nil
		}
		if !ok {
			return nil, "", &Refusal{File: h.name, Reason: "has no header after the skipped lines", Try: "export it again, or correct csv.skip of the feed"}
		}
		text, d.Skip = rest, d.Skip+1
	}
}

// cutLine parts the first line from the rest; ok is false for the last line
// without an end.
func cutLine(text []byte) (line, rest []byte, ok bool) {
	i := bytes.IndexAny(text, "\r\n")
	if i < 0 {
		return text, nil, false
	}
	if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
		return text[:i], text[i+2:], true
	}
	return text[:i], text[i+1:], true
}

// refuseJSON knows the answer of an API that was saved as CSV.
func refuseJSON(h head, text []byte) error {
	p := bytes.TrimSpace(text)
	if len(p) == 0 || (p[0] != '{' && p[0] != '[') {
		return nil
	}
	rest := bytes.TrimSpace(p[1:])
	if len(rest) == 0 || !bytes.ContainsRune([]byte(`"{}[]`), rune(rest[0])) {
		return nil
	}
	low := strings.ToLower(string(p[:min(len(p), 2048)]))
	if strings.Contains(low, `"error`) || strings.Contains(low, `"message"`) || strings.Contains(low, `"err_`) {
		return &Refusal{File: h.name, Line: 1, Reason: "is an error message in JSON, not CSV: " + cut(string(p), 120), Try: "export it again"}
	}
	return &Refusal{File: h.name, Line: 1, Reason: "is JSON, not CSV", Try: "format: json or format: ndjson in the feed"}
}

// bestHeader reads the first record with the declared delimiter, or with each
// candidate: most of the expected names win, then most columns, then a second
// record of as many columns.
func bestHeader(h head, text []byte, declared string, opt Options, d *Dialect) (record, error) {
	tries := candidates
	if declared != "" {
		if !oneByte(declared) {
			return record{}, fmt.Errorf("%s: delimiter %q is not one ASCII character", h.name, declared)
		}
		tries = []byte{declared[0]}
	}
	var best record
	var bestErr error
	score := [3]int{-1, -1, -1}
	for _, c := range tries {
		s := splitter{delim: c, quote: byteOf(d.Quote), escape: byteOf(d.Escape)}
		rec, fault := s.first(text, h.whole)
		if fault != nil {
			if bestErr == nil {
				line, col := position(text, fault.at)
				bestErr = &Refusal{File: h.name, Line: line + int64(d.Skip), Col: col, Reason: fault.reason, Try: fault.try}
			}
			continue
		}
		got := [3]int{hits(rec.cells, opt.Expect), len(rec.cells), 0}
		if second, fault := s.first(text[rec.size:], h.whole); fault == nil && len(second.cells) == len(rec.cells) {
			got[2] = 1
		}
		if slices.Compare(got[:], score[:]) > 0 {
			best, score, d.Delimiter = rec, got, string(c)
		}
	}
	// Where no delimiter is found, a quote that made a candidate fail is what is wrong.
	if bestErr != nil && score[1] <= 1 {
		return record{}, bestErr
	}
	d.NewLine = best.newLine
	if declared != "" && len(best.cells) == 1 && !opt.NoHeader && hits(best.cells, opt.Expect) < len(opt.Expect) {
		for _, c := range candidates {
			if n := bytes.Count([]byte(best.cells[0]), []byte{c}); n > 0 && c != declared[0] {
				return record{}, &Refusal{File: h.name, Line: int64(d.Skip) + 1,
					Reason: fmt.Sprintf("the delimiter %q makes one column of the whole header", declared),
					Try:    fmt.Sprintf("delimiter: %q in the feed", string(c))}
			}
		}
	}
	return best, nil
}

func hits(cells, expect []string) int {
	have := map[string]bool{}
	for _, c := range cells {
		have[strings.ToLower(strings.TrimSpace(c))] = true
	}
	n := 0
	for _, e := range expect {
		if have[strings.ToLower(e)] {
			n++
		}
	}
	return n
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
