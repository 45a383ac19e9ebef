package carrier

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"waybill/pipeline/yamldoc"
)

// Default is the carrier of the map whose text rules serve every carrier.
const Default = "*"

// Map is one file of data/carriers.
type Map struct {
	Carrier      string            `yaml:"carrier"`
	Carriers     []string          `yaml:"carriers"` // further codes of the same carrier
	Doc          string            `yaml:"doc"`
	Source       string            `yaml:"source"`
	Codes        map[string]Target `yaml:"codes"`
	Prefixes     map[string]Target `yaml:"prefixes"`      // for codes that codes does not name; the longest decides
	TextFirst    []string          `yaml:"text_first"`    // codes so general that a text that maps goes before them
	Texts        []TextRule        `yaml:"texts"`         // in order: the first that matches decides
	DefaultTexts *bool             `yaml:"default_texts"` // false: the rules of the map "*" do not serve this carrier
	Clock        Clock             `yaml:"clock"`
	Tests        []Test            `yaml:"tests"`

	File string `yaml:"-"`
	src  []byte // for the places of tests
}

// TextRule maps a text; patterns are regular expressions (RE2) without regard to case.
type TextRule struct {
	Match     string `yaml:"match"`
	Not       string `yaml:"not"` // guards: "not delivered" is not delivered
	Milestone Target `yaml:"milestone"`
}

// Clock names the codes that the carrier itself says start or stop its own
// clock. They are no milestones and no rule of a platform.
type Clock struct {
	Start []string `yaml:"start"`
	Stop  []string `yaml:"stop"`
}

// Names lists the carrier codes that the map serves.
func (m Map) Names() []string { return append([]string{m.Carrier}, m.Carriers...) }

// Parse reads one map and refuses what cannot work: unknown keys and
// milestones, patterns that do not compile, codes that YAML would change.
func Parse(file string, b []byte) (Map, error) {
	m := Map{File: file, src: b}
	if err := literalCodes(file, b); err != nil {
		return m, err
	}
	if err := yamldoc.Decode(file, b, &m); err != nil {
		return m, err
	}
	if m.Carrier == "" {
		return m, fmt.Errorf("%s:1:1: a map needs carrier: the code that tracking_events.carrier bears", file)
	}
	var errs []error
	for i, t := range m.Texts {
		if t.Match == "" {
			errs = append(errs, fmt.Errorf("%s: a text rule needs match", m.at("$.texts[%d]", i)))
		}
		for _, p := range []string{t.Match, t.Not} {
			if _, err := compilePattern(p); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", m.at("$.texts[%d]", i), err))
			}
		}
	}
	if _, ok := m.Prefixes[""]; ok {
		errs = append(errs, fmt.Errorf("%s: an empty prefix would take every code; try: texts", m.at("$.prefixes")))
	}
	for _, list := range []struct {
		key   string
		codes []string
	}{{"$.text_first", m.TextFirst}, {"$.clock.start", m.Clock.Start}, {"$.clock.stop", m.Clock.Stop}} {
		for i, c := range list.codes {
			if _, ok := m.Codes[c]; !ok {
				errs = append(errs, fmt.Errorf("%s: code %q has no milestone in codes", m.at("%s[%d]", list.key, i), c))
			}
		}
	}
	for i, t := range m.Tests {
		if _, ok := ID(t.Want); !ok {
			errs = append(errs, fmt.Errorf("%s: want: %s", m.at("$.tests[%d]", i), unknownMilestone(t.Want)))
		}
		if t.Code == "" && t.Text == "" {
			errs = append(errs, fmt.Errorf("%s: a test needs code or text", m.at("$.tests[%d]", i)))
		}
	}
	return m, errors.Join(errs...)
}

// at is file:line:col of a place in the map's document.
func (m Map) at(format string, args ...any) string {
	l, c := yamldoc.Position(m.src, fmt.Sprintf(format, args...))
	return fmt.Sprintf("%s:%d:%d", m.File, l, c)
}

// literalCodes refuses a bare scalar that YAML reads as something else than it
// says: 01 would become 1, 1e3 would become 1000, an empty milestone would
// become unknown. Such codes stand in quotes.
func literalCodes(file string, b []byte) error {
	doc, err := parser.ParseBytes(b, 0)
	if err != nil {
		return nil // yamldoc says it better
	}
	w := &scalarWalk{}
	for _, d := range doc.Docs {
		if d.Body != nil {
			ast.Walk(w, d.Body)
		}
	}
	if w.found == nil {
		return nil
	}
	p := w.found.GetToken().Position
	if _, ok := w.found.(*ast.TagNode); ok {
		return fmt.Errorf("%s:%d:%d: a map has no YAML tags; try: the value without %s", file, p.Line, p.Column, w.found.GetToken().Value)
	}
	if w.empty {
		return fmt.Errorf("%s:%d:%d: a code without a milestone; try: none where it is no step of the journey", file, p.Line, p.Column)
	}
	return fmt.Errorf("%s:%d:%d: %s is not text here; try: %q", file, p.Line, p.Column, w.found.GetToken().Value, w.found.GetToken().Value)
}

type scalarWalk struct {
	found ast.Node
	empty bool
}

func (w *scalarWalk) Visit(n ast.Node) ast.Visitor {
	if w.found != nil {
		return nil
	}
	switch n := n.(type) {
	case *ast.TagNode: // nothing here needs one, and the decoder panics on some
		w.found = n
		return nil
	case *ast.MappingValueNode:
		key := n.Key.String()
		if key == "default_texts" {
			return nil // a truth value by right
		}
		if key == "codes" || key == "prefixes" {
			values, _ := n.Value.(*ast.MappingNode)
			for i := 0; values != nil && i < len(values.Values); i++ {
				if values.Values[i].Value.Type() == ast.NullType {
					w.found, w.empty = values.Values[i].Key, true
					return nil
				}
			}
		}
		if n.Key.Type() == ast.NullType {
			w.found = n.Key
			return nil
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		if fmt.Sprint(n.(ast.ScalarNode).GetValue()) != n.GetToken().Value {
			w.found = n
			return nil
		}
	}
	return w
}

// ParseAll reads every map of a folder. Two maps for one carrier are refused:
// which of them decides would depend on their names.
func ParseAll(fsys fs.FS, dir string) ([]Map, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var out []Map
	owner := map[string]string{}
	for _, n := range names {
		b, err := fs.ReadFile(fsys, n)
		if err != nil {
			return nil, err
		}
		m, err := Parse(path.Join("data", n), b)
		if err != nil {
			return nil, err
		}
		for _, c := range m.Names() {
			if owner[c] != "" {
				return nil, fmt.Errorf("%s: carrier %q has a map already in %s; try: one file for both", m.File, c, owner[c])
			}
			owner[c] = m.File
		}
		out = append(out, m)
	}
	return out, nil
}
