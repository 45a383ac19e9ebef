package decode

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFixed(t *testing.T) {
	three := []Field{{"id", 1, 4}, {"name", 0, 3}, {"cost", 10, 5}}
	for name, c := range map[string]struct {
		fields  []Field
		skip    int
		text    string
		want    string
		records int64
	}{
		"cells":       {three, 0, "0001abc   1.50\n0002d    12.00\r\n", "0001,abc, 1.50\n0002,d,12.00\n", 2},
		"leading":     {three, 0, "  1 abc  11.50\n", "  1,abc,11.50\n", 1},
		"short":       {three, 0, "0001abc\n0002\n3\n", "0001,abc,\n0002,,\n3,,\n", 3},
		"blank lines": {three, 0, "\n0001abc\n   \n\r\n0002", "\n0001,abc,\n\n\n0002,,\n", 2},
		"beyond":      {three, 0, "0001abc  11.50 x, y\n0002abc  22.50   \n", "0001,abc,11.50,\" x, y\"\n0002,abc,22.50\n", 2},
		"runes":       {three, 0, "\xef\xbb\xbf订单号一漢字\u3000　　11.50\n", "订单号一,漢字,11.50\n", 1},
		"quotes":      {three, 0, "a\"b\"c,d\n", "\"a\"\"b\"\"\",\"c,d\",\n", 1},
		"skip":        {three, 2, "TITLE\n\n0001abc\n", "\n\n0001,abc,\n", 1},
		"one field":   {[]Field{{"id", 2, 2}}, 0, "x12\n\nx34\n", "12\n\n34\n", 3},
		"overlap":     {[]Field{{"all", 1, 4}, {"tail", 3, 2}}, 0, "abcd\n", "abcd,cd\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			for _, zip := range []bool{false, true} {
				text := c.text
				if zip {
					text = gz(t, text)
				}
				got, err := inspect(t, "f.txt", text, Options{Format: Fixed, Fields: c.fields, Skip: c.skip})
				if err != nil {
					t.Fatal(err)
				}
				out, err := os.ReadFile(got.EnginePath)
				if err != nil {
					t.Fatal(err)
				}
				if string(out) != c.want || got.Records != c.records || got.Format != Fixed || got.Dialect.Gzip || len(got.Columns) != len(c.fields) {
					t.Errorf("%q, want %q; %+v", out, c.want, got)
				}
			}
		})
	}
}

func TestFixedRefuses(t *testing.T) {
	id := []Field{{"id", 1, 4}}
	for name, c := range map[string]struct {
		fields []Field
		opt    Options
		text   string
		want   string
	}{
		"no fields":   {nil, Options{}, "x\n", "f.txt: a file of format fixed needs its fields"},
		"no name":     {[]Field{{" ", 1, 2}}, Options{}, "x\n", "f.txt: a field of the fixed format has no name"},
		"same name":   {[]Field{{"id", 1, 2}, {"ID", 3, 2}}, Options{}, "x\n", `f.txt: two fields of the fixed format are called "ID"`},
		"no width":    {[]Field{{"id", 1, 0}}, Options{}, "x\n", `f.txt: field "id" starts at 1 and is 0 wide; try: a start from 1 on, or 0 for right behind the field before, and a width from 1 on`},
		"left of all": {[]Field{{"id", -1, 2}}, Options{}, "x\n", `f.txt: field "id" starts at -1 and is 2 wide; try: a start from 1 on, or 0 for right behind the field before, and a width from 1 on`},
		"long line":   {id, Options{}, "x\n" + strings.Repeat("y", maxFixedLine+1), "f.txt:2: a line is longer than a megabyte; try: correct the format of the feed"},
		"skip":        {id, Options{Skip: 3}, "x\n", "f.txt: has fewer than the 3 lines to skip; try: correct the lines to skip of the feed"},
		"not UTF-8":   {id, Options{}, strings.Repeat("x\n", headBytes/2+1) + "\xff\n", fmt.Sprintf("f.txt:%d: the line is not UTF-8; try: save the file as UTF-8", headBytes/2+2)},
		"lone return": {id, Options{}, "x\ny\rz\n", "f.txt:2:2: a carriage return alone or a NUL byte stands in a line; try: export it again with ordinary line ends"},
		"empty":       {id, Options{}, "", "f.txt: is empty; try: export it again; a file of a header alone is fine"},
	} {
		t.Run(name, func(t *testing.T) {
			c.opt.Format, c.opt.Fields, c.opt.TempDir = Fixed, c.fields, t.TempDir()
			_, err := inspect(t, "f.txt", c.text, c.opt)
			var r *Refusal
			if fmt.Sprint(err) != c.want || errors.As(err, &r) != strings.Contains(c.want, "; try: ") && !strings.Contains(c.want, "field ") {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if left, _ := os.ReadDir(c.opt.TempDir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "f.txt")
	write(t, path, "x\n")
	if _, err := Inspect(t.Context(), path, Options{Format: Fixed, Fields: id}); err == nil {
		t.Error("a fixed file is read without a folder for temporary files")
	}
}

// TestFixedInEngine: a record with text beyond the last field is rejected and
// found at its line of the file; empty cells are NULL.
func TestFixedInEngine(t *testing.T) {
	c := engine(t)
	path := filepath.Join(t.TempDir(), "f.txt")
	write(t, path, "TITLE\n1   abc\n\n2   def too much\n3\n   \n4   \"x,\n")
	tab, err := Inspect(t.Context(), path, Options{Format: Fixed, Skip: 1, TempDir: t.TempDir(), Fields: []Field{{"id", 1, 4}, {"name", 0, 3}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := readWithEngine(t, c, tab)
	if err != nil || len(got.first) != 3 || len(got.rejected) != 1 || tab.Records != 4 {
		t.Fatalf("%+v %v, %d records", got, err, tab.Records)
	}
	for i, id := range []string{"1", "3", "4"} {
		if got.first[i].String != id {
			t.Errorf("row %d is %+v, want %s", i+1, got.first[i], id)
		}
	}
	at, err := LocateBytes(t.Context(), tab.EnginePath, tab.Dialect, got.rejected)
	if err != nil || at[0].Record != 2 || at[0].Line != 4 || at[0].Raw != "2,def, too much" {
		t.Errorf("%+v %v", at, err)
	}
	last, err := Locate(t.Context(), tab.EnginePath, tab.Dialect, []int64{4, 5})
	if err != nil || last[0].Line != 7 || last[1].Record != 0 {
		t.Errorf("%+v %v", last, err)
	}
	var null int64
	if err := c.QueryRowContext(t.Context(), "select count(*) from "+readCSV(tab)+" where name is null").Scan(&null); err != nil || null != 1 {
		t.Errorf("%d cells are NULL, want 1 (%v)", null, err)
	}
}
