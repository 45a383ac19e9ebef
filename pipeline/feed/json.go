package feed

import (
	"fmt"
	"slices"
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
func jsonText(h header, p string, levels int) string {
	up, rest := climb(p)
	return h.paths.text(level(max(levels-up, 0)), jsonPath(rest))
}

// paths are the places of a record that a query reads. All of one level are
// read at once: each call of json_extract_string parses the record anew.
type paths struct {
	levels []string
	list   map[string][]string // by level
}

// text is the SQL of one of them.
func (p *paths) text(level, path string) string {
	if strings.Contains(path, "*") {
		return fmt.Sprintf("json_extract_string(%s, %s)", level, engine.Literal(path)) // a list by itself
	}
	if p.list == nil {
		p.list = map[string][]string{}
	}
	if p.list[level] == nil {
		p.levels = append(p.levels, level)
	}
	i := slices.Index(p.list[level], path)
	if i < 0 {
		i = len(p.list[level])
		p.list[level] = append(p.list[level], path)
	}
	return fmt.Sprintf("%s[%d]", engine.Ident("_json_"+level), i+1)
}

// read adds what the texts stand in to a relation.
func (p *paths) read(from string) string {
	var cols []string
	for _, l := range p.levels {
		cols = append(cols, fmt.Sprintf("json_extract_string(%s, [%s]) as %s", l, literals(p.list[l]), engine.Ident("_json_"+l)))
	}
	if len(cols) == 0 {
		return from
	}
	return "(select *, " + strings.Join(cols, ", ") + " from " + from + ")"
}

// coalesced is the SQL of the first path that has a value.
func coalesced(h header, paths Names, levels int) string {
	if len(paths) == 1 {
		return jsonText(h, paths[0], levels)
	}
	arms := make([]string, len(paths))
	for i, p := range paths {
		arms[i] = "nullif(" + jsonText(h, p, levels) + ", '')"
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
