package sheet

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
)

// readWorkbook reads what the workbook says of its sheets, and its styles.
func (b *book) readWorkbook() error {
	main, err := b.mainPart()
	if err != nil {
		return err
	}
	relations, err := b.relations(main)
	if err != nil {
		return err
	}
	err = b.walk(main, func(sc *scanner) error {
		switch string(sc.name) {
		case "workbookPr":
			v, err := sc.attr("date1904")
			b.from1904 = v == "1" || v == "true" || v == "on"
			return err
		case "sheet":
			return b.addSheet(sc, relations)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return damaged("its part "+main+" is missing", nil)
	}
	if err != nil {
		return err
	}
	if len(b.sheets) == 0 {
		return &Refusal{Reason: "workbook has no sheet with cells", Try: trySave}
	}
	var stylesPart string
	for _, r := range relations {
		switch r.kind {
		case "sharedStrings":
			b.texts = r.target
		case "styles":
			stylesPart = r.target
		}
	}
	r, err := b.open(stylesPart)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // then no cell is a date
	}
	if err != nil {
		return err
	}
	defer r.Close()
	b.styles, err = readStyles(r)
	return markup("its part "+stylesPart, err)
}

// mainPart finds the part that names the sheets.
func (b *book) mainPart() (string, error) {
	main := "xl/workbook.xml"
	top, err := b.relations("")
	if err != nil {
		return "", err
	}
	for _, r := range top {
		if r.kind == "officeDocument" {
			main = r.target
		}
	}
	switch {
	case strings.HasSuffix(main, ".bin"):
		return "", &Refusal{Reason: "is a binary Excel workbook (.xlsb)", Try: trySave}
	case b.parts[partName(main)] == nil && b.parts["[content_types].xml"] == nil:
		return "", &Refusal{Reason: "is a zip archive without a workbook's parts", Try: "unpack it first"}
	case b.parts[partName(main)] != nil && !strings.HasPrefix(partName(main), "word/") && !strings.HasPrefix(partName(main), "ppt/"):
		return main, nil
	}
	return "", &Refusal{Reason: "is an Office document without sheets", Try: trySave}
}

type relation struct{ id, kind, target string }

// relations reads the relations of a part ("" for the package); none where the
// part has none. kind is the last word of the type, target a part's name.
func (b *book) relations(part string) ([]relation, error) {
	dir, base := path.Split(part)
	var out []relation
	err := b.walk(path.Join(dir, "_rels", base+".rels"), func(sc *scanner) error {
		if string(sc.name) != "Relationship" {
			return nil
		}
		if len(out) == 2*maxSheets {
			return damaged("it has too many relations", nil)
		}
		var r relation
		var err error
		read := func(name string) string {
			v, e := sc.attr(name)
			err = errors.Join(err, e)
			return v
		}
		r.id, r.kind, r.target = read("Id"), path.Base(read("Type")), strings.ReplaceAll(read("Target"), `\`, "/")
		if read("TargetMode") == "External" {
			return err
		}
		if !strings.HasPrefix(r.target, "/") {
			r.target = "/" + path.Join(dir, r.target)
		}
		r.target = strings.TrimPrefix(path.Clean(r.target), "/")
		out = append(out, r)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return out, err
}

func (b *book) addSheet(sc *scanner, relations []relation) error {
	if len(b.sheets) == maxSheets {
		return &Refusal{Reason: fmt.Sprintf("workbook has more than %d sheets", maxSheets), Try: "split it"}
	}
	name, err1 := sc.attr("name")
	id, err2 := sc.attr("id")
	state, err3 := sc.attr("state")
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	for _, r := range relations {
		if r.id == id && r.kind == "worksheet" { // others hold charts and macros
			b.sheets = append(b.sheets, ref{name: name, part: r.target, hidden: state == "hidden" || state == "veryHidden"})
			break
		}
	}
	return nil
}

// walk calls fn for every start tag of a small part.
func (b *book) walk(part string, fn func(*scanner) error) error {
	r, err := b.open(part)
	if err != nil {
		return err
	}
	defer r.Close()
	sc := newScanner(r)
	for {
		kind, err := sc.next()
		if err == nil && kind == tokenStart {
			err = fn(sc)
		}
		if err != nil {
			return markup("its part "+part, err)
		}
		if kind == tokenEOF {
			return nil
		}
	}
}

// candidates are the sheets that Options.Sheet may mean, the likeliest first.
func (b *book) candidates() ([]ref, error) {
	want := b.opt.Sheet
	visible := slices.DeleteFunc(slices.Clone(b.sheets), func(s ref) bool { return s.hidden })
	if want == "" {
		if len(visible) == 0 {
			return nil, b.noSheet("workbook has hidden sheets only")
		}
		return visible, nil
	}
	for _, same := range []func(a, b string) bool{
		func(x, y string) bool { return x == y },
		func(x, y string) bool { return b.opt.Fold(x) == b.opt.Fold(y) },
	} {
		if i := slices.IndexFunc(b.sheets, func(s ref) bool { return same(s.name, want) }); i >= 0 {
			return b.sheets[i : i+1], nil
		}
	}
	if digits, ok := strings.CutPrefix(want, "#"); ok {
		if n, err := strconv.Atoi(digits); err == nil && n > 0 {
			if n > len(b.sheets) {
				return nil, b.noSheet(fmt.Sprintf("workbook has no sheet %d", n))
			}
			return b.sheets[n-1 : n], nil
		}
	}
	if len(want) > 2 && want[0] == '~' && want[len(want)-1] == '~' {
		re, err := regexp.Compile(want[1 : len(want)-1])
		if err != nil {
			return nil, &Refusal{Reason: fmt.Sprintf("the sheet's pattern cannot be read: %v", err), Try: "sheet: ~Order Fee.*~"}
		}
		for _, from := range [][]ref{visible, b.sheets} {
			if found := slices.DeleteFunc(slices.Clone(from), func(s ref) bool { return !re.MatchString(s.name) }); len(found) > 0 {
				return found, nil
			}
		}
		return nil, b.noSheet("no sheet's name matches " + want)
	}
	return nil, b.noSheet(fmt.Sprintf("workbook has no sheet %q", want))
}

// noSheet names the sheets there are, and the one that may be meant.
func (b *book) noSheet(reason string) error {
	var names []string
	nearest, least := "", len([]rune(b.opt.Sheet))/2+1
	for _, s := range b.sheets {
		shown := strconv.Quote(s.name)
		if s.hidden {
			shown += " (hidden)"
		}
		names = append(names, shown)
		if len(s.name) > 200 {
			continue // Excel stops at 31 characters
		}
		if d := levenshtein.ComputeDistance(b.opt.Fold(b.opt.Sheet), b.opt.Fold(s.name)); d < least {
			nearest, least = s.name, d
		}
	}
	try := "name the sheet that holds the table, such as sheet: " + strconv.Quote(b.sheets[0].name)
	if nearest != "" {
		try = "sheet: " + strconv.Quote(nearest)
	}
	return &Refusal{Reason: reason + "; it has: " + clip(strings.Join(names, ", "), 400), Try: try}
}
