package run_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"waybill/data"
	"waybill/jobs"
	"waybill/pipeline/policy"
	"waybill/pipeline/run"
)

// schemaOf compiles the schema of a kind.
func schemaOf(t *testing.T, kind string) *jsonschema.Schema {
	t.Helper()
	b, err := run.Schema(kind)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(kind+".json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(kind + ".json")
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return s
}

// document reads YAML as a validator sees it: keys are texts.
func document(t *testing.T, name string, b []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(b, &v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	text, err := json.Marshal(texts(v))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return doc
}

func texts(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			x[k] = texts(x[k])
		}
		return x
	case map[any]any:
		out := map[string]any{}
		for k, e := range x {
			out[fmt.Sprint(k)] = texts(e)
		}
		return out
	case []any:
		for i := range x {
			x[i] = texts(x[i])
		}
		return x
	}
	return v
}

// filesOf gives every file of a kind that ships or lies in the repository.
func filesOf(t *testing.T, kind string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	below := func(fsys fs.FS, pattern string) {
		names, err := fs.Glob(fsys, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			b, err := fs.ReadFile(fsys, n)
			if err != nil {
				t.Fatal(err)
			}
			out[n] = b
		}
	}
	onDisk := func(patterns ...string) {
		for _, p := range patterns {
			names, err := filepath.Glob(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range names {
				b, err := os.ReadFile(n)
				if err != nil {
					t.Fatal(err)
				}
				out[n] = b
			}
		}
	}
	switch kind {
	case "feed":
		onDisk("testdata/base/feeds/*.yaml", "../../examples/*/feeds/*.yaml")
	case "template":
		below(data.FS, "feeds/*.yaml")
	case "carrier":
		below(data.FS, "carriers/*.yaml")
		onDisk("testdata/base/data/carriers/*.yaml", "../../examples/*/data/carriers/*.yaml")
	case "policy":
		below(data.FS, "policies/*.yaml")
		maps.DeleteFunc(out, func(name string, _ []byte) bool { return strings.HasSuffix(name, policy.CasesSuffix) })
	case "cases":
		below(data.FS, "policies/*"+policy.CasesSuffix)
	case "calendar":
		below(data.FS, "calendars/*.yaml")
	case "contract":
		below(data.FS, "schema/*.yaml")
	case "job":
		below(jobs.FS, "*.yaml")
	case "rate":
		onDisk("../rate/testdata/examples/*/card.yaml")
	case "provider":
		onDisk("../claims/testdata/*.yaml")
	case "charges":
		below(data.FS, "charges.yaml")
	case "workspace":
		onDisk("testdata/base/waybill.yaml", "../../examples/*/waybill.yaml")
	}
	return out
}

func TestEveryFileFitsItsSchema(t *testing.T) {
	for _, kind := range run.SchemaKinds {
		s := schemaOf(t, kind)
		files := filesOf(t, kind)
		if len(files) == 0 {
			t.Errorf("no file of kind %s", kind)
		}
		for name, b := range files {
			doc := document(t, name, b)
			if err := s.Validate(doc); err != nil {
				t.Errorf("%s (%s): %v", name, kind, err)
			}
			top, ok := doc.(map[string]any)
			if !ok {
				t.Fatalf("%s is no mapping", name)
			}
			top["frobnicate"] = "x"
			if err := s.Validate(doc); err == nil {
				t.Errorf("%s (%s): an unknown key passes", name, kind)
			}
		}
	}
}

// What the parser refuses deep in a file, the schema refuses too.
func TestSchemaRefuses(t *testing.T) {
	for _, c := range []struct{ kind, text string }{
		{"feed", "feed: x\nsource: {folder: a, files: [b]}\noutputs: [{table: orders_in, columns: {order_id: {frm: A}}}]"},
		{"feed", "use: tiktok_orders"},
		{"template", "outputs: []"},
		{"template", "template: {title: x, kind: parcels}\noutputs: []"},
		{"carrier", "carrier: x\ncodes: {A: deliverd}"},
		{"carrier", "carrier: x\ncodes: {A: {origin: delivered}}"},
		{"carrier", "carrier: x\ntexts: [{match: a}]"},
		{"carrier", "carrier: x\ntests: [{code: a, want: none}]"},
		{"policy", "id: x\nrevision: 2026-01-01\ntitle: x\ntz: UTC\ncalendar: c\nclocks: [{name: pickup, order_types: [any], start: order_created, n: 1, unit: business_day, stop: delivered, source: ours}]"},
		{"cases", "pack: x\ncases: [{name: a, order: {made: 2026-01-01 10:00}, expect: {deliver: none}}]"},
		{"cases", "pack: x\ncases: [{name: a, count: {metric: otdr, num: 1, den: 2}, expect: {met: no}}]"},
		{"calendar", "id: x\nrevision: 2026-01-01\nsource: x\nyears: {from: 2020}"},
		{"calendar", "id: x\nrevision: 2026-01-01\nsource: x\nyears: {from: 2020, to: 2021}\nweekend: [Caturday]"},
		{"contract", "table: x_a\ncolumns: [{name: a, type: text, doc: x}]"},
		{"job", "job: x\nsteps: [{report: monthly}]"},
		{"rate", "card: x\ntitle: x\nprovider: x\nchannels: [x]\ncurrency: CNY\ntz: UTC\nversions: [{from: 2026-01-01, weight: {unit: stone, step: 1}}]"},
		{"charges", "charges: [{charge: freight, class: fright, zh: 运费, en: Freight}]"},
		{"provider", "title: x"},
		{"provider", "provider: x\nclaims: {from: ship_day}"},
		{"provider", "provider: x\nclaims: {rules: {A08: {rules: {A08: {window_days: 3}}}}}"},
		{"provider", "provider: x\nclaims: {cap: {amount: 3}}"},
		{"workspace", "workspace: x\nsla: [{pack: p, handling: 3}]"},
		{"workspace", "workspace: x\nsla: [{pack: p, handling_days: three}]"},
	} {
		if err := schemaOf(t, c.kind).Validate(document(t, c.kind, []byte(c.text))); err == nil {
			t.Errorf("%s: this passes:\n%s", c.kind, c.text)
		}
	}
	if _, err := run.Schema("fed"); !errors.Is(err, run.ErrNoSchema) || !strings.HasSuffix(err.Error(), "try: feed") {
		t.Error(err)
	}
}

// Every key of a schema says what it means, except those whose name does.
func TestSchemaKeysAreDescribed(t *testing.T) {
	plain := map[string]bool{
		"policy extra_closed.day": true, "policy extra_closed.name": true, "policy extra_closed.source": true, "policy clocks.name": true, "policy clocks.unit": true, "policy clocks.source": true,
		"policy metrics.id": true, "policy metrics.grain": true, "policy metrics.window": true, "policy metrics.clock": true, "policy metrics.exclusions.what": true, "policy metrics.exclusions.from": true,
		"policy metrics.exclusions.source": true, "policy metrics.numerator": true, "policy metrics.denominator": true, "policy metrics.better": true, "policy metrics.source": true,
		"policy metrics.targets.op": true, "policy metrics.targets.force": true, "calendar title": true, "calendar years.from": true, "calendar years.to": true, "calendar closed.day": true, "calendar closed.name": true,
	}
	for _, kind := range run.SchemaKinds {
		b, err := run.Schema(kind)
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		var lacking []string
		var walk func(string, map[string]any)
		walk = func(path string, n map[string]any) {
			for _, k := range []string{"items", "additionalProperties"} {
				if m, ok := n[k].(map[string]any); ok {
					walk(path, m)
				}
			}
			props, _ := n["properties"].(map[string]any)
			for k, v := range props {
				p := strings.TrimPrefix(path+"."+k, ".")
				if v.(map[string]any)["description"] == nil && !plain[kind+" "+p] {
					lacking = append(lacking, p)
				}
				walk(p, v.(map[string]any))
			}
		}
		walk("", doc)
		slices.Sort(lacking)
		if len(lacking) > 0 {
			t.Errorf("%s: no description of %s", kind, strings.Join(lacking, ", "))
		}
	}
}
