package carrier

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Target is what a code or a text maps to: a milestone id for a scan in the
// country of origin, for one in any other known country, and for one whose
// country nobody knows. An id 0 leaves the scan to the text rules.
type Target struct{ Origin, Abroad, Unknown int }

// Plain says that the place of the scan does not matter.
func (t Target) Plain() bool { return t.Origin == t.Abroad && t.Abroad == t.Unknown }

// UnmarshalYAML takes the name of a milestone, none (or "-") for what is no
// step of the journey, or a mapping with all of origin, abroad and unknown.
func (t *Target) UnmarshalYAML(node ast.Node) error {
	switch n := node.(type) {
	case *ast.AnchorNode:
		return t.UnmarshalYAML(n.Value)
	case *ast.StringNode:
		id, err := milestoneOf(n)
		*t = Target{id, id, id}
		return err
	case *ast.MappingNode:
		return t.sides(n, n.Values)
	case *ast.MappingValueNode:
		return t.sides(n, []*ast.MappingValueNode{n})
	}
	return mistake(node.GetToken(), "a milestone is a name or {origin: …, abroad: …, unknown: …}")
}

func (t *Target) sides(at ast.Node, values []*ast.MappingValueNode) error {
	missing := map[string]*int{"origin": &t.Origin, "abroad": &t.Abroad, "unknown": &t.Unknown}
	for _, v := range values {
		key := v.Key.String()
		side := missing[key]
		if side == nil {
			return mistake(v.Key.GetToken(), fmt.Sprintf("a milestone by place has no side %q; try: origin, abroad or unknown", key))
		}
		delete(missing, key)
		s, ok := v.Value.(*ast.StringNode)
		if !ok {
			return mistake(v.Value.GetToken(), key+" needs the name of a milestone")
		}
		id, err := milestoneOf(s)
		if err != nil {
			return err
		}
		*side = id
	}
	for _, side := range []string{"origin", "abroad", "unknown"} {
		if missing[side] != nil {
			return mistake(at.GetToken(), fmt.Sprintf("a milestone by place lacks %s; try: %s: unknown, which leaves it to the text", side, side))
		}
	}
	return nil
}

func milestoneOf(n *ast.StringNode) (int, error) {
	if n.Value == "none" || n.Value == "-" {
		return Notice, nil
	}
	id, ok := ID(n.Value)
	if !ok {
		return 0, mistake(n.GetToken(), unknownMilestone(n.Value))
	}
	return id, nil
}

// mistake is an error that keeps its place in the document.
func mistake(at *token.Token, msg string) error {
	return &yaml.SyntaxError{Message: msg, Token: at}
}
