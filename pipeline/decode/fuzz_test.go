package decode

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzInspect: a file is read or refused, whatever it is. A CSV file that is read
// has names that are unique without regard to case, among them the wanted ones,
// and quotes that are closed.
func FuzzInspect(f *testing.F) {
	for _, s := range []string{"id,name\n1,a\n", "\"a\nb\";\"c\"\"d\"\r\n", "sep=;\na;A;a (2);;\n", "\n\n\"x", " \"a\" , b,\"c\" d\n", "a\tb|c;d,e\r", "\"\"\"\",\n",
		"Bill\n\"July\n2026\"\nid;x\n1;2\n", "Bill\r\n\rid,ID\n", "{\"code\":1,\"message\":\"x\"}", "<a>", "PK\x03\x04", "\x1f\x8b", "\xff\xfe", "[{\"id\":1}]"} {
		f.Add([]byte(s), "id", 0, false)
		f.Add([]byte(s), "", 1, true)
	}
	dir := f.TempDir()
	f.Add([]byte(" 2\", "), " ", 0, false)
	f.Add([]byte("title\n\na;b;x\n1;2;3\n"), "a", 0, false)
	f.Fuzz(func(t *testing.T, text []byte, expect string, skip int, noHeader bool) {
		path := filepath.Join(dir, "f.csv")
		write(t, path, string(text))
		opt := Options{TempDir: dir, Skip: max(0, skip%8), NoHeader: noHeader}
		if noHeader {
			opt.Columns = []string{"a", "b"}
		} else if expect != "" {
			opt.ExpectAny = [][]string{{expect, "x"}}
		}
		if n := HeaderBelow(text, []string{"a", "b", "x", expect}); n < 0 || n > 0 && n > bytes.Count(text, []byte("\n")) {
			t.Fatalf("%d lines above the header", n)
		}
		tab, err := Inspect(t.Context(), path, opt)
		if err != nil {
			var r *Refusal
			// `sep=` may name a delimiter that is none.
			if !errors.As(err, &r) && !strings.Contains(err.Error(), "delimiter") {
				t.Fatal(err)
			}
			return
		}
		if tab.Format != CSV {
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
		if !noHeader && hits(folds(tab.Columns), opt.wants()) != len(opt.wants()) {
			t.Fatalf("%q is not among %q", expect, tab.Columns)
		}
		if err := Check(t.Context(), path, "f.csv", tab.Dialect); err != nil {
			t.Fatalf("read, but %v", err)
		}
		if _, err := Locate(t.Context(), path, tab.Dialect, []int64{1, 9}); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzFixed: every line becomes a line, and no letter is lost.
func FuzzFixed(f *testing.F) {
	for _, s := range []string{"0001abc\n", "\n 12\r\n漢字漢字漢字漢字", "\"a,\n", "\xef\xbb\xbfa\tb\n\u3000x", "a\rb\n", "\xff", "0\"\v"} {
		f.Add([]byte(s), 3, 2)
	}
	f.Fuzz(func(t *testing.T, text []byte, first, second int) {
		fields := []Field{{Name: "a", Width: 1 + max(0, first%9)}, {Name: "b", Width: 1 + max(0, second%9)}}
		places, end, err := spans("f.txt", fields)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		x := fixed{name: "f.txt", places: places, end: end}
		if err := x.copy(t.Context(), bytes.NewReader(text), w); err != nil {
			var r *Refusal
			if !errors.As(err, &r) {
				t.Fatal(err)
			}
			return
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		// The reader below trims cells, of all white space.
		letters := func(s string) string { return strings.Join(strings.Fields(s), "") }
		in := strings.SplitAfter(strings.TrimPrefix(string(text), "\ufeff"), "\n")
		s := splitter{delim: ',', quote: '"', escape: '"'}
		records := int64(0)
		for at := 0; at < out.Len(); in = in[1:] {
			r, no := s.first(out.Bytes(), at, true)
			if no != nil || len(in) == 0 {
				t.Fatalf("%q became %q (%v)", text, out.String(), no)
			}
			at += r.size
			if got := strings.Join(r.cells, ""); letters(got) != letters(in[0]) {
				t.Fatalf("%q became %q", in[0], r.cells)
			}
			if len(r.cells) > 1 {
				records++
			}
		}
		if records != x.records || strings.Join(in, "") != "" {
			t.Fatalf("%d records, counted %d, left %q", records, x.records, in)
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

// FuzzJSON: our grammar is encoding/json's, and records are kept as they
// stand.
func FuzzJSON(f *testing.F) {
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
		skip := len(text) % 3
		if bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
			return
		}
		path := filepath.Join(dir, "f.csv")
		write(t, path, string(text))
		d := Dialect{Delimiter: ",", Quote: `"`, Escape: `"`, Header: true, Skip: skip, Single: single}
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
		// Check sees an open quote where line after line does.
		open := false
		for _, line := range bytes.SplitAfter(text, []byte{'\n'}) {
			line = bytes.TrimSuffix(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), []byte{'\n'})
			open = d.splitter().staysOpen(bytes.TrimSuffix(line, []byte{'\r'}), open)
		}
		if bytes.Count(text, []byte("\xef\xbb\xbf")) == 0 && bytes.IndexByte(text, 0) < 0 {
			if err := Check(t.Context(), path, "f.csv", d); (err != nil) != open {
				t.Fatalf("open is %v, Check says %v", open, err)
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
