package decode

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOutcomes says what becomes of a CSV file that is not as it should be: a
// refusal in exact words, or what the engine makes of it, straightened as the
// caller does.
func TestOutcomes(t *testing.T) {
	c := engine(t)
	var wide, cells []string
	for i := range 1000 {
		wide, cells = append(wide, fmt.Sprintf("column %d", i+1)), append(cells, fmt.Sprint(i))
	}
	longNames := []string{"id"}
	for i := range 20 {
		longNames = append(longNames, fmt.Sprintf("%d %s", i, strings.Repeat("n", 40_000)))
	}
	const again = "; try: export it again; a file of a header alone is fine"
	type outcome struct {
		text    string
		opt     Options
		refused string // "" where the file is read
		good    string // first cells of good rows, by blanks
		bad     []int64
		lines   []int64 // of the bad records
	}
	id := Options{Expect: []string{"id"}}
	for name, want := range map[string]outcome{
		"empty":             {"", id, "f.csv: is empty" + again, "", nil, nil},
		"only a BOM":        {"\xef\xbb\xbf", id, "f.csv: is empty" + again, "", nil, nil},
		"only blanks":       {" \t\r\n \n", id, "f.csv: is empty" + again, "", nil, nil},
		"header only":       {"id,x\r\n", id, "", "", nil, nil},
		"header, no end":    {"id,x", id, "", "", nil, nil},
		"last line, no end": {"id,x\n1,a\n2,b", id, "", "1 2", nil, nil},
		"cut in a record":   {"id,x,y\n1,a,b\n2,b", id, "", "1", []int64{2}, []int64{3}},
		"cut in quotes":     {"id,x\n1,a\n2,\"b\nc", id, "f.csv:3:3: the quote that is opened here is never closed: the file is cut off, or a quote too many stands in it; try: export it again, or set csv.quote of the feed if the file has no quoting", "", nil, nil},
		"columns twice":     {"id,Note,note\n1,a,b\n", id, "", "1", nil, nil},
		"id twice":          {"id,x, ID \n1,a,b\n", id, `f.csv:1: the header names "id" more than once, so that it is not clear which column is meant; try: rename or remove one of them in the export`, "", nil, nil},
		"extra delimiter":   {"id,x\n1,a\n2,b,c\n3,d\n", id, "", "1 3", []int64{2}, []int64{3}},
		"fewer cells":       {"id,x\n1,a\n\n2\n3,d\n", id, "", "1 3", []int64{2}, []int64{4}},
		"quote in middle":   {"id,x\n1,a\n2,\"b\n3,c\n4,\"d\"\n5,e\n", id, "", "1 5", []int64{2}, []int64{3}},
		"1000 columns":      {"id," + strings.Join(wide, ",") + "\n7," + strings.Join(cells, ",") + "\n8,\n", id, "", "7", []int64{2}, []int64{3}},
		"long header":       {strings.Join(longNames, ",") + "\n1" + strings.Repeat(",a", 20) + "\n", id, "", "1", nil, nil},
		"longer header":     {"id," + strings.Repeat("n", headBytes) + "\n1,2\n", id, "f.csv:1:1: the record is longer than a megabyte; try: check the quotes and the delimiter of the file", "", nil, nil},
		"NUL":               {"id,x\n1,a\x00b\n", id, "f.csv:2:4: has NUL bytes: it is not text; try: export it again", "", nil, nil},
		"order":             {"x,y,id\n1,a,b\n", id, "", "1", nil, nil},
		"renamed":           {"order,x\n1,a\n", Options{Expect: []string{"orders"}}, `f.csv:1: the header has no column "orders" (is it "order"?); it has: order, x; try: correct the names in the feed, or export all columns`, "", nil, nil},
		"sep":               {"sep=;\r\nid;x\r\n1;a,b\r\n2\r\n", id, "", "1", []int64{2}, []int64{4}},
		"mixed line ends":   {"id,x\n1,a\r\n2,\"b\r\nc\"\n3\r\n4,d\n", id, "", "1 2 4", []int64{3}, []int64{5}},
		"carriage returns":  {"id,x\r1,a\r2,\"b\rc\"\r3\r", id, "", "1 2", []int64{3}, []int64{5}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "f.csv")
			write(t, path, want.text)
			tab, err := Inspect(t.Context(), path, want.opt)
			if want.refused != "" {
				var r *Refusal
				if !errors.As(err, &r) || err.Error() != want.refused {
					t.Errorf("got  %v\nwant %s", err, want.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tab.EnginePath, _, err = Straighten(t.Context(), path, dir, tab.Dialect); err != nil {
				t.Fatal(err)
			}
			got, err := readWithEngine(t, c, tab)
			if err != nil {
				t.Fatal(err)
			}
			var good []string
			for _, s := range got.first {
				good = append(good, s.String)
			}
			at, err := LocateBytes(t.Context(), tab.EnginePath, tab.Dialect, got.rejected)
			if err != nil {
				t.Fatal(err)
			}
			var bad, lines []int64
			for _, p := range at {
				bad, lines = append(bad, p.Record), append(lines, p.Line)
			}
			if strings.Join(good, " ") != want.good || !slices.Equal(bad, want.bad) || !slices.Equal(lines, want.lines) {
				t.Errorf("good %q, bad %v at lines %v; want %q, %v at %v", good, bad, lines, want.good, want.bad, want.lines)
			}
		})
	}
}
