package contract

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
)

// Kind says how a table fills.
type Kind string

const (
	Observation Kind = "observation" // records of exports, append only
	Event       Kind = "event"       // scans, append only, exact repeats dropped
	RejectKind  Kind = "reject"      // records that were not loaded
	Current     Kind = "current"     // the newest observation per key
	Model       Kind = "model"       // made by SQL
)

// MaxObservationColumns bounds an observation: the absent mask is a BIGINT
// with one bit a column.
const MaxObservationColumns = 62

// keepRepeats is the word of Table.Repeats.
const keepRepeats = "keep"

// PMonth is the partition column of every stored table; NoMonth is its value
// for rows without any time.
const (
	PMonth  = "p_month"
	NoMonth = "1900-01-01"
)

// Column is one column of a table.
type Column struct {
	Name     string `yaml:"name"`
	Type     string `yaml:"type"` // varchar, boolean, integer, bigint, double, date, timestamptz, decimal(18,4)
	Doc      string `yaml:"doc"`
	Unit     string `yaml:"unit"`
	Required bool   `yaml:"required"` // a record without it is rejected
	PII      bool   `yaml:"pii"`      // personal data, dropped at the feed unless the workspace treats it otherwise
	Past     bool   `yaml:"past"`     // a time at which something happened: counts towards the export's horizon
	RawOf    string `yaml:"raw_of"`   // holds the raw text of that column
	Derive   string `yaml:"derive"`   // SQL over the typed columns, where the feed does not map it

	Treated Treatment `yaml:"-"` // personal data that the workspace keeps or hashes; empty: none, or dropped
}

// Table is one contract.
type Table struct {
	Name    string   `yaml:"table"`
	Kind    Kind     `yaml:"kind"`
	Of      string   `yaml:"of"` // current: of which observations
	Doc     string   `yaml:"doc"`
	Key     []string `yaml:"key"`
	Anchor  []string `yaml:"anchor"` // times whose first known one gives p_month
	Ordinal *Ordinal `yaml:"ordinal"`
	Repeats string   `yaml:"repeats"` // observation: keep, or empty: a record equal to its predecessor is not stored
	Columns []Column `yaml:"columns"`
}

// KeepsRepeats says that equal records are several things, such as equal lines
// of a bill, and all are stored.
func (t Table) KeepsRepeats() bool { return t.Repeats == keepRepeats }

// Ordinal numbers records within a group in file order where the export has
// no number of its own.
type Ordinal struct {
	Column string   `yaml:"column"`
	Within []string `yaml:"within"`
}

// Meta columns that follow the contract's own columns.
var observationMeta = []Column{
	{Name: "feed", Type: "varchar", Doc: "Feed that brought it"},
	{Name: "load_id", Type: "varchar", Doc: "Load that brought it"},
	{Name: "load_seq", Type: "bigint", Doc: "Order in which loads came"},
	{Name: "record_no", Type: "bigint", Doc: "Record in the file, 1 is the first after the header"},
	{Name: "exported_at", Type: "timestamptz", Doc: "When the export was made"},
	{Name: "absent", Type: "bigint", Doc: "Bit i set: the export has no column i of this contract"},
	{Name: "row_hash", Type: "bigint", Doc: "Hash over the contract's columns"},
	{Name: "flags", Type: "varchar", Doc: "Local times that do not exist or exist twice, as column:gap or column:fold"},
	{Name: PMonth, Type: "date", Doc: "Partition: month of the first known time, 1900-01-01 where there is none"},
}

var eventMeta = []Column{
	{Name: "feed", Type: "varchar", Doc: "Feed that brought it"},
	{Name: "source_kind", Type: "varchar", Doc: "last_mile, line, aggregator or platform: rank of what it says about delivery"},
	{Name: "tz_source", Type: "varchar", Doc: "explicit_offset, feed_default or epoch: where the zone of event_at comes from"},
	{Name: "load_id", Type: "varchar", Doc: "Load that brought it first"},
	{Name: "record_no", Type: "bigint", Doc: "Record in the file"},
	{Name: "flags", Type: "varchar", Doc: "Local times that do not exist or exist twice"},
	{Name: PMonth, Type: "date", Doc: "Partition: month (UTC) of event_at"},
}

// Stored gives all columns as the lake stores them: the contract's own ones
// without personal data, then the meta columns of its kind.
func (t Table) Stored() []Column {
	var out []Column
	for _, c := range t.Columns {
		if !c.PII {
			out = append(out, c)
		}
	}
	switch t.Kind {
	case Observation:
		out = append(out, observationMeta...)
	case Event:
		out = append(out, eventMeta...)
	case Current:
		out = append(out,
			Column{Name: "exported_at", Type: "timestamptz", Doc: "Newest export that speaks of it"},
			Column{Name: "observations", Type: "bigint", Doc: "Stored observations of this key"},
			Column{Name: PMonth, Type: "date", Doc: "Partition: month of the first known time"})
	}
	return out
}

// KeyHash is the SQL of a scan's identity within its feed. It is computed and
// not stored: eight random bytes a row would be half of the file.
func (t Table) KeyHash() string {
	cols := []string{`feed`}
	for _, k := range t.Key {
		cols = append(cols, `"`+k+`"`)
	}
	return "cast(hash(" + strings.Join(cols, ", ") + ") >> 1 as bigint)"
}

// Names lists stored column names.
func (t Table) Names() []string {
	var out []string
	for _, c := range t.Stored() {
		out = append(out, c.Name)
	}
	return out
}

// Column finds a contract column (personal data included).
func (t Table) Column(name string) (Column, bool) {
	for _, c := range t.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// Ordinal of a column in the contract: the bit of the absent mask.
func (t Table) Bit(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

// Set is all contracts by table name.
type Set map[string]Table

// Sorted lists tables by name.
func (s Set) Sorted() []Table {
	var out []Table
	for _, t := range s {
		out = append(out, t)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

var (
	nameRE = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	types  = []string{"varchar", "boolean", "integer", "bigint", "double", "date", "timestamptz", "decimal(18,4)"}
)

// Load reads every contract of builtin, then the workspace's extensions: an
// extension file of a built-in table may only add columns named x_…, a new
// table's name must start with x_.
func Load(builtin fs.FS, extension fs.FS) (Set, error) {
	set := Set{}
	if err := each(builtin, func(name string, t Table) error {
		set[t.Name] = t
		return nil
	}); err != nil {
		return nil, err
	}
	if extension != nil {
		err := each(extension, func(name string, t Table) error {
			base, known := set[t.Name]
			if !known {
				if !strings.HasPrefix(t.Name, "x_") {
					return fmt.Errorf("%s: table %s: a workspace's own table starts with x_", name, t.Name)
				}
				set[t.Name] = t
				return nil
			}
			for _, c := range t.Columns {
				if !strings.HasPrefix(c.Name, "x_") {
					return fmt.Errorf("%s: column %s.%s: a workspace may only add columns that start with x_", name, t.Name, c.Name)
				}
				base.Columns = append(base.Columns, c)
			}
			set[t.Name] = base
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for name, t := range set {
		if t.Kind != Current {
			continue
		}
		of, ok := set[t.Of]
		if !ok {
			return nil, fmt.Errorf("table %s is the current row of %s, which does not exist", name, t.Of)
		}
		t.Columns, t.Key, t.Anchor = of.Columns, of.Key, of.Anchor
		set[name] = t
	}
	return set, nil
}

func each(fsys fs.FS, fn func(name string, t Table) error) error {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return err
	}
	sort.Strings(names)
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		var t Table
		if err := yaml.UnmarshalWithOptions(b, &t, yaml.Strict()); err != nil {
			return fmt.Errorf("%s: %s", path.Join("data/schema", name), yaml.FormatError(err, false, false))
		}
		if err := t.validate(); err != nil {
			return fmt.Errorf("%s: %w", path.Join("data/schema", name), err)
		}
		if err := fn(path.Join("data/schema", name), t); err != nil {
			return err
		}
	}
	return nil
}

func (t Table) validate() error {
	if !nameRE.MatchString(t.Name) {
		return fmt.Errorf("table name %q is not lower case letters, digits and _", t.Name)
	}
	seen := map[string]bool{}
	for _, c := range t.Columns {
		switch {
		case !nameRE.MatchString(c.Name):
			return fmt.Errorf("column name %q is not lower case letters, digits and _", c.Name)
		case seen[c.Name]:
			return fmt.Errorf("column %s is there twice", c.Name)
		case !slices.Contains(types, c.Type):
			return fmt.Errorf("column %s: type %q; try: one of %s", c.Name, c.Type, strings.Join(types, ", "))
		case c.Doc == "":
			return fmt.Errorf("column %s has no doc", c.Name)
		}
		seen[c.Name] = true
	}
	if t.Repeats != "" && (t.Repeats != keepRepeats || t.Kind != Observation) {
		return fmt.Errorf("repeats: %q; try: repeats: %s, in a table of kind observation", t.Repeats, keepRepeats)
	}
	if t.Kind == Observation && len(t.Columns) > MaxObservationColumns {
		return fmt.Errorf("%d columns; an observation holds at most %d", len(t.Columns), MaxObservationColumns)
	}
	for _, k := range append(append([]string{}, t.Key...), t.Anchor...) {
		if !seen[k] && len(t.Columns) > 0 {
			return fmt.Errorf("key or anchor column %s is no column", k)
		}
	}
	return nil
}
