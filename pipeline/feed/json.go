package feed

import (
	"fmt"
	"strings"

	"waybill/pipeline/engine"
)

// level is a value of a JSON record that paths start from: the record, or the
// item of an explode level.
func level(i int) string {
	if i == 0 {
		return "record"
	}
	return fmt.Sprintf("item%d", i)
}

// climb splits a path into the number of levels that it goes up and the rest:
// ^^.a is two levels up, then a.
func climb(p string) (up int, rest string) {
	rest = strings.TrimLeft(p, "^")
	if up = len(p) - len(rest); up == 0 {
		return 0, p
	}
	return up, strings.TrimPrefix(rest, ".")
}

// jsonText is the SQL of a value as text; levels is how many explode levels
// stand above the item.
func jsonText(p string, levels int) string {
	up, rest := climb(p)
	return fmt.Sprintf("json_extract_string(%s, %s)", level(max(levels-up, 0)), engine.Literal(jsonPath(rest)))
}

// coalesced is the SQL of the first path that has a value.
func coalesced(paths Names, levels int) string {
	if len(paths) == 1 {
		return jsonText(paths[0], levels)
	}
	arms := make([]string, len(paths))
	for i, p := range paths {
		arms[i] = "nullif(" + jsonText(p, levels) + ", '')"
	}
	return "coalesce(" + strings.Join(arms, ", ") + ")"
}

// exploded gives one row per element of each level. A missing or null array
// gives none; an object where an array is expected is its only element.
func exploded(source string, paths Names) string {
	kept := "_rn, record"
	for i, p := range paths {
		up, rest := climb(p)
		list := fmt.Sprintf("json_extract(%s, %s)", level(max(i-up, 0)), engine.Literal(jsonPath(rest)))
		if strings.Contains(p, "*") {
			list = "cast(" + list + " as json[])" // a list by itself
		} else {
			list = fmt.Sprintf("case json_type(%[1]s) when 'ARRAY' then cast(%[1]s as json[]) when 'OBJECT' then [%[1]s] end", list)
		}
		source = fmt.Sprintf("(select %s, unnest(%s) as %s from %s)", kept, list, level(i+1), source)
		kept += ", " + level(i+1)
	}
	if len(paths) > 0 {
		source = fmt.Sprintf("(select *, %s as item from %s)", level(len(paths)), source)
	}
	return source
}

func jsonPath(p string) string {
	if p == "" {
		return "$"
	}
	if strings.HasPrefix(p, "$") {
		return p
	}
	return "$." + p
}

// path checks that a JSON path climbs no higher than the record.
func (c *checker) path(at, p string, levels int) {
	if up, _ := climb(p); up > levels {
		c.bad(at, "path %q goes %d levels up, but only %d lie above it", p, up, levels)
	}
}
