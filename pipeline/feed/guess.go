package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
)

// Head is the beginning of a file whose mapping is not known: the names of its
// columns and its first records as text, or JSON.
type Head struct {
	Columns []string
	Rows    [][]string
	JSON    []byte // a document, or the first lines of NDJSON; nil for a table
	// Bare are the first records as a template without a header splits them, by its
	// name.
	Bare map[string][][]string
}

// Score says how well a template fits a file.
type Score struct {
	Template   string
	Confidence float64  // 0 to 1; 1: the whole signature is there
	Why        string   // for a person
	Missing    []string // names of the signature that the file lacks
	matched    int      // names of the mapping that the file has
	content    float64  // share of the sample's times that the mapping can read
}

// Guess ranks templates by how well they fit a file, the best first; those that
// share no name of their signature with it are left out. The same input gives
// the same order: by confidence, then by the names of the mapping that the file
// has, then by whether the cells look as the mapping expects, then by name.
func Guess(templates []*Feed, head Head) []Score {
	var out []Score
	document := head.decode()
	for _, t := range templates {
		if t.Template == nil || (head.JSON != nil && t.isTable()) || (head.JSON == nil && t.isJSON()) {
			continue
		}
		var s Score
		if head.JSON != nil {
			s = t.scoreJSON(document)
		} else {
			s = t.scoreTable(head)
		}
		if s.Confidence > 0 {
			out = append(out, s)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		switch {
		case a.Confidence != b.Confidence:
			return a.Confidence > b.Confidence
		case a.matched != b.matched:
			return a.matched > b.matched
		case a.content != b.content:
			return a.content > b.content
		}
		return a.Template < b.Template
	})
	return out
}

// decode gives the values of the sample: one document, or one a line. A cut-off
// end is no matter.
func (h Head) decode() []any {
	var out []any
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(h.JSON, []byte("\ufeff"))))
	dec.UseNumber()
	for len(out) < maxSample {
		var v any
		if err := dec.Decode(&v); err != nil {
			if len(out) == 0 && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return out
		}
		out = append(out, v)
	}
	return out
}

// judge makes the score of a signature; has says that the file has a name.
func (f *Feed) judge(has func(string) bool) Score {
	sig := f.Template.Signature
	s := Score{Template: f.Name}
	found := 0
	for _, n := range sig.All {
		if has(n) {
			found++
		} else {
			s.Missing = append(s.Missing, n)
		}
	}
	if len(sig.All) == 0 || found == 0 {
		return s
	}
	s.Confidence = float64(found) / float64(len(sig.All))
	why := []string{fmt.Sprintf("%d of %d names of the signature", found, len(sig.All))}
	if len(sig.Any) > 0 {
		var hits []string
		for _, n := range sig.Any {
			if has(n) {
				hits = append(hits, n)
			}
		}
		if len(hits) == 0 {
			s.Confidence *= 0.8
			s.Missing = append(s.Missing, sig.Any...)
			why = append(why, "none of "+quotedList(sig.Any))
		} else {
			why = append(why, "with "+quotedList(hits))
		}
	}
	for _, n := range sig.None {
		if has(n) {
			s.Confidence *= 0.5
			why = append(why, fmt.Sprintf("but %q, which another export has", n))
		}
	}
	s.Why = strings.Join(why, ", ")
	return s
}

// said adds what the cells of the sample say.
func (s *Score) said(good, all int) {
	if all == 0 {
		return
	}
	s.content = float64(good) / float64(all)
	s.Why += fmt.Sprintf("; %d of %d sampled times can be read", good, all)
}

func (f *Feed) scoreTable(head Head) Score {
	h := newHeader(Input{Columns: head.Columns})
	if len(f.CSV.Columns) > 0 {
		records := head.Bare[f.Name]
		if slices.Equal(f.CSV.Columns, head.Columns) {
			records = head.Rows
		}
		return f.scoreContent(records)
	}
	s := f.judge(func(n string) bool { return h.means(n, f.Outputs) })
	at := map[string]int{}
	for i, c := range head.Columns {
		at[c] = i
	}
	seen := map[string]bool{}
	good, all := 0, 0
	for _, o := range f.Outputs {
		for _, name := range sortedKeys(o.Columns) {
			m := o.Columns[name]
			c, ok := h.find(m.From)
			if !ok || seen[c] {
				continue
			}
			seen[c] = true
			s.matched++
			if len(m.Formats) == 0 {
				continue
			}
			for _, r := range head.Rows {
				if at[c] >= len(r) || strings.Trim(r[at[c]], trimSet) == "" {
					continue
				}
				all++
				if fitsAny(m.Formats, r[at[c]]) {
					good++
				}
			}
		}
	}
	s.said(good, all)
	return s
}

// Marks are the names by which a template's files are found: those of its
// signature that all must be there, and what the mapping lists together with them.
func (f *Feed) Marks() []string {
	var out []string
	for _, n := range f.Template.Signature.All {
		out = append(out, n)
		for _, o := range f.Outputs {
			out = append(out, o.synonyms(n)...)
		}
	}
	return out
}

// means says that a file has a name, or one that a mapping lists together with it.
func (h header) means(name string, outputs []Output) bool {
	if _, ok := h.find(Names{name}); ok {
		return true
	}
	for _, o := range outputs {
		if _, ok := h.find(o.synonyms(name)); ok {
			return true
		}
	}
	return false
}

func (f *Feed) scoreJSON(documents []any) Score {
	var records []any
	for _, d := range documents {
		if f.JSON.Records != "" {
			records = append(records, elements(values(d, f.JSON.Records))...)
		} else {
			records = append(records, elements([]any{d})...)
		}
	}
	has := func(path string) bool {
		for _, list := range [][]any{documents, records} {
			for _, v := range list {
				if len(values(v, path)) > 0 {
					return true
				}
			}
		}
		return false
	}
	s := f.judge(has)
	good, all := 0, 0
	for _, o := range f.Outputs {
		levels := [][]any{records}
		for i, p := range o.Explode {
			up, rest := climb(p)
			var items []any
			for _, v := range levels[max(i-up, 0)] {
				items = append(items, elements(values(v, rest))...)
			}
			levels = append(levels, items)
		}
		for _, name := range sortedKeys(o.Columns) {
			m := o.Columns[name]
			hit := false
			for _, p := range m.From {
				up, rest := climb(p)
				for _, v := range levels[max(len(levels)-1-up, 0)] {
					for _, cell := range values(v, rest) {
						hit = true
						if text := fmt.Sprint(cell); len(m.Formats) > 0 && cell != nil && text != "" {
							all++
							if fitsAny(m.Formats, text) {
								good++
							}
						}
					}
				}
			}
			if hit {
				s.matched++
			}
		}
	}
	s.said(good, all)
	return s
}
