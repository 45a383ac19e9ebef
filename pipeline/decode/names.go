package decode

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// want is a column that must be there, under one of several names.
type want struct{ names, folded []string }

// wants are the columns of Options.Expect and Options.ExpectAny.
func (o Options) wants() []want {
	var out []want
	add := func(names []string) {
		var w want
		for _, n := range names {
			// a header cell without a letter is no name that a column could be found by
			if folded := Fold(n); folded != "" {
				w.names, w.folded = append(w.names, n), append(w.folded, folded)
			}
		}
		if len(w.names) > 0 {
			out = append(out, w)
		}
	}
	for _, e := range o.Expect {
		add([]string{e})
	}
	for _, set := range o.ExpectAny {
		add(set)
	}
	return out
}

// folds counts the cells of a header by their folded names.
func folds(cells []string) map[string]int {
	n := make(map[string]int, len(cells))
	for _, c := range cells {
		n[Fold(c)]++
	}
	return n
}

// hits is how many of the wanted columns are among folded names.
func hits(have map[string]int, wanted []want) int {
	n := 0
	for _, w := range wanted {
		if w.in(have) {
			n++
		}
	}
	return n
}

func (w want) in(have map[string]int) bool {
	for _, f := range w.folded {
		if have[f] > 0 {
			return true
		}
	}
	return false
}

// String is the column in a message.
func (w want) String() string {
	var quoted []string
	for _, n := range w.names {
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return "of one of the names " + strings.Join(quoted, ", ")
}

// names makes the columns' names from the cells of a header: trimmed, none
// empty, unique without regard to case. Wanted columns must be there, and none
// of their names twice.
func names(file string, line int64, cells []string, wanted []want) (columns, repeated []string, err error) {
	columns = make([]string, len(cells))
	used := map[string]bool{}
	for i, c := range cells {
		columns[i] = strings.TrimSpace(strings.TrimPrefix(c, "\ufeff"))
		used[strings.ToLower(columns[i])] = true
	}
	have := folds(columns)
	seen := map[string]bool{}
	twice := map[string]bool{}
	for i, c := range columns {
		base := c
		if base == "" {
			base = fmt.Sprintf("column_%d", i+1)
		}
		name := base
		if c != "" && seen[strings.ToLower(c)] && !twice[strings.ToLower(c)] {
			twice[strings.ToLower(c)] = true
			repeated = append(repeated, c)
		}
		for n := 2; seen[strings.ToLower(name)] || (name != c && used[strings.ToLower(name)]); n++ {
			name = fmt.Sprintf("%s (%d)", base, n)
		}
		seen[strings.ToLower(name)] = true
		columns[i] = name
	}
	var missing, doubled []string
	for _, w := range wanted {
		for i, f := range w.folded {
			if have[f] > 1 {
				doubled = append(doubled, fmt.Sprintf("%q", w.names[i]))
			}
		}
		if !w.in(have) {
			missing = append(missing, w.String()+w.hint(columns))
		}
	}
	if len(doubled) > 0 {
		return nil, nil, &Refusal{File: file, Line: line,
			Reason: "the header names " + strings.Join(doubled, ", ") + " more than once, so that it is not clear which column is meant",
			Try:    "rename or remove one of them in the export"}
	}
	if len(missing) > 0 {
		return nil, nil, &Refusal{File: file, Line: line,
			Reason: fmt.Sprintf("the header has no column %s; it has: %s", strings.Join(missing, ", "), cut(strings.Join(columns, ", "), 400)),
			Try:    "correct the names in the feed, or export all columns"}
	}
	return columns, repeated, nil
}

// hint is the column nearest to any of the names.
func (w want) hint(columns []string) string {
	for _, n := range w.names {
		if h := hint(n, columns); h != "" {
			return h
		}
	}
	return ""
}

func hint(name string, columns []string) string {
	if near := Nearest(name, columns); near != "" {
		return fmt.Sprintf(" (is it %q?)", near)
	}
	return ""
}

// Nearest is the known name that is closest to a name by edits (Levenshtein, in
// runes, without regard to case), or "" where none is within a third of its
// length plus one.
func Nearest(name string, known []string) string {
	n := utf8.RuneCountInString(name)
	best, least := "", n/3+2
	for _, k := range known {
		// Every rune more or less is an edit; what stands in the place of a name may
		// be a long text.
		if more := utf8.RuneCountInString(k) - n; more >= least || -more >= least {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the least number of runes inserted, removed or replaced to make b
// of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, cx := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, cy := range y {
			replace := diagonal
			if cx != cy {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(y)]
}
