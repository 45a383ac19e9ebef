package feed

import (
	"slices"

	"waybill/pipeline/contract"
)

// DefaultThreshold is the share of rejected records above which a file is not
// loaded.
const DefaultThreshold = 0.05

// Feed is one export: where it lies and how it maps. A template is a feed
// without a place of its own.
type Feed struct {
	Name       string            `yaml:"feed"`
	Doc        string            `yaml:"doc"`
	Use        string            `yaml:"use"`    // the template that this feed fills in
	Set        map[string]string `yaml:"set"`    // values of the template's params
	Source     Source            `yaml:"source"` // where the files lie
	Formats    Names             `yaml:"format"` // csv, ndjson, json, parquet, xlsx, fixed; none: by content
	Encoding   string            `yaml:"encoding"`
	Sheet      string            `yaml:"sheet"`    // XLSX: a name, #3 for the third, ~regexp~
	Sheets     Names             `yaml:"sheets"`   // XLSX: all sheets whose names these match, one below the other
	Header     Header            `yaml:"header"`   // where the header stands
	End        string            `yaml:"end"`      // blank: the first blank row ends the table; totals: a row of totals does
	Password   string            `yaml:"password"` // env:NAME or file:PATH, never the password itself
	Members    []string          `yaml:"members"`  // files inside a zip, as patterns; !pattern leaves out
	CSV        CSV               `yaml:"csv"`
	Fixed      []Field           `yaml:"fixed"` // format fixed: the fields of a line
	JSON       JSON              `yaml:"json"`
	Trim       *bool             `yaml:"trim"`    // every text cell loses outer blanks and tabs
	Decimal    string            `yaml:"decimal"` // point (default) or comma, for every column
	Zone       string            `yaml:"zone"`    // IANA zone of naive times; default UTC
	DST        string            `yaml:"dst"`     // flag (default) or reject
	ExportedAt *ExportedAt       `yaml:"exported_at"`
	SourceKind string            `yaml:"source_kind"` // last_mile, line, aggregator, platform
	Sentinels  map[string]string `yaml:"sentinels"`   // cell → what it means; a key ~re~ is a pattern
	Threshold  *float64          `yaml:"threshold"`   // share of rejects above which a file is refused
	Outputs    []Output          `yaml:"outputs"`

	Template *Template        `yaml:"template"` // makes the file a template
	Params   map[string]Param `yaml:"params"`   // what a feed may set in it

	Format string `yaml:"-"` // the only format that is declared, "" where there are several or none
	File   string `yaml:"-"` // as shown in messages
	text   []byte

	treated string // personal data, see Treat
}

// Template says what a template is for and how its files are recognised.
type Template struct {
	Title     string    `yaml:"title"`
	Kind      string    `yaml:"kind"` // orders, shipments, tracking, returns, bills
	Platform  string    `yaml:"platform"`
	Doc       string    `yaml:"doc"`
	Certain   []string  `yaml:"certain"` // what was checked, and against what
	Assumed   []string  `yaml:"assumed"` // what was not
	Signature Signature `yaml:"signature"`
}

// Signature is header names, compared folded, or JSON paths.
type Signature struct {
	All  []string `yaml:"all"`
	Any  []string `yaml:"any"`
	None []string `yaml:"none"`
}

// Param is a value that the feed gives; $name stands for it in the template.
type Param struct {
	Default *string `yaml:"default"` // none: it must be set
	Doc     string  `yaml:"doc"`
}

// Source says where the files lie.
type Source struct {
	Folder string   `yaml:"folder"` // relative to the workspace, or env:NAME/sub
	Files  []string `yaml:"files"`
}

// Header says where the header of a table stands.
type Header struct {
	Row       int `yaml:"row"`        // 1-based; 0: found by the expected names
	Rows      int `yaml:"rows"`       // lines of the header, 1 (default) or 2
	SkipAfter int `yaml:"skip_after"` // rows of descriptions below it
}

// CSV is the dialect where it is declared.
type CSV struct {
	Delimiter string   `yaml:"delimiter"` // one character, \t or tab; empty: from the header
	Quote     string   `yaml:"quote"`     // one character, or none
	Header    *bool    `yaml:"header"`
	Columns   []string `yaml:"columns"` // the names, where the file has no header
	Layout    string   `yaml:"layout"`  // a file with the names
	Pad       bool     `yaml:"pad"`     // records may leave out their last cells

	Expect map[string]string `yaml:"expect"` // what the cells of a column look like, see Content
}

// Field is a field of a line of fixed width, counted in characters.
type Field struct {
	Name  string `yaml:"name"`
	Start int    `yaml:"start"` // 1-based; 0: behind the field before
	Width int    `yaml:"width"`
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
	Where   string            `yaml:"where"`   // SQL over the raw columns; sees trimmed and filled cells
	Explode Names             `yaml:"explode"` // JSON: one row per element of this array; several: level below level
	Lines   *Lines            `yaml:"lines"`   // tables: one row per charge of a record
	Once    bool              `yaml:"once"`    // the first record of each key of the table; later ones are no records of this output
	Fill    *Fill             `yaml:"fill"`
	Columns map[string]Column `yaml:"columns"`
}

// Fill gives an empty cell the first value that its group has in that column.
type Fill struct {
	By      Names `yaml:"by"`      // raw columns that make a group
	Columns Names `yaml:"columns"` // raw columns that are filled; none: all that the output reads
}

// Column maps one contract column.
type Column struct {
	From      Names             `yaml:"from"`     // column or JSON path; of several columns the first that the file has, of several paths the first that has a value
	Parent    string            `yaml:"parent"`   // JSON with explode: path in the record
	Value     *string           `yaml:"value"`    // constant
	Expr      string            `yaml:"expr"`     // SQL over the raw columns that gives text
	Filename  string            `yaml:"filename"` // regular expression over the file's name; the first group is the text
	As        string            `yaml:"as"`       // money, weight, length, number, id, text
	Decimal   string            `yaml:"decimal"`
	Sign      string            `yaml:"sign"`      // keep (default); turn: what the file has as negative is positive
	Unit      string            `yaml:"unit"`      // of cells that name none
	UnitTo    string            `yaml:"unit_to"`   // contract column that takes the unit or currency of the cell
	Width     int               `yaml:"width"`     // digits of an id: leading zeros come back
	Formats   []string          `yaml:"formats"`   // of times and dates: words or strptime formats, tried in order
	Zone      string            `yaml:"zone"`      // IANA zone of this column's local times
	ZoneFrom  Names             `yaml:"zone_from"` // column or path with the zone of each row
	Map       map[string]string `yaml:"map"`       // exact, then without regard to case and outer blanks
	Else      string            `yaml:"else"`      // keep (default), reject, absent
	Sentinels map[string]string `yaml:"sentinels"`
}

// Names is one name or a list of them.
type Names []string

// UnmarshalYAML reads a text or a list of texts.
func (n *Names) UnmarshalYAML(read func(any) error) error {
	var one string
	if err := read(&one); err == nil {
		*n = nil
		if one != "" {
			*n = Names{one}
		}
		return nil
	}
	var many []string
	if err := read(&many); err != nil {
		return err
	}
	*n = many
	return nil
}

// first is the name that stands for all in messages.
func (n Names) first() string {
	if len(n) == 0 {
		return ""
	}
	return n[0]
}

// Text is the mapping as it was read, with its template's text: its hash is part
// of a version.
func (f *Feed) Text() []byte { return f.text }

// MaxRejected is the share of rejected records above which a file is refused.
func (f *Feed) MaxRejected() float64 {
	if f.Threshold != nil {
		return *f.Threshold
	}
	return DefaultThreshold
}

// Unquoted says that quotes are plain characters of this export.
func (c CSV) Unquoted() bool { return c.Quote == "none" }

// trims says that text cells lose outer blanks.
func (f *Feed) trims() bool { return f.Trim != nil && *f.Trim }

// isJSON says that every declared format is JSON; isTable that none is.
func (f *Feed) isJSON() bool {
	return len(f.Formats) > 0 && !slices.ContainsFunc(f.Formats, func(s string) bool { return !jsonFormat(s) })
}

func (f *Feed) isTable() bool {
	return len(f.Formats) > 0 && !slices.ContainsFunc(f.Formats, jsonFormat)
}

func jsonFormat(s string) bool { return s == "json" || s == "ndjson" }

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
