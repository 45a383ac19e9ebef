package carrier

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestMistakesNamePlaceAndNearestMilestone(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"milestone":    {"carrier: x\ncodes:\n  PU: piked_up\n", `data/carriers/x.yaml:3:5: code "PU": milestone "piked_up" is unknown; try: picked_up`},
		"key":          {"carier: x\n", `data/carriers/x.yaml:1:1: unknown key "carier"; try: carrier`},
		"no carrier":   {"codes: {A: delivered}\n", "data/carriers/x.yaml:1:1: a map needs carrier"},
		"broken guard": {"carrier: x\ntexts:\n  - {match: delivered, not: \"(\", milestone: delivered}\n", "data/carriers/x.yaml:3:"},
		"empty match":  {"carrier: x\ntexts:\n  - {match: \"\", milestone: delivered}\n", "a text rule needs match"},
	} {
		_, err := Parse("data/carriers/x.yaml", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v\nwant %s", name, err, c.want)
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
	if err != nil || len(maps) != 1 || maps[0].Codes["A"] != "delivered" {
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
	for name, id := range map[string]int{"info_received": 10, "picked_up": 20, "inbound_scan": 30, "export_customs_start": 50, "export_customs_released": 55, "departed_origin": 70,
		"arrived_destination": 80, "import_customs_start": 90, "import_customs_released": 95, "import_customs_held": 97, "handed_to_last_mile": 100, "delivered": 140,
		"returning": 160, "returned": 170, "lost": 180, "destroyed": 185, "cancelled": 190} {
		if got, _ := ID(name); got != id {
			t.Errorf("%s is %d, want %d", name, got, id)
		}
	}
}
