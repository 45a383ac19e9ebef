package feed_test

import (
	"strings"
	"testing"

	"waybill/pipeline/feed"
)

// FuzzParse: no text breaks the parser, every mistake has a place, and what it
// accepts compiles or says why not.
func FuzzParse(f *testing.F) {
	tables := contracts(f)
	for _, s := range []string{template, "feed: f\nuse: p\nset: {unit: USD}\nsource: {folder: x, files: ['*']}\n",
		"feed: f\nsource: {folder: x, files: ['*']}\nformat: json\n" + scans, "feed: f\nsource: {folder: x, files: ['*']}\nformat: csv\n" + orders,
		"feed: f\nsource: {folder: x, files: ['*']}\nformat: csv\n" + bill("{columns: [T, '~A~'], except: [x]}", ""), "feed: f\nsource: {folder: x, files: ['*']}\n" + bill("{pairs: {name: T, amount: A}}", ""),
		"feed: f\nfixed: !!name: a", "feed: [", "", "- a", "feed: &a {x: *a}", "feed: f\nfixed: [{name: a, start: 1, width: 2}]\nformat: fixed\ntrim: true\n"} {
		f.Add(s)
	}
	in := feed.Input{Columns: []string{"Order ID", "T", "A"}, Relation: "x"}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 10_000 {
			t.Skip()
		}
		check := func(m *feed.Feed, err error) {
			if err != nil {
				// what is wrong may quote the text with its line ends
				if first, _, _ := strings.Cut(err.Error(), "\n"); !placed.MatchString(first) {
					t.Errorf("without a place: %q", err)
				}
				return
			}
			for _, o := range m.Outputs {
				for _, input := range []feed.Input{in, {JSON: true, Relation: "x"}} {
					if p, err := m.Compile(o, tables[o.Table], input); err == nil && p.Select == "" {
						t.Error("no query and no mistake")
					}
				}
			}
		}
		check(feed.ParseWith("feeds/f.yaml", []byte(text), tables, templates(text)))
		check(feed.ParseWith("feeds/f.yaml", []byte(text), tables, templates(template)))
		check(feed.ParseTemplate("data/feeds/p.yaml", []byte(text), tables))
	})
}
