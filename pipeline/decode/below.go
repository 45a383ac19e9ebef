package decode

import (
	"bufio"
	"bytes"
	"strings"
)

// titleLines is how far below the top of a text file its header is looked for.
const titleLines = 20

// surely is how many known names make a line a header.
const surely = 3

// HeaderBelow counts the lines above the header of a CSV file whose first lines
// are titles: the first line holds none of the names, a later one at least three.
// head is the beginning of the file as UTF-8. 0: the header is the first line, or
// nothing is known of it.
func HeaderBelow(head []byte, names []string) int {
	known := make(map[string]bool, len(names))
	for _, n := range names {
		if f := Fold(n); f != "" {
			known[f] = true
		}
	}
	if bytes.HasPrefix(bytes.ToLower(head), []byte("sep=")) {
		return 0
	}
	best, at := 0, 0
	lines := bufio.NewScanner(bytes.NewReader(head))
	lines.Buffer(nil, len(head)+1)
	for i := 0; i < titleLines && lines.Scan(); i++ {
		n := 0
		for _, c := range candidates {
			hits := 0
			for _, cell := range strings.Split(lines.Text(), string(c)) {
				if known[Fold(strings.Trim(cell, "\" \ufeff\r"))] {
					hits++
				}
			}
			n = max(n, hits)
		}
		if i == 0 && n > 0 {
			return 0
		}
		if n > best {
			best, at = n, i
		}
	}
	if best < surely {
		return 0
	}
	return at
}
