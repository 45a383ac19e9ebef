package reports

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"strings"
	"time"

	"waybill/pipeline/metric"
)

const bundleFile = "assets/echarts.min.js"

// weeklyPage is the weekly page as its template sees it: texts that are ready to
// show, in the order of the page.
type weeklyPage struct {
	Lang    string // zh or en: what shows without JavaScript
	LangTag string
	Langs   []string
	Titles  map[string]string
	Policy  string
	Style   template.CSS
	Script  template.JS
	Library template.JS
	Charts  template.JS

	Workspace string
	AsOf      number
	Offset    string
	Zone      string
	Week      number
	WeekNote  phrase // why the week has no verdict, when it has none

	Verdicts []verdictView
	Shops    []shopView
	Actions  []actionView
	ActCount phrase
	Channels groupsView
	States   groupsView
	Legs     legsView
	Unmapped []metric.Unmapped
	Rejects  []metric.Reject
	Trust    trustView
}

// builder carries what each section needs.
type builder struct {
	in     metric.Weekly
	words  *words
	clock  clock
	charts []chart
}

// Weekly renders the weekly page. files is the workspace's reports folder laid
// over FS; paths are those of FS. The result is one HTML file that makes no
// request. Errors name the file at fault: a words key that is missing, a
// template that does not parse, a chart library that was not bundled.
func Weekly(in metric.Weekly, files fs.FS) ([]byte, error) {
	out, _, err := weekly(in, files)
	return out, err
}

func weekly(in metric.Weekly, files fs.FS) ([]byte, *words, error) {
	w, err := readWords(files, in.Languages)
	if err != nil {
		return nil, nil, err
	}
	zone := in.Zone
	if zone == "" {
		zone = "UTC"
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, nil, fmt.Errorf("weekly page: zone %q: %w", zone, err)
	}
	b := &builder{in: in, words: w, clock: clock{loc}}
	p := b.page(zone)
	if err := b.files(&p, files); err != nil {
		return nil, nil, err
	}
	source, err := fs.ReadFile(files, "weekly.html.tmpl")
	if err != nil {
		return nil, nil, fmt.Errorf("read reports/weekly.html.tmpl: %w", err)
	}
	tmpl, err := template.New("reports/weekly.html.tmpl").Funcs(template.FuncMap{
		"say":      func(key string, args ...any) template.HTML { return w.html(say(key, args...)) },
		"put":      w.html,
		"count":    count,
		"language": scriptLanguage,
	}).Parse(string(source))
	if err != nil {
		return nil, nil, fmt.Errorf("weekly page: %w", err)
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, p); err != nil {
		return nil, nil, fmt.Errorf("weekly page: %w", err)
	}
	return out.Bytes(), w, w.err()
}

func (b *builder) page(zone string) weeklyPage {
	in := b.in
	p := weeklyPage{
		Lang: b.words.langs[0], LangTag: languages[b.words.langs[0]], Langs: b.words.langs,
		Titles:    map[string]string{},
		Workspace: in.Workspace,
		AsOf:      b.clock.minute(in.AsOf), Offset: b.clock.offset(in.AsOf), Zone: zone,
		Week: weekLabel(in.Week),
	}
	for _, lang := range p.Langs {
		p.Titles[lang] = b.words.plain(lang, say("page.title", "week", string(p.Week), "workspace", in.Workspace))
	}
	switch in.Week.State {
	case metric.Open:
		p.WeekNote = say("week.note_open")
	case metric.Incomplete:
		p.WeekNote = say("week.note_incomplete")
	}
	p.Verdicts = b.verdicts()
	p.Actions, p.ActCount = b.actions()
	p.Shops = b.shops()
	p.Channels = b.channels()
	p.States = b.states()
	p.Legs = b.legs()
	p.Unmapped = in.Unmapped
	p.Rejects = in.Rejects
	p.Trust = b.trust()
	return p
}

// files reads what stands inline and derives the policy from it.
func (b *builder) files(p *weeklyPage, files fs.FS) error {
	style, err1 := inlineFile(files, "page.css")
	script, err2 := inlineFile(files, "page.js")
	scripts := []block{script}
	var err3 error
	if len(b.charts) > 0 {
		var library block
		library, err3 = inlineFile(files, bundleFile)
		scripts = append(scripts, library)
		p.Library = template.JS(library.text)
	}
	data, err4 := b.chartData()
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	p.Policy = contentPolicy(style, scripts...)
	p.Style = template.CSS(style.text)
	p.Script = template.JS(script.text)
	p.Charts = template.JS(data)
	return nil
}

// headline is the metric of the trend and of the first verdict line.
func (b *builder) headline() (metric.Metric, bool) {
	for _, m := range b.in.Metrics {
		if m.ID == "otdr" {
			return m, true
		}
	}
	if len(b.in.Metrics) > 0 {
		return b.in.Metrics[0], true
	}
	return metric.Metric{}, false
}

func (b *builder) metricName(id string) phrase { return b.words.term("metric.name", id) }

func seriesOf(s metric.Shop, id string) metric.Series {
	for _, one := range s.Series {
		if one.Metric == id {
			return one
		}
	}
	return metric.Series{Metric: id}
}

// pointAt is the series' point of a week and the index of it, or -1.
func pointAt(s metric.Series, week string) (metric.Point, int) {
	for i, p := range s.Points {
		if p.Week.ID == week {
			return p, i
		}
	}
	return metric.Point{}, -1
}

// judged says whether a point has a rate to show: a closed week with members.
func judged(p metric.Point) bool { return p.Week.State == metric.Closed && p.Den > 0 }

func higherIsBetter(m metric.Metric) bool { return m.Better != "lower" }

func shopTitle(s metric.Shop) string {
	name := s.Name
	if name == "" {
		name = s.ID
	}
	if s.Platform == "" || strings.EqualFold(s.Platform, name) {
		return name
	}
	return name + " · " + s.Platform
}
