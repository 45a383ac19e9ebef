package decode

import (
	"fmt"
	"strings"
)

// names makes the columns' names from the cells of a header: trimmed, none
// empty, unique without regard to case. Expected names must be there, once.
func names(file string, line int64, cells, expect []string) (columns, repeated []string, err error) {
	columns = make([]string, len(cells))
	used := map[string]bool{}
	for i, c := range cells {
		columns[i] = strings.TrimSpace(strings.TrimPrefix(c, "\ufeff"))
		used[strings.ToLower(columns[i])] = true
	}
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
	for _, e := range expect {
		low := strings.ToLower(e)
		switch {
		case twice[low]:
			doubled = append(doubled, fmt.Sprintf("%q", e))
		case !seen[low] || !used[low]:
			missing = append(missing, fmt.Sprintf("%q%s", e, hint(e, columns)))
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
	best, least := "", len([]rune(name))/3+2
	for _, k := range known {
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
