// Package carrier owns the canonical milestones of a parcel and the maps from
// a carrier's raw codes and texts to them (data/carriers/*.yaml). A code
// decides first, then the first text rule that matches; what no map knows is
// milestone 0, which is counted and shown, never dropped. It reads bytes and
// touches no disk.
package carrier

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"sort"

	"waybill/pipeline/yamldoc"
)

// Milestone is one step in the life of a parcel. Ids are in the order of the
// journey; 20 to 149 are physical scans by a carrier.
type Milestone struct {
	ID   int
	Name string
}

// Milestones in order. The ids stand in stored data and in queries/models.
var Milestones = []Milestone{
	{0, "unknown"},
	{10, "info_received"},
	{20, "picked_up"},
	{30, "inbound_scan"},
	{40, "outbound"},
	{50, "export_customs_start"},
	{55, "export_customs_released"},
	{57, "export_customs_held"},
	{60, "handed_to_airline"},
	{70, "departed_origin"},
	{75, "transit_hub"},
	{80, "arrived_destination"},
	{90, "import_customs_start"},
	{95, "import_customs_released"},
	{97, "import_customs_held"},
	{100, "handed_to_last_mile"},
	{110, "last_mile_in_transit"},
	{120, "out_for_delivery"},
	{130, "delivery_attempt_failed"},
	{135, "available_for_pickup"},
	{140, "delivered"},
	{150, "exception_delay"},
	{151, "exception_address"},
	{152, "exception_damage"},
	{153, "exception_security"},
	{154, "exception_other"},
	{160, "returning"},
	{170, "returned"},
	{180, "lost"},
	{185, "destroyed"},
	{190, "cancelled"},
}

// Map is one file of data/carriers.
type Map struct {
	Carrier  string            `yaml:"carrier"`
	Carriers []string          `yaml:"carriers"` // further codes of the same carrier
	Doc      string            `yaml:"doc"`
	Source   string            `yaml:"source"`
	Codes    map[string]string `yaml:"codes"`
	Texts    []TextRule        `yaml:"texts"`

	File string `yaml:"-"`
}

// TextRule maps a text; patterns are regular expressions without regard to case.
type TextRule struct {
	Match     string `yaml:"match"`
	Not       string `yaml:"not"` // guards: "not delivered" is not delivered
	Milestone string `yaml:"milestone"`
}

// Names lists the carrier codes that the map serves.
func (m Map) Names() []string { return append([]string{m.Carrier}, m.Carriers...) }

// ID of a milestone by name; false where there is none.
func ID(name string) (int, bool) {
	for _, m := range Milestones {
		if m.Name == name {
			return m.ID, true
		}
	}
	return 0, false
}

// Parse reads one map.
func Parse(file string, b []byte) (Map, error) {
	m := Map{File: file}
	if err := yamldoc.Decode(file, b, &m); err != nil {
		return m, err
	}
	at := func(p string) string {
		l, c := yamldoc.Position(b, p)
		return fmt.Sprintf("%s:%d:%d", file, l, c)
	}
	if m.Carrier == "" {
		return m, fmt.Errorf("%s:1:1: a map needs carrier: the code that tracking_events.carrier bears", file)
	}
	var codes []string
	for c := range m.Codes {
		codes = append(codes, c)
	}
	sort.Strings(codes)
	for _, c := range codes {
		if _, ok := ID(m.Codes[c]); !ok {
			return m, fmt.Errorf("%s: code %q: %s", at("$.codes"), c, unknownMilestone(m.Codes[c]))
		}
	}
	for i, t := range m.Texts {
		p := fmt.Sprintf("$.texts[%d]", i)
		if _, ok := ID(t.Milestone); !ok {
			return m, fmt.Errorf("%s: %s", at(p), unknownMilestone(t.Milestone))
		}
		if t.Match == "" {
			return m, fmt.Errorf("%s: a text rule needs match", at(p))
		}
		for _, re := range []string{t.Match, t.Not} {
			if _, err := regexp.Compile(re); err != nil {
				return m, fmt.Errorf("%s: %w", at(p), err)
			}
		}
	}
	return m, nil
}

func unknownMilestone(name string) string {
	var known []string
	for _, m := range Milestones {
		known = append(known, m.Name)
	}
	msg := fmt.Sprintf("milestone %q is unknown", name)
	if near := yamldoc.Nearest(name, known); near != "" {
		msg += "; try: " + near
	}
	return msg
}

// ParseAll reads every map of a folder. Two maps for one carrier are refused:
// which of them decides would depend on their names.
func ParseAll(fsys fs.FS, dir string) ([]Map, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
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
