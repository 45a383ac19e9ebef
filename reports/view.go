package reports

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"strings"
	"time"
)

const (
	bundleFile   = "assets/echarts.min.js"
	templateFile = "page.html.tmpl"
)

// Files are the texts that a page is made of, a workspace's own laid over the
// built-in ones.
type Files struct {
	Pages   fs.FS // template, style, script, words, chart library: paths are those of FS
	Queries fs.FS // the folder queries, for the SQL that the page shows
}

// writer holds what each section of each page needs.
type writer struct {
	words  *words
	clock  clock
	files  Files
	charts []chart
}

// newWriter reads the words of the languages and the zone in which a page
// prints times; an empty zone is UTC.
func newWriter(files Files, languages []string, zone string) (*writer, error) {
	w, err := readWords(files.Pages, languages)
	if err != nil {
		return nil, err
	}
	if zone == "" {
		zone = "UTC"
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("page: zone %q: %w", zone, err)
	}
	return &writer{words: w, clock: clock{loc}, files: files}, nil
}

// view is a page as the template sees it.
type view struct {
	page
	Lang    string // zh or en: what shows without JavaScript
	LangTag string
	Langs   []string
	Titles  map[string]string
	Policy  string
	Style   template.CSS
	Script  template.JS
	Library template.JS
	Charts  template.JS
	Instant number
	Offset  string
	Zone    string
	SQL     []sqlText
}

// sqlText is a query that a door of the page leads to.
type sqlText struct{ Name, ID, Text string }

// html renders the page. Errors name the file at fault.
func (w *writer) html(p page) ([]byte, error) {
	v := view{page: p, Lang: w.words.langs[0], LangTag: languages[w.words.langs[0]], Langs: w.words.langs, Titles: w.titles(p),
		Instant: w.clock.minute(p.AsOf), Offset: w.clock.offset(p.AsOf), Zone: w.clock.loc.String()}
	var err error
	if v.SQL, err = w.queries(p); err != nil {
		return nil, err
	}
	if err := w.inline(&v); err != nil {
		return nil, err
	}
	source, err := fs.ReadFile(w.files.Pages, templateFile)
	if err != nil {
		return nil, fmt.Errorf("read reports/%s: %w", templateFile, err)
	}
	tmpl, err := template.New("reports/" + templateFile).Funcs(template.FuncMap{
		"say":    func(key string) template.HTML { return w.words.html(say(key)) },
		"put":    w.words.html,
		"titles": w.words.each,
		"count":  func(n *int64) number { return count(*n) },
		"shown":  shown,
		"plain":  func(p phrase) string { return w.words.plain(w.words.langs[0], p) },
		"sqlID":  sqlID,
		"linked": func(s string) bool { return strings.HasPrefix(s, "https://") },
		"in":     func(s section, b block) placed { return placed{Block: b, Section: s} },
	}).Parse(string(source))
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", p.Name, err)
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, v); err != nil {
		return nil, fmt.Errorf("page %s: %w", p.Name, err)
	}
	return out.Bytes(), w.words.err()
}

// titles are the window's title by language.
func (w *writer) titles(p page) map[string]string {
	out := map[string]string{}
	for _, lang := range w.words.langs {
		parts := []string{"waybill", w.words.plain(lang, p.Heading)}
		for _, s := range []string{string(p.Period), p.Shop, p.Workspace} {
			if s != "" {
				parts = append(parts, s)
			}
		}
		out[lang] = strings.Join(parts, " · ")
	}
	return out
}

// inline reads what stands inline and derives the policy from it.
func (w *writer) inline(v *view) error {
	style, err1 := inlineFile(w.files.Pages, "page.css")
	script, err2 := inlineFile(w.files.Pages, "page.js")
	scripts := []inline{script}
	var err3 error
	if len(w.charts) > 0 {
		var library inline
		library, err3 = inlineFile(w.files.Pages, bundleFile)
		scripts = append(scripts, library)
		v.Library = template.JS(library.text)
	}
	data, err4 := w.chartData()
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	v.Policy = contentPolicy(style, scripts...)
	v.Style = template.CSS(style.text)
	v.Script = template.JS(script.text)
	v.Charts = template.JS(data)
	return nil
}

// queries are the texts of the SQL files that the page's doors name, each once.
func (w *writer) queries(p page) ([]sqlText, error) {
	var names []string
	add := func(d *door) {
		if d != nil {
			names = append(names, d.Files...)
		}
	}
	for _, s := range p.Sections {
		for _, t := range s.tables() {
			add(t.Door)
			for _, r := range t.Rows {
				for _, c := range r.Cells {
					add(c.Door)
				}
			}
		}
	}
	slices.Sort(names)
	var out []sqlText
	for _, n := range slices.Compact(names) {
		b, err := fs.ReadFile(w.files.Queries, n)
		if err != nil {
			return nil, fmt.Errorf("page %s: read queries/%s: %w", p.Name, n, err)
		}
		out = append(out, sqlText{Name: "queries/" + n, ID: sqlID(n), Text: strings.ToValidUTF8(string(b), "\uFFFD")})
	}
	return out, nil
}

// queryFile is the name of a query below the folder queries, as a pack writes it.
func queryFile(formula string) string { return strings.TrimPrefix(formula, "queries/") }

// sqlID is where the text of a query stands in the page.
func sqlID(name string) string {
	return "sql-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(strings.TrimSuffix(name, ".sql")))
}

// placed is a block with the section that it stands in.
type placed struct {
	Block   block
	Section section
}

// shownRow and shownCell are a table's row and cell with what the page needs to
// know of their column.
type shownRow struct {
	row
	Cells []shownCell
}

type shownCell struct {
	cell
	column
	Star bool
	Sort string // empty: the browser takes the text
	Lang string
}

// shown are the rows and columns of a table that are in the page.
func shown(t *table) []shownRow {
	rows := t.Rows
	if t.Shown > 0 && len(rows) > t.Shown {
		rows = rows[:t.Shown]
	}
	out := make([]shownRow, 0, len(rows))
	for _, r := range rows {
		one := shownRow{row: r}
		for i, c := range r.Cells {
			if t.Columns[i].Only == inSheet {
				continue
			}
			s := shownCell{cell: c, column: t.Columns[i], Star: r.Small && t.Columns[i].Key}
			if t.Sortable {
				s.Sort = c.sortKey()
			}
			if s.Kind == kindEvent {
				s.Lang = scriptLanguage(c.Text.lit)
			}
			one.Cells = append(one.Cells, s)
		}
		out = append(out, one)
	}
	return out
}

// Heads are the columns that are in the page.
func (t *table) Heads() []column {
	var out []column
	for _, c := range t.Columns {
		if c.Only != inSheet {
			out = append(out, c)
		}
	}
	return out
}

// Helped are the columns that explain themselves.
func (t *table) Helped() []column {
	var out []column
	for _, c := range t.Heads() {
		if c.Help.Set() {
			out = append(out, c)
		}
	}
	return out
}

// Right says that the column's cells line up by their last digit.
func (k kind) Right() bool {
	switch k {
	case kindNumber, kindPercent, kindDays, kindChange, kindMoney, kindInstant, kindDate:
		return true
	}
	return false
}

// Right says the same of a column whose cells are texts of numbers, such as intervals.
func (c column) Right() bool { return c.Kind.Right() || slices.Contains(strings.Fields(c.Class), "n") }

// Style is the class of the column's cells.
func (c column) Style() string {
	var out []string
	switch {
	case c.Kind.Right():
		out = append(out, "n")
	case c.Kind == kindEvent:
		out = append(out, "event")
	case c.Kind == kindTag:
		out = append(out, "reason")
	}
	if c.Class != "" {
		out = append(out, c.Class)
	}
	return strings.Join(out, " ")
}

// CellStyle is Style with the cell's tone.
func (s shownCell) CellStyle() string {
	style := s.column.Style()
	if s.Tone == "" || s.Kind == kindTag {
		return style
	}
	return strings.TrimSpace(style + " " + s.Tone)
}

// Inner is the class of the text in the cell; empty: it needs none.
func (s shownCell) Inner() string {
	switch {
	case s.Soft:
		return "soft"
	case s.Hatch:
		return "open"
	case s.Kind == kindTag && s.Text.num == none:
		return "soft"
	case s.Kind == kindTag:
		return strings.TrimSpace("tag " + s.Tone)
	case s.Kind == kindCode:
		return "code clip"
	case s.Kind == kindText, s.Kind == kindEvent:
		return "clip"
	}
	return ""
}
