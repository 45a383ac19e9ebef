package rate

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"waybill/pipeline/yamldoc"
)

// Mapping says where in a provider's sheet a table of a card stands. Columns are
// named as the sheet heads them, without regard to case, blanks and the width of
// characters.
type Mapping struct {
	Table    string              `yaml:"table"`    // prices, matrix, zones, zips or percents
	Version  string              `yaml:"version"`  // from of the version that it is of
	Recorded string              `yaml:"recorded"` // recorded_at, where two begin on that day
	Charge   string              `yaml:"charge"`   // of zips and percents: the surcharge
	Sheet    string              `yaml:"sheet"`    // name, #2 or ~pattern~; empty: the one with the columns
	Header   int                 `yaml:"header"`   // row; 0: the first with the columns
	End      string              `yaml:"end"`      // empty: of the sheet; blank: at the first blank row; totals
	Columns  map[string]string   `yaml:"columns"`  // of the table, from those of the sheet
	Zones    map[string]string   `yaml:"zones"`    // of a matrix: zones, from columns of the sheet
	Set      map[string]string   `yaml:"set"`      // columns of the table with one value in all rows
	Rows     map[string][]string `yaml:"rows"`     // only rows that have one of the values in this column of the sheet
	Fill     []string            `yaml:"fill"`     // columns of the sheet in which a blank cell means that above
	None     []string            `yaml:"none"`     // texts that mean an empty cell
	Weight   string              `yaml:"weight"`   // unit of the sheet's weights where no unit stands in the cell; empty: that of the version
	Lower    string              `yaml:"lower"`    // of a range: above (default), or from where its lower end belongs to it
	Percent  string              `yaml:"percent"`  // hundredths: 14.5 is 14.5 %; fractions: 0.145 is
	ZIP      string              `yaml:"zip"`      // codes of five digits, or prefixes of three
	LastDay  bool                `yaml:"last_day"` // the column to holds the last day that belongs

	file string
	text []byte
}

// MapTables are the tables that a mapping may name, with their columns. range is
// a column of over and up_to in one, as 0<W≤0.2; zips one of several ZIPs.
var MapTables = map[string][]string{
	"prices":   {"zone", "range", "over", "up_to", "fixed", "from_weight", "unit", "unit_price", "minimum"},
	"matrix":   {"range", "up_to"},
	"zones":    {"zips", "zip_from", "zip_to", "state", "zone"},
	"zips":     {"zips", "zip_from", "zip_to", "tier"},
	"percents": {"from", "to", "percent", "edition"},
}

// ParseMapping reads a mapping; errors are file:line:col, all of them.
func ParseMapping(file string, b []byte) (*Mapping, error) {
	m := &Mapping{file: file, text: b}
	if err := yamldoc.Decode(file, b, m); err != nil {
		return nil, err
	}
	var errs []error
	bad := func(key, format string, args ...any) { errs = append(errs, m.at(key, format, args...)) }
	known, ok := MapTables[m.Table]
	if !ok {
		bad("table", "table %q; try: %s", m.Table, strings.Join(slices.Sorted(maps.Keys(MapTables)), ", "))
		return nil, errors.Join(errs...)
	}
	if m.Version == "" {
		bad("version", "version is missing; try: the from of the version that the sheet is of")
	}
	for _, part := range []struct {
		key string
		of  []string
	}{{"columns", slices.Sorted(maps.Keys(m.Columns))}, {"set", slices.Sorted(maps.Keys(m.Set))}} {
		for _, k := range part.of {
			if !slices.Contains(known, k) {
				bad(part.key+"."+k, "%s has no column %q; try: %s", m.Table, k, strings.Join(known, ", "))
			}
			if part.key == "set" && (m.Columns[k] != "" || k == "range" || k == "zips") {
				bad("set."+k, "%s cannot be set", k)
			}
		}
	}
	has := func(k string) bool { return m.Columns[k] != "" || m.Set[k] != "" }
	if has("range") && (has("over") || has("up_to")) {
		bad("columns.range", "range is over and up_to in one; try: only one of the two forms")
	}
	if has("zips") && (has("zip_from") || has("zip_to")) {
		bad("columns.zips", "zips is zip_from and zip_to in one; try: only one of the two forms")
	}
	switch m.Table {
	case "matrix":
		if len(m.Zones) == 0 {
			bad("zones", "a matrix needs zones; try: zones: {A: name of its column}")
		}
		if !has("range") && !has("up_to") {
			bad("columns", "a matrix needs range or up_to")
		}
	case "zips", "percents":
		if m.Charge == "" {
			bad("charge", "charge is missing; try: the surcharge of the version that names the file")
		}
	}
	if m.Table != "matrix" && len(m.Zones) > 0 {
		bad("zones", "only a matrix has a column for each zone; try: columns: {zone: …}")
	}
	zips := has("zips") || has("zip_from")
	for _, w := range []struct {
		key, value string
		words      []string
		needed     bool
	}{
		{"lower", cmp.Or(m.Lower, "above"), []string{"above", "from"}, true},
		{"percent", m.Percent, []string{"hundredths", "fractions"}, has("percent")},
		{"zip", m.ZIP, []string{"codes", "prefixes"}, zips},
		{"weight", m.Weight, WeightUnits, false},
	} {
		if (w.needed || w.value != "") && !slices.Contains(w.words, w.value) {
			bad(w.key, "%s %q; try: %s", w.key, w.value, strings.Join(w.words, ", "))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return m, nil
}

// at is a mistake at a key of the mapping, or where the key should be.
func (m *Mapping) at(key, format string, args ...any) error {
	line, col := yamldoc.Position(m.text, "$."+key)
	if line == 0 {
		head, _, _ := strings.Cut(key, ".")
		if line, col = yamldoc.Position(m.text, "$."+head); line == 0 {
			line, col = 1, 1
		}
	}
	return fmt.Errorf("%s:%d:%d: %s", m.file, line, col, fmt.Sprintf(format, args...))
}

// Wanted are the columns of the sheet that the mapping names.
func (m *Mapping) Wanted() []string {
	all := slices.Concat(slices.Collect(maps.Values(m.Columns)), slices.Collect(maps.Values(m.Zones)), slices.Collect(maps.Keys(m.Rows)), m.Fill)
	slices.Sort(all)
	return slices.Compact(all)
}

var widths = regexp.MustCompile(`[！-～]`)

// Fold is a name of a column as mappings compare it.
func Fold(name string) string {
	name = widths.ReplaceAllStringFunc(name, func(s string) string { return string([]rune(s)[0] - 0xfee0) })
	return strings.ToLower(strings.Join(strings.Fields(name), ""))
}

// place is the version of the card that the mapping means, and the file of the
// table as that version names it.
func (m *Mapping) place(c *Card) (v int, file string, err error) {
	v = -1
	var froms []string
	for i, x := range c.Versions {
		froms = append(froms, x.From)
		if x.From != m.Version || m.Recorded != "" && cmp.Or(x.RecordedAt, x.From) != m.Recorded {
			continue
		}
		if v >= 0 {
			return 0, "", m.at("version", "two versions of %s begin on %s; try: recorded: the recorded_at of the one that is meant", c.ID, m.Version)
		}
		v = i
	}
	if v < 0 {
		return 0, "", m.at("version", "%s has no version from %s; try: %s, or write the version into %s first", c.ID, m.Version, strings.Join(froms, ", "), c.File)
	}
	in := c.Versions[v]
	key := m.Table
	switch m.Table {
	case "prices":
		file = in.Prices
	case "matrix":
		file = in.Matrix
	case "zones":
		file = in.Zones
	default:
		var charges []string
		for _, s := range in.Surcharges {
			charges = append(charges, s.Charge)
			if s.Charge != m.Charge || file != "" {
				continue
			}
			if file = s.Percents; m.Table == "zips" {
				file = s.When.Zips
			}
		}
		if !slices.Contains(charges, m.Charge) {
			return 0, "", m.at("charge", "the version has no surcharge %q; try: %s", m.Charge, strings.Join(charges, ", "))
		}
		key = m.Charge + "." + m.Table
	}
	if file == "" {
		return 0, "", m.at("table", "the version from %s names no file of %s; try: %s: NAME.csv in %s", m.Version, key, m.Table, c.File)
	}
	for i, x := range c.Versions {
		for _, f := range x.files() {
			if i != v && f == file {
				return 0, "", m.at("version", "%s is a file of the version from %s too, and its prices would change; try: another file name in the version from %s", file, x.From, m.Version)
			}
		}
	}
	return v, file, nil
}

// files are those that a version names.
func (v Version) files() []string {
	out := []string{v.Zones, v.Prices, v.Matrix}
	for _, s := range v.Surcharges {
		out = append(out, s.When.Zips, s.Percents)
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}
