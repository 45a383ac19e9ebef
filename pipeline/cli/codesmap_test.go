package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// mapSpace has one file of scans with two that no map knows.
func mapSpace(t *testing.T) space {
	t.Helper()
	s := made(t, "--from", "track17")
	s.replace("feeds/track17.yaml", "source:", "threshold: 1\nsource:")
	text := strings.NewReplacer("InTransit_Departure", "InTransit_Levitates", "航班已起飞", "is up and away").Replace(s.sample("track17/sample.json"))
	s.write("inbox/track17/x.json", text)
	return s
}

func TestCodesMap(t *testing.T) {
	s := mapSpace(t)
	if got := s.do("codes", "map", "track17", "Nothing_Loaded", "departed_origin"); !strings.Contains(got, "nothing is loaded yet") {
		t.Errorf("says\n%s", got)
	}
	if err := os.Remove(s.path("data/carriers/track17.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.path("ejected.json")); err != nil {
		t.Fatal(err)
	}
	s.do("ingest")
	var codes struct {
		Unmapped []struct {
			Carrier, Code string
			N             int64
		}
	}
	s.decode(&codes, "codes")
	if len(codes.Unmapped) != 1 || codes.Unmapped[0].Code != "InTransit_Levitates" {
		t.Fatalf("unmapped: %+v", codes)
	}
	system := codes.Unmapped[0].Carrier
	builtin, err := os.ReadFile("../../data/carriers/" + system + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	out := s.do("codes", "map", system, "InTransit_Levitates", "departed_origin", "--test", "is up and away")
	for _, want := range []string{"code InTransit_Levitates of " + system + " is departed_origin\n", "the built-in map was copied", "1 scans without a milestone get one with the next run"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	// the file is the built-in one and two lines
	var added []string
	old := strings.Split(string(builtin), "\n")
	for _, l := range strings.Split(s.read("data/carriers/"+system+".yaml"), "\n") {
		if len(old) > 0 && l == old[0] {
			old = old[1:]
			continue
		}
		added = append(added, strings.TrimSpace(l))
	}
	if len(old) > 0 || len(added) != 2 || added[0] != `"InTransit_Levitates": departed_origin` || added[1] != `- {code: "InTransit_Levitates", text: "is up and away", want: departed_origin}` {
		t.Errorf("left %q, added %q", old, added)
	}
	if got := s.do("ingest"); !strings.Contains(got, "carriers changed") {
		t.Errorf("says\n%s", got)
	}
	if got := s.do("codes"); !strings.Contains(got, "every scan has a milestone") {
		t.Errorf("says\n%s", got)
	}
	s.do("check")
	// another milestone takes the place of the first, its test too
	if out := s.do("codes", "map", system, "InTransit_Levitates", "transit_hub"); !strings.Contains(out, "is transit_hub (was departed_origin)") {
		t.Errorf("says\n%s", out)
	}
}

func TestCodesMapReplaces(t *testing.T) {
	s := made(t)
	s.do("codes", "map", "gofo", "204", "last_mile_in_transit")
	s.fails(exitUsage, `code "204" is last_mile_in_transit in data/carriers/gofo.yaml already`, "codes", "map", "gofo", "204", "last_mile_in_transit")
	if out := s.do("codes", "map", "gofo", "204", "delivered"); !strings.Contains(out, "is delivered (was last_mile_in_transit)") {
		t.Errorf("says\n%s", out)
	}
	if got := s.read("data/carriers/gofo.yaml"); strings.Count(got, `"204"`) != 2 || !strings.Contains(got, `  "204": delivered`) {
		t.Errorf("the map is\n%s", got)
	}
	s.do("check")
}

func TestCodesMapText(t *testing.T) {
	s := made(t)
	s.do("codes", "map", "gofo", "--text", "Frobbed (twice) at hub", "transit_hub")
	got := s.read("data/carriers/gofo.yaml")
	if !strings.Contains(got, `{match: "Frobbed \\(twice\\) at hub", milestone: transit_hub}`) || !strings.Contains(got, `{text: "Frobbed (twice) at hub", want: transit_hub}`) {
		t.Errorf("the map is\n%s", got)
	}
	s.do("check")
	s.fails(exitUsage, "does not hold the text", "codes", "map", "gofo", "--text", "wobbled", "transit_hub", "--test", "something else")
	if s.read("data/carriers/gofo.yaml") != got {
		t.Error("a map that does not work was written")
	}
	// a carrier without a map gets one
	var m struct {
		File string
		New  bool
	}
	s.decode(&m, "codes", "map", "Test Carrier 1", "A: 1", "delivered")
	if m.File != "data/carriers/test_carrier_1.yaml" || !m.New || !strings.Contains(s.read(m.File), `carrier: "Test Carrier 1"`) {
		t.Errorf("%+v\n%s", m, s.read(m.File))
	}
	s.do("check")
}

func TestCodesMapRefuses(t *testing.T) {
	s := made(t)
	s.fails(exitUsage, `milestone "last_mile_transit" is unknown; try: last_mile_in_transit`, "codes", "map", "gofo", "204", "last_mile_transit")
	s.fails(exitUsage, `milestone "unknown" is unknown`, "codes", "map", "gofo", "204", "unknown")
	s.fails(exitUsage, "either a code or --text", "codes", "map", "gofo", "delivered")
	s.fails(exitUsage, "either a code or --text", "codes", "map", "gofo", "204", "delivered", "--text", "x")
	s.absent("data/carriers/gofo.yaml", "ejected.json")
}

func TestCheckRunsTheTestsOfMaps(t *testing.T) {
	s := made(t)
	s.do("eject", "data/carriers/gofo.yaml")
	s.replace("data/carriers/gofo.yaml", `{code: "205", want: delivered}`, `{code: "205", want: lost}`)
	if r := s.fails(exitCheck, "1 findings", "check"); !strings.HasPrefix(r.out, "data/carriers/gofo.yaml:") || !strings.Contains(r.out, `code "205" gives delivered (code 205), want lost`) {
		t.Errorf("says\n%s", r.out)
	}
	s.replace("data/carriers/gofo.yaml", `{code: "205", want: lost}`, `{code: "205", want: delivered}`)
	s.write("data/feeds/own.yaml", "template: {title: x, kind: parcels, signature: {all: [A]}}\noutputs: [{table: orders_in, columns: {order_id: {from: A}}}]\n")
	if r := s.fails(exitCheck, "", "check"); !strings.Contains(r.out, "data/feeds/own.yaml:1:") {
		t.Errorf("says\n%s", r.out)
	}
}

func TestSchemaCommand(t *testing.T) {
	s := nowhere(t)
	for _, kind := range []string{"feed", "template", "carrier", "policy", "calendar", "contract", "job", "workspace"} {
		if got := s.do("schema", kind); !json.Valid([]byte(got)) || !strings.Contains(got, "draft/2020-12") {
			t.Errorf("%s: %.100s", kind, got)
		}
	}
	s.fails(exitUsage, `no such kind of file: "feeds"; try: feed`, "schema", "feeds")
	s.fails(exitUsage, "accepts 1 arg(s)", "schema")
}
