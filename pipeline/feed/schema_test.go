package feed

import (
	"encoding/json"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"waybill/data"
	"waybill/pipeline/contract"
	"waybill/pipeline/yamldoc"
)

// keys lists the paths of a schema, the keys of maps and lists left out.
func keys(path string, n map[string]any, into map[string]bool) {
	for _, next := range []any{n["items"], n["additionalProperties"]} {
		if m, ok := next.(map[string]any); ok {
			keys(path, m, into)
		}
	}
	props, _ := n["properties"].(map[string]any)
	for k, v := range props {
		p := strings.TrimPrefix(path+"."+k, ".")
		into[p] = true
		keys(p, v.(map[string]any), into)
	}
}

// structKeys lists the keys of the structs that Parse reads.
func structKeys(t reflect.Type, path string, into map[string]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for _, f := range reflect.VisibleFields(t) {
		if tag := f.Tag.Get("yaml"); tag != "" && tag != "-" {
			p := strings.TrimPrefix(path+"."+tag, ".")
			into[p] = true
			structKeys(f.Type, p, into)
		}
	}
}

func TestSchemaKnowsTheKeys(t *testing.T) {
	var s map[string]any
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	have, want := map[string]bool{}, map[string]bool{}
	keys("", s, have)
	structKeys(reflect.TypeFor[Feed](), "", want)
	if len(want) < 60 {
		t.Fatalf("only %d keys", len(want))
	}
	for k := range want {
		if !have[k] {
			t.Errorf("the schema lacks %s", k)
		}
		if keyDocs[k] == "" {
			t.Errorf("%s has no description", k)
		}
	}
	for k := range have {
		if !want[k] {
			t.Errorf("the schema has %s, which Parse does not read", k)
		}
	}
	for _, known := range []map[string]string{keyDocs, patterns} {
		for k := range known {
			if !want[k] {
				t.Errorf("%s is described and no key", k)
			}
		}
	}
	for k := range choices {
		if !want[k] {
			t.Errorf("%s has words and is no key", k)
		}
	}
}

// What the schema says of a word, Parse says too.
func TestSchemaWords(t *testing.T) {
	var s map[string]any
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	props := s["properties"].(map[string]any)
	for _, key := range []string{"encoding", "end", "dst", "source_kind"} {
		words := props[key].(map[string]any)["enum"].([]any)
		for _, w := range append(slices.Clone(words), "nonsense") {
			f := &Feed{}
			if err := yamldoc.Decode("f", []byte(key+": "+w.(string)), f); err != nil {
				t.Fatal(err)
			}
			c := &checker{feed: f, file: "f", text: []byte("x: y")}
			c.check()
			said := strings.Contains(c.err().Error(), key+` "`+w.(string))
			if said != (w == "nonsense") {
				t.Errorf("%s: %s: %v", key, w, c.err())
			}
		}
	}
}

// Every word of the dictionary stands for a column of its table.
func TestDictionary(t *testing.T) {
	schema, err := fs.Sub(data.FS, "schema")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := contract.Load(schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := readDictionary()
	if err != nil {
		t.Fatal(err)
	}
	for name, columns := range d.Tables {
		if needed[name] == nil || !slices.Contains(drafted, name) {
			t.Errorf("%s is never drafted", name)
		}
		for c, words := range columns {
			if _, ok := tables[name].Column(c); !ok || len(words) == 0 {
				t.Errorf("%s.%s is no column, or has no word", name, c)
			}
			for _, w := range words {
				if plainWords(w) == "" {
					t.Errorf("%s.%s: %q is no word", name, c, w)
				}
			}
		}
	}
	for c := range d.Common {
		if !slices.ContainsFunc(drafted, func(name string) bool { _, ok := tables[name].Column(c); return ok }) {
			t.Errorf("common %s is a column of no table", c)
		}
	}
}
