package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"sort"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/metric"
)

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

// withLibrary stands in for a bundle that was not built: the page's markup
// does not depend on what is in it. The browser test takes the real one.
func withLibrary(t *testing.T) fs.FS {
	t.Helper()
	if _, err := fs.Stat(FS, bundleFile); err == nil {
		return FS
	}
	return overlay{fstest.MapFS{bundleFile: {Data: []byte("var echarts={};")}}, FS}
}

func render(t *testing.T, w metric.Weekly) string {
	t.Helper()
	out, err := Weekly(w, withLibrary(t))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

var fixtures = map[string]func() metric.Weekly{
	"full": fixtureFull, "bare": fixtureBare, "odd": fixtureOdd, "quiet": fixtureQuiet, "empty": fixtureEmpty, "hostile": fixtureHostile,
}

func TestWeeklyIsStable(t *testing.T) {
	for name, make := range fixtures {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TZ", "Asia/Shanghai")
			first := render(t, make())
			if second := render(t, make()); first != second {
				t.Error("two renderings of the same input differ")
			}
			if size := len(first); size > 1_500_000 {
				t.Errorf("page has %d bytes, the limit is 1,500,000", size)
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

func TestWeeklyIsWellFormed(t *testing.T) {
	for name, make := range fixtures {
		t.Run(name, func(t *testing.T) {
			html := render(t, make())
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

func TestWeeklySaysTheVerdictFirst(t *testing.T) {
	text := tags.ReplaceAllString(markup(render(t, fixtureFull())), "")
	for _, want := range []string{
		"Pine &amp; Co · TikTok Shop US", "FAIL", "未达标",
		"On-time delivery (OTDR) 77.1% (478 of 620), target ≥ 80%",
		"准时送达率 OTDR 77.1%（478 / 620），要求 ≥ 80%",
		"2026-W46 (11-09 – 11-15)", "2026-11-16 08:00", "UTC−08:00", "the exports lack column cancel_reason",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	html := render(t, fixtureFull())
	if a, b := strings.Index(html, ">FAIL<"), strings.Index(html, `id="metrics"`); a < 0 || a > b {
		t.Error("the verdict does not come first")
	}
	if left := regexp.MustCompile(`\{[a-z0-9_]+\}`).FindString(text); left != "" {
		t.Errorf("the page shows the empty place %s", left)
	}
	bare := tags.ReplaceAllString(markup(render(t, fixtureBare())), "")
	if want := "The exports hold no deadline (column deliver_before_at)"; !strings.Contains(bare, want) {
		t.Errorf("the bare page does not say %q", want)
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// An open week has counts, and neither a rate nor a point in the chart.
func TestOpenWeeksHaveNoRate(t *testing.T) {
	w := fixtureFull()
	b := &builder{in: w, words: mustWords(t), clock: clock{}}
	rows := b.shops()[0].Weeks
	last := rows[len(rows)-1]
	if last.Rate != none || last.Mark != "○" || last.Num == "0" {
		t.Errorf("open week shows rate %q, mark %q, count %q", last.Rate, last.Mark, last.Num)
	}
	raw, err := json.Marshal(b.charts[0].options["en"]["series"])
	if err != nil {
		t.Fatal(err)
	}
	var series []struct {
		Name string
		Data []map[string]any
	}
	if err := json.Unmarshal(raw, &series); err != nil {
		t.Fatal(err)
	}
	data := series[0].Data
	for i, r := range rows {
		if _, has := data[i]["value"]; has == r.IsOpen {
			t.Errorf("week %s: open %v, point %v", r.Week, r.IsOpen, has)
		}
	}
	w.Week = fixtureWeek(1, metric.Open)
	for _, v := range (&builder{in: w, words: mustWords(t)}).verdicts() {
		if v.State != "none" || v.Mark != "○" {
			t.Errorf("%s has the verdict %s in an open week", v.Shop, v.State)
		}
	}
	row := (&builder{in: w, words: mustWords(t)}).metricRow(w.Metrics[0], w.Shops[0].Series[0])
	if !row.IsOpen || row.Rate != none || row.Delta.Set() {
		t.Errorf("open report week: %+v", row)
	}
}

func mustWords(t *testing.T) *words {
	t.Helper()
	w, err := readWords(FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestHostileTextStaysText(t *testing.T) {
	html := render(t, fixtureHostile())
	scripts := len(regexp.MustCompile(`<script`).FindAllString(stripLibrary(html), -1))
	if scripts != 3 {
		t.Errorf("%d script elements, want the page's own 3", scripts)
	}
	m := markup(html)
	for _, bad := range []string{"<img", `href="javascript:`, `onmouseover="`} {
		if strings.Contains(m, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	data := html[strings.Index(html, `id="chart-data">`)+len(`id="chart-data">`):]
	data = data[:strings.Index(data, "</script>")]
	var parsed []map[string]any
	if err := json.Unmarshal([]byte(data), &parsed); err != nil {
		t.Fatalf("chart data: %v", err)
	}
	if strings.ContainsAny(data, "<>") {
		t.Error("the chart data holds a bare < or >")
	}
}

// stripLibrary takes out the texts of the two scripts, which may well speak of
// script elements.
func stripLibrary(html string) string {
	return regexp.MustCompile(`(?s)<script>.*?</script>`).ReplaceAllString(html, "<script></x>")
}

func TestWordsAreComplete(t *testing.T) {
	used := map[string]bool{} // by a page in both languages, so one language has no key alone
	for name, make := range fixtures {
		_, w, err := weekly(make(), withLibrary(t))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for k := range w.used {
			used[k] = true
		}
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
			found := placeholder.FindAllString(v, -1)
			sort.Strings(found)
			marks[lang][k] = found
			if !used[k] && !ofPacks.MatchString(k) {
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

// ofPacks are words for what policy packs name; no fixture holds every pack.
var ofPacks = regexp.MustCompile(`^(metric\.(name|definition)|cohort|window)\.`)

func TestOverlayReplacesAFile(t *testing.T) {
	files := overlay{fstest.MapFS{"page.css": {Data: []byte("body{color:teal}\r\n")}}, withLibrary(t)}
	out, err := Weekly(fixtureBare(), files)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out, []byte("<style>body{color:teal}\n</style>")) {
		t.Error("the workspace's style sheet is not in the page")
	}
}

func TestErrorsNameTheFile(t *testing.T) {
	zh, err := fs.ReadFile(FS, "words/zh.yaml")
	if err != nil {
		t.Fatal(err)
	}
	without := bytes.Replace(zh, []byte("page.heading: 每周履约 KPI\n"), nil, 1)
	cases := []struct {
		name, file, text, want string
	}{
		{"word missing", "words/zh.yaml", string(without), "reports/words/zh.yaml: page.heading: missing"},
		{"words not yaml", "words/en.yaml", "a: [", "reports/words/en.yaml"},
		{"template", "weekly.html.tmpl", "{{if}}", "reports/weekly.html.tmpl:1"},
		{"script ends itself", "page.js", "var a;\nvar b='</script>'", "reports/page.js:2"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Weekly(fixtureBare(), overlay{fstest.MapFS{c.file: {Data: []byte(c.text)}}, withLibrary(t)})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	t.Run("no bundle", func(t *testing.T) {
		_, err := Weekly(fixtureFull(), noBundle{FS})
		if err == nil || !strings.Contains(err.Error(), "try: make reports/assets/echarts.min.js") {
			t.Errorf("error %v", err)
		}
		if _, err := Weekly(fixtureBare(), noBundle{FS}); err != nil {
			t.Errorf("a page without charts needs no library: %v", err)
		}
	})
	t.Run("zone", func(t *testing.T) {
		w := fixtureBare()
		w.Zone = "Nowhere/Land"
		if _, err := Weekly(w, FS); err == nil || !strings.Contains(err.Error(), "Nowhere/Land") {
			t.Errorf("error %v", err)
		}
	})
}

type noBundle struct{ fs.FS }

func (n noBundle) Open(name string) (fs.File, error) {
	if name == bundleFile {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return n.FS.Open(name)
}
