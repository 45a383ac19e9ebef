package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

func TestPagesAreStable(t *testing.T) {
	cases := pageCases()
	maps.Copy(cases, ratePages(t))
	for name, build := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TZ", "Asia/Shanghai")
			first, second := made(t, build), made(t, build)
			if !bytes.Equal(first.HTML, second.HTML) {
				t.Error("two pages of the same input differ")
			}
			if !bytes.Equal(first.XLSX, second.XLSX) {
				t.Error("two workbooks of the same input differ")
			}
			if size := len(first.HTML); size > 3_000_000 {
				t.Errorf("page has %d bytes, the limit is 3,000,000", size)
			}
		})
	}
}

var (
	inlineScript = regexp.MustCompile(`(?s)<(script|style)([^>]*)>.*?</(script|style)>`)
	voidElement  = regexp.MustCompile(`<(meta|link|input|br)\b([^>]*?)/?>`)
)

// markup is the page without the text of its scripts and styles, as XML.
func markup(html string) string {
	s := strings.Replace(html, "<!DOCTYPE html>", "", 1)
	s = inlineScript.ReplaceAllString(s, "<$1$2></$1>")
	s = voidElement.ReplaceAllString(s, "<$1$2/>")
	for _, attr := range []string{"hidden", "data-sortable", "open"} {
		s = regexp.MustCompile(`(<[a-z][^<>]*?) `+attr+`([ >])`).ReplaceAllString(s, `$1 `+attr+`=""$2`)
	}
	return s
}

func TestPagesAreWellFormed(t *testing.T) {
	cases := pageCases()
	maps.Copy(cases, ratePages(t))
	for name, build := range cases {
		t.Run(name, func(t *testing.T) {
			html := string(made(t, build).HTML)
			ids := map[string]bool{}
			refs := map[string]bool{}
			d := xml.NewDecoder(strings.NewReader(markup(html)))
			d.Entity = xml.HTMLEntity
			for {
				tok, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				el, ok := tok.(xml.StartElement)
				if !ok {
					continue
				}
				for _, a := range el.Attr {
					switch key := a.Name.Local; {
					case key == "id" && ids[a.Value]:
						t.Errorf("id %q stands twice", a.Value)
					case key == "id":
						ids[a.Value] = true
					case key == "aria-labelledby", key == "for", key == "data-find":
						refs[a.Value] = true
					case key == "href" && strings.HasPrefix(a.Value, "#"):
						refs[a.Value[1:]] = true
					case key == "style", strings.HasPrefix(key, "on"):
						t.Errorf("<%s> has %s=%q, which the policy refuses", el.Name.Local, key, a.Value)
					case key == "src":
						t.Errorf("<%s> loads %q", el.Name.Local, a.Value)
					}
				}
			}
			for r := range refs {
				if !ids[r] {
					t.Errorf("nothing has the id %q", r)
				}
			}
		})
	}
}

func TestWordsAreComplete(t *testing.T) {
	used := map[string]bool{} // by a page in both languages, so one language has no key alone
	for _, build := range pageCases() {
		for k := range made(t, build).used {
			used[k] = true
		}
	}
	for _, k := range disputeWords(t) {
		used[k] = true
	}
	for _, k := range rateWords(t) {
		used[k] = true
	}
	sets := map[string][]string{}
	marks := map[string]map[string][]string{}
	for _, lang := range []string{"zh", "en"} {
		raw, err := fs.ReadFile(FS, "words/"+lang+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		table := map[string]string{}
		if err := yaml.Unmarshal(raw, &table); err != nil {
			t.Fatal(err)
		}
		marks[lang] = map[string][]string{}
		for k, v := range table {
			sets[lang] = append(sets[lang], k)
			if strings.TrimSpace(v) == "" {
				t.Errorf("%s: %s is empty", lang, k)
			}
			found := []string{}
			for _, m := range placeholder.FindAllStringSubmatch(v, -1) {
				if !strings.Contains(m[0], "|") {
					found = append(found, m[1])
				}
			}
			sort.Strings(found)
			marks[lang][k] = found
			if !used[k] {
				t.Errorf("%s: no page uses %s", lang, k)
			}
		}
		sort.Strings(sets[lang])
	}
	if diff := cmp.Diff(sets["zh"], sets["en"]); diff != "" {
		t.Errorf("keys of zh and en differ:\n%s", diff)
	}
	if diff := cmp.Diff(marks["zh"], marks["en"]); diff != "" {
		t.Errorf("arguments of zh and en differ:\n%s", diff)
	}
}
