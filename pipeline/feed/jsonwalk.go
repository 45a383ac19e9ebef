package feed

import (
	"regexp"
	"strings"
)

// stepRE reads one step of a JSON path: .key, ."key", ['key'], ["key"], [*] or
// [3].
var stepRE = regexp.MustCompile(`^(?:\.?"([^"]*)"|\.?([^."'\[\]]+)|\['([^']*)'\]|\["([^"]*)"\]|\[(\*|\d+)\])`)

// maxSample bounds how many elements of an array are looked at.
const maxSample = 50

// values gives what a path finds below a decoded JSON value, in order. A key
// that meets an array is looked for in its elements.
func values(v any, path string) []any {
	found := []any{v}
	path = strings.TrimPrefix(path, "$")
	for path != "" {
		m := stepRE.FindStringSubmatch(path)
		if m == nil {
			return nil
		}
		path = path[len(m[0]):]
		key := firstOf(m[1], m[2], m[3], m[4])
		var next []any
		for _, f := range found {
			next = append(next, child(f, key, m[5] == "")...)
		}
		if len(next) > maxSample {
			next = next[:maxSample]
		}
		found = next
	}
	return found
}

func child(v any, key string, byKey bool) []any {
	switch x := v.(type) {
	case map[string]any:
		if c, ok := x[key]; ok && byKey {
			return []any{c}
		}
	case []any:
		if len(x) > maxSample {
			x = x[:maxSample]
		}
		if !byKey {
			return x
		}
		var out []any
		for _, e := range x {
			if m, ok := e.(map[string]any); ok {
				out = append(out, child(m, key, true)...)
			}
		}
		return out
	}
	return nil
}

// elements gives the elements of arrays, and what is none by itself.
func elements(list []any) []any {
	var out []any
	for _, v := range list {
		if a, ok := v.([]any); ok {
			out = append(out, a[:min(len(a), maxSample)]...)
		} else if v != nil {
			out = append(out, v)
		}
	}
	return out
}
