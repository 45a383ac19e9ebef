package decode

import (
	"bytes"
	"compress/gzip"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func gz(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func inspect(t testing.TB, name, text string, opt Options) (Table, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	write(t, path, text)
	if opt.TempDir == "" {
		opt.TempDir = t.TempDir()
	}
	return Inspect(t.Context(), path, opt)
}

func TestInspectCSV(t *testing.T) {
	none := ""
	for name, c := range map[string]struct {
		text    string
		opt     Options
		columns string // joined by |
		dialect Dialect
	}{
		"comma":           {"id,name\n1,a\n", Options{}, "id|name", Dialect{Delimiter: ",", NewLine: "\n"}},
		"semicolon, BOM":  {"\xef\xbb\xbfid;name, first\r\n1;a\r\n", Options{}, "id|name, first", Dialect{Delimiter: ";", BOM: true, NewLine: "\r\n"}},
		"tab":             {"id\tname\tx\n", Options{}, "id|name|x", Dialect{Delimiter: "\t", NewLine: "\n"}},
		"bar":             {"id|name|x\n", Options{}, "id|name|x", Dialect{Delimiter: "|", NewLine: "\n"}},
		"expected decide": {"a,b;c\n", Options{Expect: []string{"b;c"}}, "a|b;c", Dialect{Delimiter: ",", NewLine: "\n"}},
		"declared":        {"a,b;c;d\n", Options{Delimiter: ","}, "a|b;c;d", Dialect{Delimiter: ",", NewLine: "\n"}},
		"expect wins tie": {"a;b,c\n", Options{Expect: []string{"a", "b,c"}}, "a|b,c", Dialect{Delimiter: ";", NewLine: "\n"}},
		"quoted line end": {"\"a\nb\",\"say \"\"x\"\"\"\n1,2\n", Options{}, "a\nb|say \"x\"", Dialect{Delimiter: ",", NewLine: "\n"}},
		"trimmed":         {" id , \"name\" ,\n", Options{}, "id|name|column_3", Dialect{Delimiter: ",", NewLine: "\n"}},
		"repeated":        {"id,Note,note,NOTE (2)\n", Options{Expect: []string{"id"}}, "id|Note|note (3)|NOTE (2)", Dialect{Delimiter: ",", NewLine: "\n"}},
		"sep":             {"sep=;\nid;a,b\n", Options{}, "id|a,b", Dialect{Delimiter: ";", Skip: 1, NewLine: "\n"}},
		"blank first":     {"\n \r\nid,x\n", Options{}, "id|x", Dialect{Delimiter: ",", Skip: 2, NewLine: "\n"}},
		"skip":            {"Report of\n\nid,x\n", Options{Skip: 1}, "id|x", Dialect{Delimiter: ",", Skip: 2, NewLine: "\n"}},
		"header only":     {"id,x", Options{}, "id|x", Dialect{Delimiter: ",", NewLine: ""}},
		"one column":      {"id\n1\n", Options{}, "id", Dialect{Delimiter: ",", NewLine: "\n", Single: true}},
		"no quotes":       {"id,5\" disk\n", Options{Quote: &none}, "id|5\" disk", Dialect{Delimiter: ",", NewLine: "\n"}},
		"no header":       {"1,2\n", Options{NoHeader: true, Columns: []string{"a", "b"}}, "a|b", Dialect{Delimiter: ",", NewLine: "\n"}},
		"mac":             {"id,x\r1,2\r", Options{}, "id|x", Dialect{Delimiter: ",", NewLine: "\r"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, zip := range []bool{false, true} {
				text := c.text
				if zip {
					text = gz(t, text)
				}
				got, err := inspect(t, "f.csv", text, c.opt)
				if err != nil {
					t.Fatal(err)
				}
				if joined := strings.Join(got.Columns, "|"); joined != c.columns {
					t.Errorf("columns %q, want %q", joined, c.columns)
				}
				want := c.dialect
				want.Header, want.Gzip = !c.opt.NoHeader, zip
				if c.opt.Quote == nil {
					want.Quote, want.Escape = `"`, `"`
				}
				if got.Dialect != want {
					t.Errorf("dialect %+v, want %+v", got.Dialect, want)
				}
				if name == "repeated" && !slices.Equal(got.Repeated, []string{"note"}) {
					t.Errorf("repeated %q", got.Repeated)
				}
				if got.Format != CSV || got.Records != -1 {
					t.Errorf("%+v", got)
				}
			}
		})
	}
}

func TestInspectRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		opt        Options
		want       string // of the message, after the file name
	}{
		"empty":            {"f.csv", "", Options{}, ": is empty"},
		"white space":      {"f.csv", " \n\n", Options{}, ": is empty"},
		"empty gzip":       {"f.csv.gz", gz(t, ""), Options{}, ": is empty"},
		"cut gzip":         {"f.csv.gz", gz(t, "id,x\n1,2\n")[:15], Options{}, ": gzip file is damaged or cut off"},
		"login page":       {"f.csv", "\n<!DOCTYPE html><title>Login</title>", Options{}, ": is a login page"},
		"web page":         {"f.json", "<HTML><p>gone", Options{}, ": is a web page"},
		"JSON error":       {"f.csv", `{"error": {"code": 401}}`, Options{}, ":1:1: is an error message in JSON, not CSV: code 401; try: "},
		"JSON":             {"f.csv", `[{"a": 1}]`, Options{}, ":1:1: is JSON, not CSV; try: format: json"},
		"UTF-16":           {"f.csv", "\xff\xfei\x00d\x00", Options{}, ": is UTF-16"},
		"bare UTF-16":      {"f.csv", "i\x00d\x00,\x00x\x00\n\x00", Options{}, ":1:2: has NUL bytes and looks like UTF-16"},
		"NUL":              {"f.csv", "id,x\n1,\x00aaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", Options{}, ":2:3: has NUL bytes"},
		"GBK":              {"f.csv", "id,\xb6\xa9\xb5\xa5\n1,\xd2\xd1\xb7\xa2\xbb\xf5\n", Options{}, ":1: is not UTF-8 from byte 3 on; it looks like GB18030"},
		"latin-1":          {"f.csv", "\xef\xbb\xbfid,x\n1,S\xe3o Paulo\n", Options{}, ":2: is not UTF-8 from byte 11 on; the byte is 0xe3"},
		"workbook":         {"f.csv", "PK\x03\x04xxxx", Options{}, ": is a zip archive or an Excel workbook that is cut off or damaged"},
		"PDF":              {"f.csv", "%PDF-1.7", Options{}, ": is a PDF"},
		"Parquet":          {"f.csv", "PAR1xxxx", Options{Format: CSV}, ": is a Parquet file, not csv"},
		"cut Parquet":      {"f.parquet", "PAR1xxxxxxxxxxxxxxxxxxxxx", Options{}, ": is a Parquet file that is cut off"},
		"short Parquet":    {"f.parquet", "PAR1PAR1", Options{}, ": is a Parquet file that is cut off"},
		"no Parquet":       {"f.parquet", "id,x\n", Options{Format: Parquet}, ": is not a Parquet file"},
		"long footer":      {"f.parquet", "PAR1xxxx\xff\xff\x00\x00PAR1", Options{}, ": is a Parquet file that is cut off"},
		"missing column":   {"f.csv", "id,Ordr ID,x\n", Options{Expect: []string{"Order ID", "zzz"}}, `:1: the header has no column "Order ID" (is it "Ordr ID"?), "zzz"; it has: id, Ordr ID, x`},
		"doubled expected": {"f.csv", "id,ID,x\n", Options{Expect: []string{"id"}}, `:1: the header names "id" more than once`},
		"open quote":       {"f.csv", "id,\"x\ny,z\n", Options{}, ":1:4: a quote is opened here and never closed"},
		"bad quote":        {"f.csv", "id,\"x\"y,z\n", Options{Delimiter: ","}, ":1:7: text follows a closing quote"},
		"wrong delimiter":  {"f.csv", "id;x\n", Options{Delimiter: ",", Expect: []string{"id"}}, `:1: the delimiter "," makes one column`},
		"no header":        {"f.csv", "1,2,3\n", Options{NoHeader: true, Columns: []string{"a"}}, ":1: the record has 3 cells, the feed names 1 columns"},
		"only skipped":     {"f.csv", "Report\n", Options{Skip: 1}, ": has no header after the skipped lines"},
		"array as NDJSON":  {"f.ndjson", "[{}]\n", Options{}, ":1:1: is a JSON array"},
		"text as NDJSON":   {"f.ndjson", "\nid,x\n", Options{}, ":2:1: the first record is not a JSON object"},
		"pretty NDJSON":    {"f.ndjson", "{\n \"a\": 1}\n", Options{}, ":1: the first line is not a whole JSON object"},
		"other NDJSON":     {"f.ndjson", "{\"order_ids\": 1}\n", Options{Expect: []string{"order_id"}}, `: no record has "order_id" (is it "order_ids"?)`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := inspect(t, c.file, c.text, c.opt)
			var r *Refusal
			if !errors.As(err, &r) || !strings.HasPrefix(err.Error(), c.file+c.want) {
				t.Errorf("got  %v\nwant %s%s", err, c.file, c.want)
			}
			if r != nil && r.Try == "" {
				t.Errorf("%v says nothing to try", err)
			}
		})
	}
}

func TestInspectNDJSONAndParquet(t *testing.T) {
	got, err := inspect(t, "f.jsonl", "\n{\"a\":1,\"b\":{\"x\":2}}\r\n{\"c\":3,\"a\":4}\nnot json\n", Options{})
	if err != nil || !slices.Equal(got.Columns, []string{"a", "b", "c"}) || got.Format != NDJSON || !got.Dialect.Single {
		t.Errorf("%+v %v", got, err)
	}
	got, err = inspect(t, "f.bin", "PAR1xxxxffff\x04\x00\x00\x00PAR1", Options{})
	if err != nil || got.Format != Parquet {
		t.Errorf("%+v %v", got, err)
	}
}

func TestInspectReadsTheHeadOnly(t *testing.T) {
	// A fault beyond the head is source's to find.
	text := "id,x\n" + strings.Repeat("1,abcdefgh\n", headBytes/11+10) + "2,\xff\n"
	if _, err := inspect(t, "f.csv", text, Options{}); err != nil {
		t.Error(err)
	}
	// A rune parted by the end of the head is no fault.
	for pad := range 4 {
		text := "id,x\n" + strings.Repeat("a", pad) + strings.Repeat("漢", headBytes/3+10)
		if _, err := inspect(t, "f.csv", text, Options{}); err != nil {
			t.Error(err)
		}
	}
	if _, err := inspect(t, "f.csv", "id,\"x"+strings.Repeat("y", headBytes+10), Options{Delimiter: ","}); err == nil {
		t.Error("a header of more than the head passes")
	}
}

func TestNearest(t *testing.T) {
	known := []string{"Order ID", "Tracking ID", "Created Time", "状态"}
	for in, want := range map[string]string{"order id": "Order ID", "OrderID": "Order ID", "Tracking_ID": "Tracking ID", "Createdtime": "Created Time", "xyz": "", "状態": "状态"} {
		if got := Nearest(in, known); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
