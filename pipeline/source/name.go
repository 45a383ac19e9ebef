package source

import (
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ShownName makes a file name safe to print: control characters, marks that turn
// the writing direction, and bytes that are no UTF-8 are written as escapes
// (`\n`, `\u202e`, `\xff`), and dots that climb (`..` as a whole segment) as
// `\.\.`. A name that needs none of it is given back as it is.
func ShownName(name string) string {
	segments := strings.Split(filepath.ToSlash(name), "/")
	for i, s := range segments {
		if s == ".." {
			segments[i] = `\.\.`
			continue
		}
		segments[i] = escape(s)
	}
	return strings.Join(segments, "/")
}

func escape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[i])+0x100, 16)[1:])
		case r == '\\':
			b.WriteString(`\\`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRune(r)
			if unicode.IsSpace(r) && !unicode.IsControl(r) {
				// A space other than the plain one prints, but does not show what it is.
				q = strconv.QuoteRuneToASCII(r)
			}
			b.WriteString(q[1 : len(q)-1])
		}
		i += n
	}
	return b.String()
}

// extension keeps what a name says about its kind: the last extension, and the
// one before `.gz`. Letters and digits only, lower case, so that it can stand in
// a name of the archive.
func extension(name string) string {
	base := strings.ToLower(filepath.Base(name))
	last := plainExt(base)
	if last == ".gz" {
		return plainExt(strings.TrimSuffix(base, last)) + last
	}
	return last
}

func plainExt(base string) string {
	ext := filepath.Ext(base)
	if len(ext) < 2 || len(ext) > 9 || ext == base {
		return ""
	}
	for _, c := range ext[1:] {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return ""
		}
	}
	return ext
}
