package carrier

import (
	"strings"
	"unicode"
)

// fold brings a text to the form in which texts are compared: letters in one
// case, full-width letters, digits and signs as their ASCII twins, blanks of
// any kind as one, invisible signs gone.
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	blank := false
	for _, r := range s {
		switch {
		case invisible(r):
			continue
		case unicode.IsSpace(r):
			blank = b.Len() > 0
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(foldRune(narrow(r)))
	}
	return b.String()
}

// foldRune gives one letter for all letters that differ by case alone.
func foldRune(r rune) rune {
	switch {
	case r < 0x80:
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	case 0x2E80 <= r && r <= 0xA4FF || 0xAC00 <= r && r <= 0xD7FF:
		return r // CJK has no case
	}
	least := r
	for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
		least = min(least, o)
	}
	if 'A' <= least && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}

// narrow gives the ASCII twin of a full-width sign.
func narrow(r rune) rune {
	if 0xFF01 <= r && r <= 0xFF5E {
		return r - 0xFF01 + '!'
	}
	return r
}

func invisible(r rune) bool {
	return 0x200B <= r && r <= 0x200D || r == 0x2060 || r == 0xFEFF
}

// foldPattern does for a pattern what fold does for a text, but keeps its case
// (\S is not \s): a full-width sign becomes its twin as a literal, not as syntax.
func foldPattern(p string) string {
	var b strings.Builder
	for _, r := range p {
		switch n := narrow(r); {
		case invisible(r):
		case r != ' ' && unicode.IsSpace(r):
			b.WriteByte(' ')
		case n != r && !unicode.IsLetter(n) && !unicode.IsDigit(n):
			b.WriteByte('\\')
			b.WriteRune(n)
		default:
			b.WriteRune(n)
		}
	}
	return b.String()
}
