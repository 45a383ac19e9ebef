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
)

// Dialect is how the records of a text file are written. It holds what the
// engine must be told, in the words of DuckDB's read_csv.
type Dialect struct {
	Delimiter string // one byte; CSV only
	Quote     string // one byte, or "" for none
	Escape    string // one byte, or "" for none; equal to Quote where quotes are doubled
	Header    bool   // a header record follows the skipped lines
	Skip      int    // lines before the header or first record: preamble, `sep=;`, blank lines
	BOM       bool   // the file starts with the UTF-8 byte order mark
	NewLine   string // of the first record: "\n", "\r\n" or "\r"; informational
	Gzip      bool   // by magic bytes, whatever the name says
	Single    bool   // one column: a blank line is then a record, else it is none
}

// Table is a file that the engine can read.
type Table struct {
	Format  Format
	Dialect Dialect
	// Columns are the names in file order: trimmed, without byte order mark, an
	// empty one called column_N, unique without regard to case as the engine
	// needs them (a repeat is called `Name (2)`). For NDJSON and JSON the union
	// of the keys of the first records in order of appearance, informational.
	// Empty for Parquet.
	Columns []string
	// Repeated names the columns whose header stood more than once. None of
	// Options.Expect is among them: such a file is refused.
	Repeated   []string
	EnginePath string // what the engine reads: the file itself, or a temporary NDJSON file that the caller removes
	Records    int64  // known only for JSON, else -1
}

// Options is what is known of a file before it is opened.
type Options struct {
	Name      string   // of the file in messages; the path's last element if empty
	Format    Format   // "" means: by its first bytes and name
	Delimiter string   // "" means: detected among , ; tab |
	Quote     *string  // nil means `"`; "" none
	Escape    *string  // nil means as Quote
	Skip      int      // lines before the header
	NoHeader  bool     // the first record is data; Columns must be given
	Columns   []string // names of a file without header
	Expect    []string // names that must be there
	Records   string   // JSON: where the records lie, such as $.data[*]; "" means $[*] or $
	TempDir   string   // where JSON records go; needed for JSON
	MaxRecord int      // bytes of one JSON record or header; 0 means 64 MiB (1 MiB for a header)
	MaxDepth  int      // of nested JSON; 0 means 200
}

const (
	defaultMaxRecord = 64 << 20
	defaultMaxDepth  = 200
	maxHeader        = 1 << 20
)

// Inspect looks at the head of a file and says how the engine reads it; a JSON
// file is turned into NDJSON in Options.TempDir. A file that cannot be read
// rightly is a *Refusal; other errors are of the system or the context.
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
	format, err := formatOf(h, opt)
	if err != nil {
		return Table{}, err
	}
	t := Table{Format: format, EnginePath: path, Records: -1}
	t.Dialect.Gzip = h.gzip
	t.Dialect.BOM = h.bom
	switch format {
	case CSV:
		err = inspectCSV(h, opt, &t)
	case NDJSON:
		err = inspectNDJSON(h, opt, &t)
	case JSON:
		err = inspectJSON(ctx, path, opt, &t)
	case Parquet:
		err = inspectParquet(path, h)
	default:
		return Table{}, fmt.Errorf("%s: format %q is unknown; try: csv, ndjson, json or parquet", opt.Name, format)
	}
	if err != nil {
		return Table{}, err
	}
	return t, nil
}
