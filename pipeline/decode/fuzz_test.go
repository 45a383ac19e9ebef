package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzHeader: a header is read or refused, and a header that is read has as many
// names as cells, unique without regard to case.
func FuzzHeader(f *testing.F) {
	for _, s := range []string{"id,name\n1,a\n", "\"a\nb\";\"c\"\"d\"\r\n", "sep=;\na;A;a (2);;\n", "\n\n\"x", " \"a\" , b,\"c\" d\n", "a\tb|c;d,e\r", "\"\"\"\",\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h := head{name: "f.csv", text: text, whole: true}
		var tab Table
		err := inspectCSV(h, Options{Name: "f.csv"}, &tab)
		var r *Refusal
		if err != nil {
			if !errors.As(err, &r) {
				// `sep=` may name a delimiter that is none.
				if !strings.Contains(err.Error(), "delimiter") {
					t.Fatal(err)
				}
			}
			return
		}
		seen := map[string]bool{}
		for _, c := range tab.Columns {
			if c == "" || seen[strings.ToLower(c)] {
				t.Fatalf("columns %q", tab.Columns)
			}
			seen[strings.ToLower(c)] = true
		}
		if len(tab.Columns) == 0 || len(tab.Dialect.Delimiter) != 1 {
			t.Fatalf("%+v", tab)
		}
	})
}

// FuzzPath: what is read is written and read again as the same.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"$", "$[*].a[*]", `$['a\'b']["c"]`, "$.订单.x", "$[", "$.a..b", "$['']"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		steps, err := parsePath(path)
		if err != nil {
			return
		}
		again, err := parsePath(pathText(steps))
		if err != nil || pathText(again) != pathText(steps) || len(again) != len(steps) {
			t.Fatalf("%q became %q (%v)", path, pathText(steps), err)
		}
		for i := range steps {
			if steps[i] != again[i] {
				t.Fatalf("%q became %q", path, pathText(steps))
			}
		}
	})
}

// FuzzJSONRecords: our grammar is encoding/json's, and records are kept as they
// stand.
func FuzzJSONRecords(f *testing.F) {
	for _, s := range []string{`[{"a":1.50,"b":"\u00e9\n"},{"c":[true,null]}]`, `[]`, `[{"a":-0e+1}] `, `[{"a":01}]`, "[{\"a\":\"\n\"}]", `[{}`, `[{"\ud800":""},]`, `{"a":[{}]}`} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, text []byte, chunk int) {
		if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
			return
		}
		opt := Options{Name: "f.json", Records: "$[*]", MaxRecord: 1 << 20, MaxDepth: 100}
		var out bytes.Buffer
		_, n, err := records(t.Context(), pieces{bytes.NewReader(text), max(1, chunk%64)}, &out, []step{{all: true}}, opt)
		valid := json.Valid(text)
		if err == nil && !valid {
			t.Fatalf("read what is no JSON: %q", text)
		}
		if err != nil {
			if valid && strings.Contains(err.Error(), "is not JSON") {
				t.Fatalf("refused JSON: %v", err)
			}
			return
		}
		var elements []json.RawMessage
		if err := json.Unmarshal(text, &elements); err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		for _, e := range elements {
			if string(e) != "null" {
				if err := json.Compact(&want, e); err != nil {
					t.Fatal(err)
				}
				want.WriteByte('\n')
			}
		}
		if want.String() != out.String() || n != int64(bytes.Count(out.Bytes(), []byte{'\n'})) {
			t.Fatalf("%d records %q, want %q", n, out.String(), want.String())
		}
	})
}

// pieces gives at most n bytes at a time.
type pieces struct {
	r *bytes.Reader
	n int
}

func (p pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.n)]) }

// FuzzLocate: records by number and by offset are the same, in order, and the
// quick way over lines finds what the careful one does.
func FuzzLocate(f *testing.F) {
	for _, s := range []string{"id,x\n1,a\n2,\"b\nc\"\n", "\"i\nd\"\r\n\r\n1\r\n\"2\r\n", "a,b\n\n\n1,\"x\"\"y\"z,\"\n,\n", "a\nb\n\n\nc", "\xef\xbb\xbf\"\"\n\n"} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte, single bool) {
		if bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
			return
		}
		path := filepath.Join(dir, "f.csv")
		write(t, path, string(text))
		d := Dialect{Delimiter: ",", Quote: `"`, Escape: `"`, Header: true, Single: single}
		var numbers []int64
		for i := range int64(bytes.Count(text, []byte{'\n'}) + 2) {
			numbers = append(numbers, i+1)
		}
		all, err := Locate(t.Context(), path, d, numbers)
		if err != nil {
			t.Fatal(err)
		}
		var offsets, last []int64
		for i, p := range all {
			if p.Record == 0 {
				break
			}
			if p.Record != int64(i+1) || (i > 0 && (p.Line <= all[i-1].Line || p.Offset <= all[i-1].Offset)) {
				t.Fatalf("%+v", all)
			}
			offsets, last = append(offsets, p.Offset), []int64{p.Record}
		}
		byOffset, err := LocateBytes(t.Context(), path, d, offsets)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range byOffset {
			if p != all[i] {
				t.Fatalf("by offset %+v, by number %+v", p, all[i])
			}
		}
		// Asked for the last record alone, all before it may be passed over quickly.
		if len(last) == 1 {
			alone, err := Locate(t.Context(), path, d, last)
			if err != nil || alone[0] != all[last[0]-1] {
				t.Fatalf("alone %+v (%v), among all %+v", alone, err, all[last[0]-1])
			}
		}
	})
}
