package reports

import (
	"io/fs"
	"maps"
	"testing"
	"testing/fstest"

	"waybill/queries"
)

// pageCases are the pages that each general test of this package visits: add a
// page by a map of its own here. One of its fixtures is called full: the slow
// tests of the browser visit that one only.
func pageCases() map[string]func(Files) (Report, error) {
	all := map[string]func(Files) (Report, error){}
	for _, some := range []map[string]func(Files) (Report, error){
		casesOf("weekly", Weekly, weeklyFixtures),
		casesOf("quality", Quality, qualityFixtures),
		casesOf("channels", Channels, channelsFixtures),
		casesOf("index", Index, indexFixtures),
		casesOf("transit", Transit, transitFixtures),
		casesOf("case", Case, caseFixtures),
		casesOf("leakage", Leakage, leakageFixtures),
		casesOf("bill", Bill, billFixtures),
	} {
		maps.Copy(all, some)
	}
	return all
}

// casesOf makes a case of each input of one page.
func casesOf[T any](page string, build func(T, Files) (Report, error), inputs map[string]func() T) map[string]func(Files) (Report, error) {
	out := map[string]func(Files) (Report, error){}
	for name, in := range inputs {
		out[page+" "+name] = func(f Files) (Report, error) { return build(in(), f) }
	}
	return out
}

// overlay lays one file over the built-in ones.
type overlay struct {
	top  fstest.MapFS
	base fs.FS
}

func (o overlay) Open(name string) (fs.File, error) {
	if f, err := o.top.Open(name); err == nil {
		return f, nil
	}
	return o.base.Open(name)
}

func (f Files) with(name, text string) Files {
	f.Pages = overlay{fstest.MapFS{name: {Data: []byte(text)}}, f.Pages}
	return f
}

// testFiles stands in for a bundle that was not built: the page's markup does
// not depend on what is in it. The browser test takes the real one.
func testFiles() Files {
	f := Files{Pages: FS, Queries: queries.FS}
	if _, err := fs.Stat(FS, bundleFile); err != nil {
		f = f.with(bundleFile, "var echarts={};")
	}
	return f
}

func made(t *testing.T, build func(Files) (Report, error)) Report {
	t.Helper()
	r, err := build(testFiles())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func testWriter(t *testing.T) *writer {
	t.Helper()
	w, err := newWriter(testFiles(), nil, "")
	if err != nil {
		t.Fatal(err)
	}
	return w
}
