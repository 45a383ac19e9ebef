package yamldoc

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Shape is what a struct does not say of its YAML. Keys are paths as
// clocks.order_types: without the indices of lists and the keys of maps; "" is
// the document.
type Shape struct {
	Docs     map[string]string               // what a key means
	Words    map[string][]string             // the words that it takes
	Patterns map[string]string               // regular expressions of its text
	Required map[string][]string             // keys that an object must have
	Loose    map[string]bool                 // texts that may be written as a number or a truth value
	Types    map[reflect.Type]map[string]any // schemas of structs that read themselves
}

// Schema is the JSON Schema (draft 2020-12) of the documents that Decode reads
// into t, a struct: it knows the same keys and no other.
func Schema(title string, t reflect.Type, s Shape) []byte {
	n := schemaNode(t, "", s)
	n["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	n["title"] = title
	b, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return nil // maps of texts always marshal
	}
	return append(b, '\n')
}

func schemaNode(t reflect.Type, path string, s Shape) map[string]any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	out := map[string]any{}
	switch own := s.Types[t]; {
	case own != nil:
		for k, v := range own {
			out[k] = v
		}
	case t.Kind() == reflect.Struct:
		props := map[string]any{}
		for i := range t.NumField() {
			key, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
			if key != "" && key != "-" {
				props[key] = schemaNode(t.Field(i).Type, strings.TrimPrefix(path+"."+key, "."), s)
			}
		}
		out["type"], out["properties"], out["additionalProperties"] = "object", props, false
		if r := s.Required[path]; len(r) > 0 {
			out["required"] = r
		}
	case t.Kind() == reflect.Map, t.Kind() == reflect.Slice:
		item := schemaNode(t.Elem(), path, s)
		delete(item, "description")
		out["type"], out["additionalProperties"] = "object", item
		if t.Kind() == reflect.Slice {
			out = map[string]any{"type": "array", "items": item}
		}
	case t.Kind() == reflect.Bool:
		out["type"] = "boolean"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		out["type"] = "integer"
	case t.Kind() == reflect.Float64:
		out["type"] = "number"
	default:
		out["type"] = "string"
		if s.Loose[path] {
			out["type"] = []string{"string", "number", "boolean"}
		}
		if w := s.Words[path]; w != nil {
			out["enum"] = w
		}
		if p := s.Patterns[path]; p != "" {
			out["pattern"] = p
		}
	}
	if d := s.Docs[path]; d != "" {
		out["description"] = d
	}
	return out
}
