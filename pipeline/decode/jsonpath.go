package decode

import (
	"fmt"
	"strings"
)

// step is one element of a path: a key of an object, or every element of an
// array.
type step struct {
	key string
	all bool
}

// PathError says what is wrong with a JSON path and where.
type PathError struct {
	Path   string
	Col    int // 1-based, in bytes
	Reason string
}

func (e *PathError) Error() string {
	return fmt.Sprintf("path %q:%d: %s; try: a path such as $[*], $.data.items[*] or $['a key'][*]", e.Path, e.Col, e.Reason)
}

// parsePath reads `$`, `.key`, `['key']`, `["key"]` and `[*]`. The keys of the
// first form are letters, digits, _, -, $, @ and all beyond ASCII.
func parsePath(path string) ([]step, error) {
	fail := func(at int, reason string) ([]step, error) {
		return nil, &PathError{Path: path, Col: at + 1, Reason: reason}
	}
	if !strings.HasPrefix(path, "$") {
		return fail(0, "must start with $")
	}
	var steps []step
	for i := 1; i < len(path); {
		switch path[i] {
		case '.':
			end := i + 1
			for end < len(path) && plainKey(path[end]) {
				end++
			}
			if end == i+1 {
				return fail(end, "a key is missing after the point")
			}
			steps = append(steps, step{key: path[i+1 : end]})
			i = end
		case '[':
			rest := path[i:]
			if strings.HasPrefix(rest, "[*]") {
				steps = append(steps, step{all: true})
				i += 3
				continue
			}
			if len(rest) < 2 || (rest[1] != '\'' && rest[1] != '"') {
				return fail(i, "[*] or ['key'] is expected; single elements and filters are not supported")
			}
			key, n, ok := quotedKey(rest[1:])
			if !ok || 1+n >= len(rest) || rest[1+n] != ']' {
				return fail(i, "the quoted key is not closed by a quote and ]")
			}
			steps = append(steps, step{key: key})
			i += n + 2
		default:
			return fail(i, "a point or [ is expected")
		}
	}
	return steps, nil
}

func plainKey(c byte) bool {
	return c >= 0x80 || c == '_' || c == '-' || c == '$' || c == '@' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
}

// quotedKey reads a key in quotes, where a backslash keeps the next byte; n
// counts the quotes too.
func quotedKey(s string) (key string, n int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == s[0]:
			return b.String(), i + 1, true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, false
}

// pathText writes steps as a path that parsePath reads.
func pathText(steps []step) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range steps {
		switch {
		case s.all:
			b.WriteString("[*]")
		case s.key != "" && strings.IndexFunc(s.key, func(r rune) bool { return r < 0x80 && !plainKey(byte(r)) }) < 0:
			b.WriteString("." + s.key)
		default:
			b.WriteString("['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s.key) + "']")
		}
	}
	return b.String()
}

func join(names []string) string { return strings.Join(names, ", ") }
