package feed

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// source checks how the file is read.
func (c *checker) source() {
	f := c.feed
	for _, w := range f.Formats {
		c.oneOf("$.format", "format", w, formats)
	}
	if slices.Contains(f.Formats, "") {
		c.bad("$.format", "a format is empty; try: %s", orList(formats))
	}
	if !f.isJSON() && !f.isTable() && len(f.Formats) > 0 {
		c.bad("$.format", "one mapping reads either tables or JSON: names of columns and JSON paths differ; try: two feeds")
	}
	c.oneOf("$.encoding", "encoding", f.Encoding, encodings)
	c.oneOf("$.end", "end", f.End, ends)
	switch n, isNumber := strings.CutPrefix(f.Sheet, "#"); {
	case isNumber:
		if i, err := strconv.Atoi(n); err != nil || i < 1 {
			c.bad("$.sheet", "sheet %q; try: \"#3\" for the third, the sheet's name, or ~pattern~", f.Sheet)
		}
	case strings.HasPrefix(f.Sheet, "~"):
		p, ok := pattern(f.Sheet)
		if _, err := regexp.Compile(p); !ok || err != nil {
			c.bad("$.sheet", "sheet %q is no pattern between tildes", f.Sheet)
		}
	}
	for i, n := range f.Sheets {
		if p, ok := pattern(n); ok {
			if _, err := regexp.Compile(p); err != nil {
				c.bad(fmt.Sprintf("$.sheets[%d]", i), "pattern %q: %v", n, err)
			}
		} else if n == "" {
			c.bad(fmt.Sprintf("$.sheets[%d]", i), "a name is empty")
		}
	}
	if len(f.Sheets) > 0 && f.Sheet != "" {
		c.bad("$.sheets", "sheet or sheets, not both")
	}
	if h := f.Header; h.Row < 0 || h.Rows < 0 || h.Rows > 2 || h.SkipAfter < 0 {
		c.bad("$.header", "header: row counts from 1, rows is 1 or 2, skip_after a number of rows; try: header: {row: 6}")
	}
	if f.Header != (Header{}) && f.isJSON() {
		c.bad("$.header", "header is for tables; JSON has none")
	}
	if kind, name, _ := strings.Cut(f.Password, ":"); f.Password != "" && ((kind != "env" && kind != "file") || name == "") {
		c.bad("$.password", "a password does not stand in a mapping; try: password: env:NAME or password: file:PATH")
	}
	for _, p := range f.Members {
		if _, err := path.Match(strings.TrimPrefix(p, "!"), "x"); err != nil || strings.TrimPrefix(p, "!") == "" {
			c.bad("$.members", "member %q is no file pattern; try: \"*.csv\"", p)
		}
	}
	c.csv()
	c.fixed()
	if at := f.ExportedAt; at != nil && count(at.Filename != "", at.Column != "", at.Value != "") != 1 {
		c.bad("$.exported_at", "exported_at: exactly one of filename, column, value")
	}
}

func (c *checker) csv() {
	f := c.feed
	x := f.CSV
	if x.Quote != "" && x.Quote != "none" && len([]rune(x.Quote)) != 1 {
		c.bad("$.csv.quote", "quote %q is more than one character; try: none where the export quotes nothing", x.Quote)
	}
	if len(x.Columns) > 0 && x.Layout != "" {
		c.bad("$.csv", "csv: columns or layout, not both")
	}
	if (len(x.Columns) > 0 || x.Layout != "") && x.Header != nil && *x.Header {
		c.bad("$.csv.header", "columns give names to a file without a header; try: leave header or columns out")
	}
	if (len(x.Columns) > 0 || x.Layout != "") && f.Header.Row > 0 {
		c.bad("$.header", "header.row, and csv.columns say that there is none; try: leave one of them out")
	}
	c.unique("$.csv.columns", x.Columns)
	if x.Pad && len(x.Columns) == 0 && x.Layout == "" {
		c.bad("$.csv.pad", "pad is for a file without a header; try: csv: {columns: […], pad: true}")
	}
	for _, n := range sortedKeys(x.Expect) {
		at := "$.csv.expect." + pathKey(n)
		if _, err := shapeOf(x.Expect[n]); err != nil {
			c.bad(at, "expect %q: %v; try: %s, or a regular expression", n, err, orList(sortedKeys(shapeWords)))
		}
		if len(x.Columns) > 0 {
			if _, ok := newHeader(Input{Columns: x.Columns}).find(Names{n}); !ok {
				c.bad(at, "expect names %q, which csv.columns does not", n)
			}
		}
	}
}

func (c *checker) fixed() {
	f := c.feed
	if declared := slices.Contains(f.Formats, "fixed"); declared != (len(f.Fixed) > 0) {
		c.bad("$.fixed", "format fixed and the list fixed: go together; try: fixed: [{name: order_id, start: 1, width: 12}]")
	}
	var names []string
	next := 1
	for i, x := range f.Fixed {
		at := fmt.Sprintf("$.fixed[%d]", i)
		names = append(names, x.Name)
		start := x.Start
		if start == 0 {
			start = next
		}
		switch {
		case x.Name == "" || x.Width < 1 || x.Start < 0:
			c.bad(at, "a field needs a name, a width of at least 1 and a start from 1, or none to follow the field before")
		case start < next:
			c.bad(at, "field %q starts at %d, inside the field before it, which ends at %d", x.Name, start, next-1)
		}
		next = start + max(x.Width, 0)
	}
	c.unique("$.fixed", names)
}

func (c *checker) unique(at string, names []string) {
	seen := map[string]bool{}
	for _, n := range names {
		switch fold := foldName(n); {
		case fold == "":
			c.bad(at, "a name is blank")
		case seen[fold]:
			c.bad(at, "the name %q is there twice", n)
		default:
			seen[fold] = true
		}
	}
}
