package policy

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fileKeys are the keys of each struct that a schema is made of.
func fileKeys(t reflect.Type, into map[string][]string) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Map || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		into[t.Name()] = append(into[t.Name()], t.Field(i).Tag.Get("yaml"))
		fileKeys(t.Field(i).Type, into)
	}
}

// The structs that the schemas are made of have the keys that the parser reads.
func TestShapeHasTheParsersKeys(t *testing.T) {
	have := map[string][]string{}
	fileKeys(reflect.TypeFor[PackFile](), have)
	fileKeys(reflect.TypeFor[CalendarFile](), have)
	fileKeys(reflect.TypeFor[CasesFile](), have)
	source := ""
	for _, name := range []string{"parse.go", "calendar.go", "cases.go"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source += string(b)
	}
	read := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?s)\.object\((?:[^,()"]*(?:\([^()]*(?:\([^()]*\))?[^()]*\))?, )?"([a-z ]+)",((?:\s*"[a-z_]+",?)+)\)`).FindAllStringSubmatch(source, -1) {
		for _, k := range regexp.MustCompile(`"([a-z_]+)"`).FindAllStringSubmatch(m[2], -1) {
			read[m[1]] = append(read[m[1]], k[1])
		}
	}
	for what, name := range map[string]string{"pack": "PackFile", "extra closed day": "ClosedFile", "clock": "ClockFile", "metric": "MetricFile", "exclusion": "ExclusionFile", "target": "TargetFile", "tier": "TierFile",
		"file of cases": "CasesFile", "case": "CaseFile", "order": "CaseOrderFile", "count": "CaseCountFile", "calendar": "CalendarFile", "years": "YearsFile", "closed day": "HolidayOfFile"} {
		a, b := slices.Sorted(slices.Values(read[what])), slices.Sorted(slices.Values(have[name]))
		if len(a) == 0 || !slices.Equal(a, b) {
			t.Errorf("%s: the parser reads %q, %s has %q", what, a, name, b)
		}
	}
}

// Every path that a shape describes is one of its struct.
func TestShapeDescribesKeys(t *testing.T) {
	for _, c := range []struct {
		file  reflect.Type
		shape Shape
	}{{reflect.TypeFor[PackFile](), PackShape()}, {reflect.TypeFor[CalendarFile](), CalendarShape()}, {reflect.TypeFor[CasesFile](), CasesShape()}} {
		known := map[string]bool{"": true}
		var walk func(reflect.Type, string)
		walk = func(t reflect.Type, path string) {
			for t.Kind() == reflect.Slice || t.Kind() == reflect.Map || t.Kind() == reflect.Pointer {
				t = t.Elem()
			}
			if t.Kind() != reflect.Struct {
				return
			}
			for i := range t.NumField() {
				p := strings.TrimPrefix(path+"."+t.Field(i).Tag.Get("yaml"), ".")
				known[p] = true
				walk(t.Field(i).Type, p)
			}
		}
		walk(c.file, "")
		var paths []string
		for k := range c.shape.Docs {
			paths = append(paths, k)
		}
		for k := range c.shape.Words {
			paths = append(paths, k)
		}
		for k := range c.shape.Patterns {
			paths = append(paths, k)
		}
		for k, keys := range c.shape.Required {
			for _, r := range keys {
				paths = append(paths, strings.TrimPrefix(k+"."+r, "."))
			}
		}
		for _, p := range paths {
			if !known[p] {
				t.Errorf("%s is described and no key of %s", p, c.file.Name())
			}
		}
	}
}
