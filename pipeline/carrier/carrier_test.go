package carrier

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"waybill/data"
)

func TestMistakesNamePlaceAndNearestMilestone(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"milestone":        {"carrier: x\ncodes:\n  PU: piked_up\n", `data/carriers/x.yaml:3:7: milestone "piked_up" is unknown; try: picked_up`},
		"key":              {"carier: x\n", `data/carriers/x.yaml:1:1: unknown key "carier"; try: carrier`},
		"no carrier":       {"codes: {A: delivered}\n", "data/carriers/x.yaml:1:1: a map needs carrier"},
		"broken guard":     {"carrier: x\ntexts:\n  - {match: delivered, not: \"(\", milestone: delivered}\n", "data/carriers/x.yaml:3:"},
		"empty match":      {"carrier: x\ntexts:\n  - {match: \"\", milestone: delivered}\n", "a text rule needs match"},
		"side":             {"carrier: x\ncodes:\n  A: {origin: outbound, abrod: delivered, unknown: none}\n", `data/carriers/x.yaml:3:25: a milestone by place has no side "abrod"; try: origin, abroad or unknown`},
		"side's milestone": {"carrier: x\ncodes:\n  A: {origin: outbond, abroad: delivered, unknown: none}\n", `data/carriers/x.yaml:3:15: milestone "outbond" is unknown; try: outbound`},
		"missing side":     {"carrier: x\ncodes:\n  A: {origin: outbound, abroad: delivered}\n", "data/carriers/x.yaml:3:6: a milestone by place lacks unknown"},
		"one side":         {"carrier: x\ncodes:\n  A:\n    origin: outbound\n", "a milestone by place lacks abroad"},
		"list":             {"carrier: x\ncodes:\n  A: [delivered]\n", "data/carriers/x.yaml:3:6: a milestone is a name or"},
		"number":           {"carrier: x\ncodes:\n  A: 140\n", "data/carriers/x.yaml:3:6: a milestone is a name or"},
		"empty":            {"carrier: x\ncodes:\n  A:\n  B: delivered\n", "data/carriers/x.yaml:3:3: a code without a milestone; try: none"},
		"bare zero":        {"carrier: x\ncodes:\n  01: delivered\n", `data/carriers/x.yaml:3:3: 01 is not text here; try: "01"`},
		"bare in a list":   {"carrier: x\ncodes: {\"01\": delivered}\nclock: {stop: [01]}\n", `data/carriers/x.yaml:3:16: 01 is not text here; try: "01"`},
		"tag":              {"carrier: x\ntext_first: !x\n", "data/carriers/x.yaml:2:13: a map has no YAML tags; try: the value without !x"},
		"twice":            {"carrier: x\ncodes: {A: delivered, A: lost}\n", `data/carriers/x.yaml:2:23: mapping key "A" already defined`},
		"empty prefix":     {"carrier: x\nprefixes: {\"\": delivered}\n", "an empty prefix would take every code"},
		"text first":       {"carrier: x\ncodes: {A: delivered}\ntext_first: [B]\n", `data/carriers/x.yaml:3:14: code "B" has no milestone in codes`},
		"clock":            {"carrier: x\ncodes: {A: delivered}\nclock: {stop: [A, C]}\n", `data/carriers/x.yaml:3:19: code "C" has no milestone in codes`},
		"want":             {"carrier: x\ntests:\n  - {code: A, want: deliverd}\n", `want: milestone "deliverd" is unknown; try: delivered`},
		"empty test":       {"carrier: x\ntests:\n  - {place: A, want: delivered}\n", "a test needs code or text"},
	} {
		_, err := Parse("data/carriers/x.yaml", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v\nwant %s", name, err, c.want)
		}
	}
}

func TestAllMistakesOfRulesAreSaidAtOnce(t *testing.T) {
	_, err := Parse("x.yaml", []byte("carrier: x\ntexts:\n  - {match: \"(\", milestone: delivered}\n  - {match: \"\", milestone: lost}\ntext_first: [Q]\n"))
	for _, want := range []string{"x.yaml:3:", "x.yaml:4:", `x.yaml:5:14: code "Q"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s too", err, want)
		}
	}
}

func TestTargetsOfAMap(t *testing.T) {
	m, err := Parse("x.yaml", []byte(`carrier: x
codes:
  203: delivered
  A: none
  B: "-"
  C: unknown
  D: &by {origin: export_customs_start, abroad: import_customs_start, unknown: none}
  E: *by
  F:
    origin: outbound
    abroad: last_mile_in_transit
    unknown: unknown
`))
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]Target{"203": {140, 140, 140}, "A": {1, 1, 1}, "B": {1, 1, 1}, "C": {}, "D": {50, 90, 1}, "E": {50, 90, 1}, "F": {40, 110, 0}} {
		if got, ok := m.Codes[code]; !ok || got != want {
			t.Errorf("%s: got %v, want %v", code, got, want)
		}
	}
}

// A code is what stands in the file, or the file is refused: never another code.
func TestCodesStayAsTheyAreWritten(t *testing.T) {
	for _, code := range []string{"01", "1", "203", "0x10", "0o7", "0b1", "1_000", "1.0", "1.5", ".5", "+1", "-1", "1e3", "1E3", "null", "~", "true", "True", "yes", "no", "NO", ".inf", ".nan", "2026-01-02", "9223372036854775808", "-0", "00"} {
		m, err := Parse("x.yaml", []byte("carrier: x\ncodes:\n  "+code+": delivered\nclock: {stop: ["+code+"]}\n"))
		if err != nil {
			if !strings.Contains(err.Error(), "x.yaml:3:3: "+code+" is not text here") {
				t.Errorf("%s: %v", code, err)
			}
			continue
		}
		if _, ok := m.Codes[code]; !ok || len(m.Clock.Stop) != 1 || m.Clock.Stop[0] != code {
			t.Errorf("%s became %v, %q", code, m.Codes, m.Clock.Stop)
		}
	}
}

func TestTwoMapsForOneCarrierAreRefused(t *testing.T) {
	files := fstest.MapFS{
		"carriers/a.yaml": {Data: []byte("carrier: x\ncodes: {A: delivered}\n")},
		"carriers/b.yaml": {Data: []byte("carrier: y\ncarriers: [x]\ncodes: {A: picked_up}\n")},
	}
	if _, err := ParseAll(files, "carriers"); err == nil || !strings.Contains(err.Error(), `carrier "x" has a map already in data/carriers/a.yaml`) {
		t.Fatalf("got %v", err)
	}
	delete(files, "carriers/b.yaml")
	maps, err := ParseAll(files, "carriers")
	if err != nil || len(maps) != 1 || maps[0].Codes["A"] != (Target{140, 140, 140}) {
		t.Fatalf("got %v, %v", maps, err)
	}
}

// Stored facts hold milestone ids and queries/models names them: they never
// change, and the physical scans lie between 20 and 149.
func TestMilestoneIDs(t *testing.T) {
	last := -1
	for _, m := range Milestones {
		if m.ID <= last {
			t.Errorf("%s: id %d after %d", m.Name, m.ID, last)
		}
		last = m.ID
		if id, ok := ID(m.Name); !ok || id != m.ID {
			t.Errorf("%s: ID gives %d, %v", m.Name, id, ok)
		}
	}
	for name, id := range map[string]int{"unknown": 0, "notice": 1, "info_received": 10, "picked_up": 20, "inbound_scan": 30, "export_customs_start": 50, "export_customs_released": 55, "departed_origin": 70,
		"arrived_destination": 80, "import_customs_start": 90, "import_customs_released": 95, "import_customs_held": 97, "handed_to_last_mile": 100, "delivered": 140,
		"returning": 160, "returned": 170, "lost": 180, "destroyed": 185, "cancelled": 190} {
		if got, _ := ID(name); got != id {
			t.Errorf("%s is %d, want %d", name, got, id)
		}
	}
}

// TestBuiltinMaps runs the tests that stand in the maps, each map alone and
// all together, and holds the form of their headers.
func TestBuiltinMaps(t *testing.T) {
	maps, err := ParseAll(data.FS, "carriers")
	if err != nil {
		t.Fatal(err)
	}
	tests := 0
	for _, m := range maps {
		for _, err := range m.Check() {
			t.Errorf("alone: %v", err)
		}
		tests += len(m.Tests)
		if len(m.Tests) == 0 && m.Carrier != "FDXE" {
			t.Errorf("%s has no tests", m.File)
		}
		b, err := fs.ReadFile(data.FS, strings.TrimPrefix(m.File, "data/"))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"name", "purpose", "source"} {
			if !strings.Contains(string(b), "# "+key+": ") {
				t.Errorf("%s: the header lacks %s", m.File, key)
			}
		}
	}
	for _, err := range builtinSet(t).Check() {
		t.Error(err)
	}
	if len(maps) < 19 || tests < 250 {
		t.Errorf("%d maps, %d tests: too few to be all", len(maps), tests)
	}
}

func TestCheckSaysWhereAndWhat(t *testing.T) {
	m, err := Parse("data/carriers/x.yaml", []byte(`carrier: x
codes: {A: delivered}
tests:
  - {code: A, want: delivered}
  - {code: A, text: hello, place: "Shenzhen, CN", want: lost}
  - {text: hello, want: lost}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := `[data/carriers/x.yaml:5:5: code "A", text "hello", country "CN" gives delivered (code A), want lost data/carriers/x.yaml:6:5: text "hello" gives unknown (no rule), want lost]`
	if got := fmt.Sprint(m.Check()); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
