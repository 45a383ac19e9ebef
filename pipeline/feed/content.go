package feed

import (
	"fmt"
	"regexp"
	"strings"

	"waybill/pipeline/engine"
)

// ContentRecords is how many records of a file are held against csv.expect.
const ContentRecords = 1000

// oddShare is the share of a column's cells, one in so many, that may look
// otherwise than csv.expect says.
const oddShare = 20

// shapeWords are the words of csv.expect.
var shapeWords = map[string]string{
	"date":   `^(\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|\d{1,2}/\d{1,2}/\d{4}|(19|20)\d{6})([ T].*)?$`,
	"number": `^[+-]?(\d[\d.,]*|[.,]\d+)$`,
	"text":   `\p{L}`,
}

func shapeOf(expect string) (*regexp.Regexp, error) {
	if word, ok := shapeWords[expect]; ok {
		expect = word
	}
	return regexp.Compile(expect)
}

// ContentError says that a column does not hold what the mapping expects there:
// the layout of the export has changed, or it is another export.
type ContentError struct {
	Column   string // its name in the mapping
	Position int    // in the file, 1 is the first
	Example  string // a cell that does not fit
	Expected string // as csv.expect has it
	Odd, All int    // cells that do not fit, of those that are not empty
}

func (e *ContentError) fits() bool {
	return e.All == 0 || e.Odd < e.All && e.Odd <= max(1, e.All/oddShare)
}

func (e *ContentError) Error() string {
	return fmt.Sprintf("column %d, %q, holds %q, where %s is expected (%d of its first %d cells do not fit): the layout has changed, or it is another export; try: csv.layout with the columns of this file",
		e.Position, e.Column, shown(e.Example), e.Expected, e.Odd, e.All)
}

// shown is a cell that stands where it should not: it may be a person's name, so
// that words are cut.
func shown(cell string) string {
	cell = wordRE.ReplaceAllString(cell, "$1…")
	if r := []rune(cell); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return cell
}

var wordRE = regexp.MustCompile(`(\p{Han}|\p{L}{2})\p{L}{2,}`)

// Content holds the first records of a file against csv.expect: names are those
// of its columns, a record may be shorter. The error is a *ContentError, of the
// first column in the order of the file that does not fit.
func (f *Feed) Content(names []string, records [][]string) error {
	for _, x := range f.judged(names, records) {
		if !x.fits() {
			return &x
		}
	}
	return nil
}

// judged counts what fits, a column after the other.
func (f *Feed) judged(names []string, records [][]string) []ContentError {
	h := newHeader(Input{Columns: names})
	expected := map[string]string{}
	for n, e := range f.CSV.Expect {
		if c, ok := h.find(Names{n}); ok {
			expected[c] = e
		}
	}
	var out []ContentError
	for at, name := range names {
		shape, ok := expected[name]
		if !ok {
			continue
		}
		x := ContentError{Column: name, Position: at + 1, Expected: shape}
		re, err := shapeOf(shape)
		if err != nil {
			continue // the check of the mapping says so
		}
		for _, r := range records {
			if at >= len(r) {
				continue
			}
			cell := strings.Trim(r[at], trimSet)
			if cell == "" {
				continue
			}
			x.All++
			if !re.MatchString(cell) {
				if x.Odd++; x.Odd == 1 {
					x.Example = cell
				}
			}
		}
		out = append(out, x)
	}
	return out
}

// scoreContent is the score of a template of a file without a header, by the
// cells: names say nothing, for they are the template's own.
func (f *Feed) scoreContent(records [][]string) Score {
	s := Score{Template: f.Name}
	fit, seen, all := 0, 0, 0
	for _, x := range f.judged(f.CSV.Columns, records) {
		all++
		if x.All == 0 {
			continue
		}
		if seen++; x.fits() {
			fit++
		} else {
			s.Missing = append(s.Missing, x.Column)
		}
	}
	if fit == 0 {
		return s
	}
	// columns may be empty in a short file, most of them are not
	s.Confidence = float64(fit) / float64(seen) * min(1, 2*float64(seen)/float64(all))
	s.matched = fit
	s.Why = fmt.Sprintf("no header; the cells of %d of %d columns look as they should", fit, seen)
	return s
}

// named is the first group of a pattern over a file's name; false where it does
// not match.
func named(pattern, file string) (string, bool) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return "", false
	}
	m := re.FindStringSubmatch(file)
	if len(m) < 2 {
		return "", false
	}
	return m[1], true
}

// sheetName is the column with the name of a record's sheet, in a feed of
// several.
const sheetName = "sheet:name"

// withSheet adds that column, empty, where the file is no workbook.
func (f *Feed) withSheet(in Input) Input {
	if _, there := newHeader(in).find(Names{sheetName}); len(f.Sheets) == 0 || in.JSON || there {
		return in
	}
	in.Relation = fmt.Sprintf("(select *, '' as %s from %s)", engine.Ident(sheetName), in.Relation)
	in.Columns = append(append([]string{}, in.Columns...), sheetName)
	return in
}

// ByName says that a column is taken from the file's name, so that files cannot
// be read together.
func (f *Feed) ByName() bool {
	for _, o := range f.Outputs {
		for _, c := range o.Columns {
			if c.Filename != "" {
				return true
			}
		}
	}
	return false
}
