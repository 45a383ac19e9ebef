package source

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// examine looks at data in pieces of n bytes.
func examine(data []byte, n int) Text {
	e := newExaminer()
	for p := data; len(p) > 0; {
		k := min(n, len(p))
		e.write(p[:k])
		p = p[k:]
	}
	return e.finish()
}

func TestTextFindsTheFirstFault(t *testing.T) {
	for name, c := range map[string]struct {
		in           string
		valid        bool
		offset, line int64
	}{
		"plain":          {"a,b\n1,2\n", true, 0, 0},
		"empty":          {"", true, 0, 0},
		"two bytes":      {"é", true, 0, 0},
		"chinese":        {"订单,状态\n1,已发货\n", true, 0, 0},
		"four bytes":     {"😀😀\n😀", true, 0, 0},
		"latin-1":        {"a\nb\nS\xe3o Paulo\n", false, 5, 3},
		"GBK":            {"id\n\xd6\xd0\xce\xc4\n", false, 3, 2},
		"cut rune":       {"abc\nd\xe4\xb8", false, 5, 2},
		"rune then line": {"abc\xe4\n\n\n", false, 3, 1},
		"surrogate":      {"abcd\n\xed\xa0\x80", false, 5, 2},
		"overlong":       {"\xc0\x80abc", false, 0, 1},
		"lone trail":     {"abcde\n\x80", false, 6, 2},
	} {
		for n := 1; n <= 9; n++ {
			got := examine([]byte(c.in), n)
			if got.Valid != c.valid || got.Offset != c.offset || got.Line != c.line || got.Bytes != int64(len(c.in)) {
				t.Errorf("%s in pieces of %d: %+v", name, n, got)
			}
		}
	}
}

func TestTextKnowsMarksLinesAndNUL(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Text
	}{
		{"\xef\xbb\xbfa\r\nb\r\n", Text{Valid: true, Bytes: 9, BOM: "utf-8", LF: 2, CR: 2, NUL: -1}},
		{"\xff\xfea\x00\n\x00", Text{Bytes: 6, BOM: "utf-16le", LF: 1, NUL: 3, Line: 1}},
		{"\xfe\xff\x00a", Text{Bytes: 4, BOM: "utf-16be", NUL: 2, Line: 1}},
		{"a\rb\nc", Text{Valid: true, Bytes: 5, LF: 1, CR: 1, NUL: -1}},
		{"PAR1\xff\xff\xff", Text{Binary: true, NUL: -1}},
	} {
		for n := 1; n <= 5; n++ {
			if got := examine([]byte(c.in), n); got != c.want {
				t.Errorf("%q in pieces of %d: %+v, want %+v", c.in, n, got, c.want)
			}
		}
	}
	if !(Text{LF: 3, CR: 2}).MixedNewlines() || (Text{LF: 3, CR: 3}).MixedNewlines() || (Text{LF: 3}).MixedNewlines() {
		t.Error("mixed newlines are not told apart")
	}
}

func TestTextOfGzip(t *testing.T) {
	inside := []byte("\xef\xbb\xbfa\nb\xff\n" + strings.Repeat("x", 300<<10))
	z := zipped(t, inside)
	for _, n := range []int{1, 3, 1 << 20} {
		got := examine(z, n)
		if !got.Gzip || got.Valid || got.Offset != 6 || got.Line != 2 || got.BOM != "utf-8" || got.Bytes != int64(len(inside)) || got.Broken != nil {
			t.Errorf("pieces of %d: %+v", n, got)
		}
	}
	for name, broken := range map[string][]byte{"cut off": z[:len(z)-9], "header only": z[:5], "damaged": append(bytes.Clone(z[:40]), bytes.Repeat([]byte{7}, 2<<20)...)} {
		if got := examine(broken, 1<<20); got.Broken == nil || !got.Gzip {
			t.Errorf("%s: %+v", name, got)
		}
	}
	two := append(zipped(t, []byte("a\n")), zipped(t, []byte("b\n"))...)
	if got := examine(two, 7); got.Bytes != 4 || got.Broken != nil {
		t.Errorf("two members: %+v", got)
	}
	dir := t.TempDir()
	a, err := Archive(t.Context(), put(t, filepath.Join(dir, "a.csv.gz"), z), filepath.Join(dir, "raw"))
	if err != nil || a.UTF8.Offset != 6 || !a.UTF8.Gzip {
		t.Errorf("%+v %v", a, err)
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("a,b\n1,\xe4\xb8\xad\n"), 3)
	f.Add([]byte("\xef\xbb\xbf\xff\xfe\n\n\xc0"), 2)
	f.Add([]byte("\xf0\x9f\x98\x80\xf0\x9f"), 1)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		if n < 1 || bytes.HasPrefix(data, magicGzip) || bytes.HasPrefix(data, magicParquet) {
			return
		}
		got := examine(data, n)
		if got.Valid != utf8.Valid(data) || got.LF != int64(bytes.Count(data, []byte("\n"))) {
			t.Fatalf("%+v", got)
		}
		if at := firstFault(data); !got.Valid && (got.Offset != int64(at) || got.Line != 1+int64(bytes.Count(data[:at], []byte("\n")))) {
			t.Fatalf("%+v, first fault at %d", got, at)
		}
	})
}
