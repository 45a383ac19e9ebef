package decode

import (
	"context"
	"fmt"
)

// Format is what a file holds, whether it is compressed or not.
type Format string

// The formats that can be read.
const (
	CSV     Format = "csv" // any delimiter
	NDJSON  Format = "ndjson"
	JSON    Format = "json"
	Parquet Format = "parquet"
	Fixed   Format = "fixed" // cells at fixed columns of a line; never guessed, always declared
	XLSX    Format = "xlsx"  // an Excel workbook, which Inspect only recognises
)

// Dialect is how the records of a text file are written. It holds what the
// engine must be told, in the words of DuckDB's read_csv. Its skip is not in
// lines, as the name there says: a line end inside quotes is none for it, and a
// quote that is left open makes it skip the whole file without a word, which
// Inspect refuses.
type Dialect struct {
	Delimiter string // one byte; CSV only
	Quote     string // one byte, or "" for none
	Escape    string // one byte, or "" for none; equal to Quote where quotes are doubled
	Header    bool   // a header record follows the skipped lines
	Skip      int    // records before the header or first record: preamble, `sep=;`, blank lines; lines, unless quotes hold a line end
	BOM       bool   // the file starts with the UTF-8 byte order mark
	NewLine   string // of the first record: "\n", "\r\n" or "\r"; informational
	Gzip      bool   // by magic bytes, whatever the name says
	Pad       bool   // records may leave out their last cells
	Single    bool   // one column: a blank line is then a record, else it is none
}

// Table is a file that the engine can read.
type Table struct {
	Format  Format
	Dialect Dialect
	// Columns are the names in file order: trimmed, without byte order mark, an
	// empty one called column_N, unique without regard to case as the engine
	// needs them (a repeat is called `Name (2)`). For NDJSON and JSON the union
	// of the keys of the first records in order of appearance, informational. For
	// Fixed the names of Options.Fields. Empty for Parquet and XLSX.
	Columns []string
	// Repeated names the columns whose header stood more than once. None that
	// Options.Expect or ExpectAny names is among them: such a file is refused.
	Repeated   []string
	EnginePath string // what the engine reads: the file itself, or a temporary file (JSON: NDJSON, Fixed: CSV) that the caller removes
	Records    int64  // known only for JSON and Fixed, else -1
}

// Options is what is known of a file before it is opened.
//
// The header of a CSV file is looked for among its first records where Skip is 0
// and Expect or ExpectAny names columns: it is the first that has them all. Title
// lines before it are counted in Dialect.Skip. Rows of explanations after the
// header are records as any other; it is for the mapping to leave them out.
type Options struct {
	Name      string     // of the file in messages; the path's last element if empty
	Format    Format     // "" means: by its first bytes and name
	Delimiter string     // "" means: detected among , ; tab |
	Quote     *string    // nil means `"`; "" none
	Escape    *string    // nil means as Quote
	Skip      int        // lines before the header, as an editor counts them
	NoHeader  bool       // the first record is data; Columns must be given
	Columns   []string   // names of a file without header
	Pad       bool       // and its records may leave out their last cells
	Expect    []string   // names that must be there, compared by Fold (keys of JSON: as they stand)
	ExpectAny [][]string // sets of names of which one must be there each
	Fields    []Field    // of a Fixed file
	Records   string     // JSON: where the records lie, such as $.data[*]; "" means $[*] or $
	TempDir   string     // where temporary files go; needed for JSON and Fixed
	MaxRecord int        // bytes of one JSON record; 0 means 64 MiB
	MaxDepth  int        // of nested JSON; 0 means 200
}

const (
	defaultMaxRecord = 64 << 20
	defaultMaxDepth  = 200
	maxHeader        = 1 << 20
)

// Inspect looks at the head of a file and says how the engine reads it; a JSON
// file is turned into NDJSON in Options.TempDir. A file that cannot be read
// rightly is a *Refusal; other errors are of the system, the options or the
// context. An XLSX file is recognised only: its Table has no columns.
func Inspect(ctx context.Context, path string, opt Options) (Table, error) {
	if opt.Name == "" {
		opt.Name = baseName(path)
	}
	if opt.MaxRecord <= 0 {
		opt.MaxRecord = defaultMaxRecord
	}
	if opt.MaxDepth <= 0 {
		opt.MaxDepth = defaultMaxDepth
	}
	if err := ctx.Err(); err != nil {
		return Table{}, err
	}
	h, err := readHead(path, opt.Name)
	if err != nil {
		return Table{}, err
	}
	format, err := formatOf(path, h, opt)
	if err != nil {
		return Table{}, err
	}
	t := Table{Format: format, EnginePath: path, Records: -1}
	t.Dialect.Gzip = h.gzip
	t.Dialect.BOM = h.bom
	switch format {
	case CSV:
		err = inspectCSV(ctx, h, opt, &t)
	case NDJSON:
		err = inspectNDJSON(h, opt, &t)
	case JSON:
		err = inspectJSON(ctx, path, h, opt, &t)
	case Parquet:
		err = inspectParquet(path, h)
	case Fixed:
		err = inspectFixed(ctx, path, opt, &t)
	case XLSX:
	default:
		return Table{}, fmt.Errorf("%s: format %q is unknown; try: csv, ndjson, json, parquet, fixed or xlsx", opt.Name, format)
	}
	if err != nil {
		return Table{}, err
	}
	return t, nil
}
