package feed

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"waybill/pipeline/contract"
	"waybill/pipeline/yamldoc"
)

// DefaultThreshold is the share of rejected records above which a file is not
// loaded.
const DefaultThreshold = 0.05

// Feed is one export: where it lies and how it maps.
type Feed struct {
	Name       string            `yaml:"feed"`
	Doc        string            `yaml:"doc"`
	Source     Source            `yaml:"source"`
	Format     string            `yaml:"format"` // csv, ndjson, json, parquet
	CSV        CSV               `yaml:"csv"`
	JSON       JSON              `yaml:"json"`
	Zone       string            `yaml:"zone"` // IANA zone of naive times; default UTC
	DST        string            `yaml:"dst"`  // flag (default) or reject
	ExportedAt *ExportedAt       `yaml:"exported_at"`
	SourceKind string            `yaml:"source_kind"` // last_mile, line, aggregator, platform
	Sentinels  map[string]string `yaml:"sentinels"`   // cell → what it means; a key ~re~ is a pattern
	Threshold  *float64          `yaml:"threshold"`
	Outputs    []Output          `yaml:"outputs"`

	File string `yaml:"-"` // as shown in messages
	text []byte
}

// Source says where the files lie.
type Source struct {
	Folder string   `yaml:"folder"` // relative to the workspace, or env:NAME/sub
	Files  []string `yaml:"files"`
}

// CSV is the dialect where it is declared.
type CSV struct {
	Delimiter string `yaml:"delimiter"` // one character, \t or tab; empty: from the header
	Quote     string `yaml:"quote"`
	Header    *bool  `yaml:"header"`
}

// JSON says where the records lie.
type JSON struct {
	Records string `yaml:"records"` // $[*].trackDetails[*]
}

// ExportedAt says how it is known when an export was made.
type ExportedAt struct {
	Filename string `yaml:"filename"` // regular expression; the first group is the time
	Format   string `yaml:"format"`   // strptime format of that group
	Column   string `yaml:"column"`   // a column of the file
	Value    string `yaml:"value"`    // a constant
}

// Output is one table that the feed fills.
type Output struct {
	Name    string            `yaml:"name"`
	Table   string            `yaml:"table"`
	Where   string            `yaml:"where"`   // SQL over the raw columns
	Explode string            `yaml:"explode"` // JSON: one row per element of this array
	Columns map[string]Column `yaml:"columns"`
}

// Column maps one contract column.
type Column struct {
	From      string            `yaml:"from"`   // column or JSON path
	Parent    string            `yaml:"parent"` // JSON with explode: path in the record
	Value     *string           `yaml:"value"`  // constant
	Expr      string            `yaml:"expr"`   // SQL over the raw columns that gives text
	Formats   []string          `yaml:"formats"`
	Map       map[string]string `yaml:"map"`
	Else      string            `yaml:"else"` // keep (default), reject, absent
	Sentinels map[string]string `yaml:"sentinels"`
}

var kinds = []string{"", "last_mile", "line", "aggregator", "platform"}

// Parse reads one feed and checks it against the contracts. All mistakes come
// together, each as file:line:col.
func Parse(file string, b []byte, tables contract.Set) (*Feed, error) {
	f := &Feed{File: file, text: b}
	if err := yamldoc.Decode(file, b, f); err != nil {
		return nil, err
	}
	var errs []error
	bad := func(path, format string, args ...any) {
		line, col := yamldoc.Position(b, path)
		errs = append(errs, fmt.Errorf("%s:%d:%d: %s", file, line, col, fmt.Sprintf(format, args...)))
	}
	if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(f.Name) {
		bad("$.feed", "feed %q: a name is lower case letters, digits and _", f.Name)
	}
	if f.Source.Folder == "" || len(f.Source.Files) == 0 {
		bad("$.source", "source needs folder and files; try: source: {folder: inbox/%s, files: [\"*.csv\"]}", f.Name)
	}
	if !slices.Contains([]string{"csv", "ndjson", "json", "parquet"}, f.Format) {
		bad("$.format", "format %q; try: csv, ndjson, json or parquet", f.Format)
	}
	if f.Zone == "" {
		f.Zone = "UTC"
	}
	if _, err := time.LoadLocation(f.Zone); err != nil {
		bad("$.zone", "zone %q is no IANA zone; try: Asia/Shanghai, America/Los_Angeles, UTC", f.Zone)
	}
	if !slices.Contains([]string{"", "flag", "reject"}, f.DST) {
		bad("$.dst", "dst %q; try: flag or reject", f.DST)
	}
	if !slices.Contains(kinds, f.SourceKind) {
		bad("$.source_kind", "source_kind %q; try: last_mile, line, aggregator or platform", f.SourceKind)
	}
	if f.Threshold != nil && (*f.Threshold < 0 || *f.Threshold > 1) {
		bad("$.threshold", "threshold %v is no share between 0 and 1", *f.Threshold)
	}
	if len(f.Outputs) == 0 {
		bad("$", "no outputs")
	}
	names := map[string]bool{}
	for i := range f.Outputs {
		o := &f.Outputs[i]
		at := fmt.Sprintf("$.outputs[%d]", i)
		if o.Name == "" {
			o.Name = o.Table
		}
		if names[o.Name] {
			bad(at, "output %q is there twice; try: name: %s_2", o.Name, o.Name)
		}
		names[o.Name] = true
		t, ok := tables[o.Table]
		if !ok || (t.Kind != contract.Observation && t.Kind != contract.Event) {
			bad(at+".table", "table %q takes no feed; try: %s", o.Table, strings.Join(inputs(tables), ", "))
			continue
		}
		if o.Explode != "" && f.Format != "json" && f.Format != "ndjson" {
			bad(at+".explode", "explode is for json and ndjson")
		}
		for name, c := range o.Columns {
			col, known := t.Column(name)
			where := at + ".columns." + name
			if !known {
				msg := fmt.Sprintf("table %s has no column %q", t.Name, name)
				if near := yamldoc.Nearest(name, columnNames(t)); near != "" {
					msg += "; try: " + near
				}
				bad(where, "%s", msg)
				continue
			}
			if n := count(c.From != "", c.Parent != "", c.Value != nil, c.Expr != ""); n != 1 {
				bad(where, "column %s: exactly one of from, parent, value, expr", name)
			}
			if len(c.Formats) > 0 && col.Type != "timestamptz" && col.Type != "date" {
				bad(where, "column %s is %s: formats are for times and dates", name, col.Type)
			}
			if !slices.Contains([]string{"", "keep", "reject", "absent"}, c.Else) {
				bad(where, "column %s: else %q; try: keep, reject or absent", name, c.Else)
			}
		}
		for _, c := range t.Columns {
			_, mapped := o.Columns[c.Name]
			ordinal := t.Ordinal != nil && t.Ordinal.Column == c.Name
			if c.Required && !mapped && c.Derive == "" && !ordinal {
				bad(at, "output %s lacks %s, which %s requires", o.Name, c.Name, t.Name)
			}
		}
	}
	sort.SliceStable(errs, func(i, j int) bool { return errs[i].Error() < errs[j].Error() })
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return f, nil
}

// Text is the mapping as it stands in the file: its hash is part of a version.
func (f *Feed) Text() []byte { return f.text }

// MaxRejected is the share of rejected records above which a file is refused.
func (f *Feed) MaxRejected() float64 {
	if f.Threshold != nil {
		return *f.Threshold
	}
	return DefaultThreshold
}

// Expected lists the file's columns that the mapping reads by name; required
// ones feed a required contract column.
func (f *Feed) Expected(tables contract.Set) (all, required []string) {
	seen := map[string]bool{}
	for _, o := range f.Outputs {
		for name, c := range o.Columns {
			if c.From == "" {
				continue
			}
			if !seen[c.From] {
				seen[c.From] = true
				all = append(all, c.From)
			}
			if col, _ := tables[o.Table].Column(name); col.Required && !slices.Contains(required, c.From) {
				required = append(required, c.From)
			}
		}
	}
	sort.Strings(all)
	sort.Strings(required)
	return all, required
}

func inputs(tables contract.Set) []string {
	var out []string
	for _, t := range tables.Sorted() {
		if t.Kind == contract.Observation || t.Kind == contract.Event {
			out = append(out, t.Name)
		}
	}
	return out
}

func columnNames(t contract.Table) []string {
	var out []string
	for _, c := range t.Columns {
		out = append(out, c.Name)
	}
	return out
}

func count(bs ...bool) int {
	n := 0
	for _, b := range bs {
		if b {
			n++
		}
	}
	return n
}
