package feed

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Schema is the JSON Schema (draft 2020-12) of feeds and templates, for editors
// that help while a mapping is written. It is made of the structs that Parse
// reads, so that it knows the same keys.
func Schema() []byte {
	s := node(reflect.TypeFor[Feed](), "")
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "waybill feed"
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil // maps of texts always marshal
	}
	return append(b, '\n')
}

// choices are the words that a key takes.
var choices = map[string][]string{
	"format": formats, "encoding": encodings, "end": ends, "dst": dsts, "source_kind": sourceKinds,
	"template.kind": topics, "outputs.columns.as": asKinds, "outputs.columns.else": elses,
}

// texts that may also be a $name of a template.
var patterns = map[string]string{
	"feed": nameRE.String(), "use": nameRE.String(), "password": "^(env|file):.+",
	"decimal": `^(point|comma|\$[a-z][a-z0-9_]*)$`, "outputs.columns.decimal": `^(point|comma|\$[a-z][a-z0-9_]*)$`,
	"outputs.columns.sign": `^(keep|turn|\$[a-z][a-z0-9_]*)$`,
}

func node(t reflect.Type, path string) map[string]any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	out := map[string]any{}
	text := map[string]any{"type": "string"}
	if words := choices[path]; words != nil {
		text["enum"] = words
	}
	if p := patterns[path]; p != "" {
		text["pattern"] = p
	}
	switch {
	case t == reflect.TypeFor[Names]():
		out["oneOf"] = []any{text, map[string]any{"type": "array", "items": text}}
	case t.Kind() == reflect.Struct:
		props := map[string]any{}
		for i := range t.NumField() {
			key, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
			if key != "" && key != "-" {
				props[key] = node(t.Field(i).Type, strings.TrimPrefix(path+"."+key, "."))
			}
		}
		out["type"], out["properties"], out["additionalProperties"] = "object", props, false
	case t.Kind() == reflect.Map:
		value := node(t.Elem(), path)
		if t.Elem().Kind() == reflect.String {
			value = map[string]any{"type": []string{"string", "number", "boolean"}}
		}
		delete(value, "description")
		out["type"], out["additionalProperties"] = "object", value
	case t.Kind() == reflect.Slice:
		items := node(t.Elem(), path)
		delete(items, "description")
		out["type"], out["items"] = "array", items
	case t.Kind() == reflect.Bool:
		out["type"] = "boolean"
	case t.Kind() == reflect.Int:
		out["type"], out["minimum"] = "integer", 0
	case t.Kind() == reflect.Float64:
		out["type"] = "number"
	default:
		out = text
		if strings.HasSuffix(path, ".value") || strings.HasSuffix(path, ".default") {
			out["type"] = []string{"string", "number", "boolean"}
		}
	}
	if d := keyDocs[path]; d != "" {
		out["description"] = d
	}
	return out
}
