package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

func TestSpool(t *testing.T) {
	s := newSpool(t.TempDir(), 2, 3)
	defer s.close()
	var all []byte
	check := func(offset, n int) {
		t.Helper()
		got, err := s.read([]byte("x"), int64(offset), n)
		if err != nil || string(got) != "x"+string(all[offset:offset+n]) {
			t.Fatalf("%d bytes at %d of %d: %v", n, offset, len(all), err)
		}
	}
	for i := 0; len(all) < 9*pageBytes; i++ {
		piece := bytes.Repeat([]byte{byte(i)}, 1+i*977%40_000)
		if err := s.append(piece); err != nil {
			t.Fatal(err)
		}
		all = append(all, piece...)
		check(len(all)-len(piece), len(piece))
		check(len(all)/3, len(all)/5)
	}
	for at := 0; at+100_000 < len(all); at += 61_000 {
		check(at, 100_000)
	}
	for _, bad := range [][2]int{{len(all), 1}, {-1, 1}, {len(all) - 1, 2}} {
		if _, err := s.read(nil, int64(bad[0]), bad[1]); err == nil {
			t.Errorf("%v was read", bad)
		}
	}
	if s.file == nil {
		t.Error("nothing was spilled")
	}
}

// TestScannerAcrossReads: where a read ends does not matter.
func TestScannerAcrossReads(t *testing.T) {
	const text = "\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><!-- a --><a:b c='>' d = \"e&amp;f\"><g/>t&lt;x<![CDATA[]]&]]></a:b >"
	sc := newScanner(iotest.OneByteReader(strings.NewReader(text)))
	var got strings.Builder
	for {
		kind, err := sc.next()
		if err != nil {
			t.Fatal(err)
		}
		switch kind {
		case tokenEOF:
			if want := "b[e&f]g/t&lt;x]]&amp;.b"; got.String() != want {
				t.Errorf("got %q, want %q", got.String(), want)
			}
			return
		case tokenStart:
			d, err := sc.attr("d")
			if err != nil {
				t.Fatal(err)
			}
			got.Write(sc.name)
			if d != "" {
				got.WriteString("[" + d + "]")
			}
			if sc.empty {
				got.WriteByte('/')
			}
		case tokenEnd:
			got.WriteString("." + string(sc.name))
		case tokenText:
			got.Write(sc.appendText(nil))
		}
	}
}

// large writes a workbook of rows × cols cells of shared strings, each its own.
func large(t testing.TB, rows, cols int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "large.xlsx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	empty := made{names: []string{"Orders"}}.bytes(t)
	z := zip.NewWriter(f)
	from, err := zip.NewReader(bytes.NewReader(empty), int64(len(empty)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range from.File {
		if err := z.Copy(p); err != nil {
			t.Fatal(err)
		}
	}
	part := func(name string, write func(*bufio.Writer)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		b := bufio.NewWriter(w)
		write(b)
		if err := b.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	part("xl/worksheets/sheet0.xml", func(w *bufio.Writer) {
		w.WriteString("<worksheet><sheetData>")
		for r := range rows {
			fmt.Fprintf(w, `<row r="%d">`, r+1)
			for c := range cols {
				fmt.Fprintf(w, `<c t="s"><v>%d</v></c>`, r*cols+c)
			}
			w.WriteString("</row>")
		}
		w.WriteString("</sheetData></worksheet>")
	})
	part("xl/sharedStrings.xml", func(w *bufio.Writer) {
		w.WriteString("<sst>")
		for i := range rows * cols {
			fmt.Fprintf(w, `<si><t>value number %d</t></si>`, i)
		}
		w.WriteString("</sst>")
	})
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the large workbook is not converted")
	}
	path := large(t, 100_000, 20)
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	ctx := &sampled{Context: t.Context()}
	r, err := Convert(ctx, path, Options{TempDir: t.TempDir()})
	if err != nil || r.Records != 99_999 || len(r.Columns) != 20 {
		t.Fatalf("%+v, %v", r, err)
	}
	// 2 million shared strings are 44 MB of text and 16 MB of index.
	if grown := int64(ctx.most) - int64(before.HeapAlloc); grown > 200<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	if ctx.n < 100 {
		t.Errorf("the context was asked %d times only", ctx.n)
	}
	f, err := os.Open(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var last []string
	in := csv.NewReader(f)
	in.ReuseRecord = true
	for {
		record, err := in.Read()
		if err != nil {
			break
		}
		last = record
	}
	if last[19] != "value number 1999999" {
		t.Errorf("the last record is %q", last)
	}
}

// sampled looks at the heap whenever the context is asked.
type sampled struct {
	context.Context
	n    int
	most uint64
}

func (s *sampled) Err() error {
	if s.n++; s.n%50 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		s.most = max(s.most, m.HeapAlloc)
	}
	return s.Context.Err()
}

// stopping is cancelled after it was asked some times.
type stopping struct {
	context.Context
	left int
}

func (s *stopping) Err() error {
	if s.left--; s.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestCancelledMidway(t *testing.T) {
	path := large(t, 3000, 20)
	dir := t.TempDir()
	for _, left := range []int{0, 5, 12, 20} {
		if _, err := Convert(&stopping{t.Context(), left}, path, Options{TempDir: dir}); !errors.Is(err, context.Canceled) {
			t.Errorf("after %d: %v", left, err)
		}
		if files, _ := os.ReadDir(dir); len(files) != 0 {
			t.Errorf("%d files are left", len(files))
		}
	}
}

func TestZipBomb(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	base := made{names: []string{"Orders"}}.bytes(t)
	from, err := zip.NewReader(bytes.NewReader(base), int64(len(base)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range from.File {
		if err := z.Copy(p); err != nil {
			t.Fatal(err)
		}
	}
	w, err := z.Create("xl/worksheets/sheet0.xml")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, "<worksheet><sheetData>")
	row := bytes.Repeat([]byte("<row/>"), 1<<16)
	for range 400 {
		if _, err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprint(w, "</sheetData></worksheet>")
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if r := refused(t, file(t, "bomb.xlsx", b.Bytes()), Options{}); !strings.Contains(r.Reason, "200 times") {
		t.Error(r)
	}
}
