package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// reader walks a YAML file node by node, so that every error has a place and
// all of them are told at once: unknown keys and types as well as rules that
// compare two places, which a decoder into structs cannot locate.
type reader struct {
	name string
	errs []mistake
}

type mistake struct {
	at   place
	text string
}

type place struct{ line, col int }

func (p place) in(file string) string { return fmt.Sprintf("%s:%d:%d", file, p.line, p.col) }

func (r *reader) fail(at place, format string, args ...any) {
	r.errs = append(r.errs, mistake{at, fmt.Sprintf(format, args...)})
}

// err joins what is wrong in the order of the file.
func (r *reader) err() error {
	slices.SortStableFunc(r.errs, func(a, b mistake) int {
		return cmp.Or(cmp.Compare(a.at.line, b.at.line), cmp.Compare(a.at.col, b.at.col))
	})
	var all []error
	for _, e := range r.errs {
		all = append(all, fmt.Errorf("%s: %s", e.at.in(r.name), e.text))
	}
	return errors.Join(all...)
}

// root is the only document of the file.
func (r *reader) root(b []byte) ast.Node {
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		at, text := place{1, 1}, err.Error()
		var located yaml.Error
		if errors.As(err, &located) {
			text = located.GetMessage()
			if t := located.GetToken(); t != nil && t.Position != nil {
				at = place{t.Position.Line, t.Position.Column}
			}
		}
		r.fail(at, "%s", text)
		return nil
	}
	var body []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil {
			body = append(body, d.Body)
		}
	}
	switch {
	case len(body) == 0:
		r.fail(place{1, 1}, "the file is empty")
		return nil
	case len(body) > 1:
		r.fail(placeOf(body[1]), "a second document; try: one file each")
	}
	return body[0]
}

func placeOf(n ast.Node) place {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		n = m.Key
	}
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return place{1, 1}
	}
	p := n.GetToken().Position
	return place{p.Line, p.Column}
}

// object is a mapping whose keys have been checked. Its methods record what is
// wrong and return a zero value.
type object struct {
	r      *reader
	what   string
	at     place
	fields map[string]ast.Node
	empty  map[string]bool // keys without a value, which have been told
}

func (r *reader) object(n ast.Node, what string, known ...string) *object {
	o := &object{r: r, what: what, at: placeOf(n), fields: map[string]ast.Node{}, empty: map[string]bool{}}
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case nil:
		return o
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		r.fail(o.at, "%s is not a mapping of keys to values", what)
		return o
	}
	for _, v := range values {
		key := v.Key.GetToken().Value
		if !slices.Contains(known, key) {
			hint := ""
			if near := nearest(key, known); near != "" {
				hint = "; try: " + near
			}
			r.fail(placeOf(v.Key), "unknown key %q in %s%s", key, what, hint)
			continue
		}
		if _, null := v.Value.(*ast.NullNode); null {
			r.fail(placeOf(v.Key), "%s of %s has no value", key, what)
			o.empty[key] = true
			continue
		}
		o.fields[key] = v.Value
	}
	return o
}

func (o *object) place(key string) place {
	if n, ok := o.fields[key]; ok {
		return placeOf(n)
	}
	return o.at
}

func (o *object) missing(key string) {
	// Without a mapping, or without a file, something else is wrong and has been said.
	if len(o.fields) > 0 && !o.empty[key] {
		o.r.fail(o.at, "%s has no %s", o.what, key)
	}
}

// scalar is the text of a plain value as it stands in the file: a number keeps
// its digits.
func (r *reader) scalar(n ast.Node, what string) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(v.Value.Value), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return v.GetToken().Value, true
	}
	r.fail(placeOf(n), "%s is not a plain value", what)
	return "", false
}

func (o *object) text(key string, required bool) string {
	n, ok := o.fields[key]
	if !ok {
		if required {
			o.missing(key)
		}
		return ""
	}
	s, ok := o.r.scalar(n, key)
	if ok && required && s == "" {
		o.r.fail(placeOf(n), "%s of %s is empty", key, o.what)
	}
	return s
}

func (o *object) choice(key string, allowed ...string) string {
	s := o.text(key, true)
	if s != "" && !slices.Contains(allowed, s) {
		o.r.fail(o.place(key), "%s %q; try: %s", key, s, strings.Join(allowed, ", "))
	}
	return s
}

func (o *object) number(key string, least, most int) int {
	s := o.text(key, true)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		o.r.fail(o.place(key), "%s %q is not a whole number from %d to %d", key, s, least, most)
		return 0
	}
	return n
}

func (o *object) flag(key string) bool {
	n, ok := o.fields[key]
	if !ok {
		return false
	}
	b, ok := n.(*ast.BoolNode)
	if !ok {
		o.r.fail(placeOf(n), "%s is neither true nor false", key)
		return false
	}
	return b.Value
}

func (o *object) day(key string) *Day {
	s := o.text(key, false)
	if s == "" {
		return nil
	}
	d, err := ParseDay(s)
	if err != nil {
		o.r.fail(o.place(key), "%s: %v", key, err)
		return nil
	}
	return &d
}

// dayText is a required date that is kept as its text.
func (o *object) dayText(key string) string {
	s := o.text(key, true)
	if s != "" {
		o.day(key)
	}
	return s
}

func (o *object) object(key string, known ...string) *object {
	n, ok := o.fields[key]
	if !ok {
		o.missing(key)
		return &object{r: o.r, what: key, at: o.at}
	}
	return o.r.object(n, key, known...)
}

func (o *object) list(key string) []ast.Node {
	n, ok := o.fields[key]
	if !ok {
		return nil
	}
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		o.r.fail(placeOf(n), "%s is not a list", key)
		return nil
	}
	return s.Values
}

func (o *object) texts(key string, required bool) []string {
	var out []string
	for _, n := range o.list(key) {
		if s, ok := o.r.scalar(n, "entry of "+key); ok {
			out = append(out, s)
		}
	}
	n, there := o.fields[key]
	if list, ok := n.(*ast.SequenceNode); required && ok && len(list.Values) == 0 {
		o.r.fail(placeOf(n), "%s of %s is empty", key, o.what)
	} else if required && !there {
		o.missing(key)
	}
	return out
}

// nearest is the known word with the fewest edits, empty when more than half of
// the letters differ.
func nearest(word string, known []string) string {
	best, edits := "", len(word)/2+1
	for _, k := range known {
		if d := distance(word, k); d < edits {
			best, edits = k, d
		}
	}
	return best
}

// distance is Levenshtein's, over bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
