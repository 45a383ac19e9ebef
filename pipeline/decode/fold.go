package decode

import (
	"strings"
	"unicode"
)

// Fold is the form of a column's name by which names are compared, so that a
// header finds its column however an export writes it: without byte order mark
// and zero-width characters; full-width letters, digits and signs （）：／ as
// half-width ones; every run of blanks (tab, line end, no-break and full-width
// ones too) as one space, none at the ends; without quotes around it; without
// regard to case. Fold of a folded name is the name itself. It is "" for a name
// of which nothing is left.
//
// It is for comparing only: columns keep the name that the file gives them.
func Fold(name string) string {
	var b strings.Builder
	for _, r := range name {
		if zeroWidth(r) {
			continue
		}
		r = halfWidth(r)
		if unicode.IsSpace(r) {
			r = ' '
		}
		b.WriteRune(foldCase(r))
	}
	s := strings.Join(strings.Fields(b.String()), " ")
	for {
		inner, ok := unquoted(s)
		if !ok {
			return s
		}
		s = strings.Trim(inner, " ")
	}
}

// zeroWidth knows the characters that no one sees: the byte order mark, which
// also stands inside files that were pasted together, and marks that web pages
// leave in copied text.
func zeroWidth(r rune) bool {
	switch r {
	case '\ufeff', '\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u2060', '\u00ad':
		return true
	}
	return false
}

// halfWidth maps the full-width forms of the ASCII signs and the full-width
// blank.
func halfWidth(r rune) rune {
	if r >= '\uff01' && r <= '\uff5e' {
		return r - '\uff01' + '!'
	}
	if r == '\u3000' {
		return ' '
	}
	return r
}

// foldCase maps all runes that differ in case only to one of them. Lower case
// alone does not: ſ and the Kelvin sign have a case of their own.
func foldCase(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return unicode.ToLower(least)
}

var quotePairs = [][2]string{{`"`, `"`}, {"'", "'"}, {"“", "”"}, {"‘", "’"}}

func unquoted(s string) (string, bool) {
	for _, q := range quotePairs {
		if inner, ok := strings.CutPrefix(s, q[0]); ok {
			if inner, ok = strings.CutSuffix(inner, q[1]); ok {
				return inner, true
			}
		}
	}
	return s, false
}
