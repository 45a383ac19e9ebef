package run_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"waybill/data"
	"waybill/pipeline/contract"
	"waybill/pipeline/decode/charset"
)

const templateSamples = "../../data/feeds/testdata"

// dropped is a sample of a template as a feed of its own gets it: as it is, in
// another encoding, or as a workbook.
type dropped struct {
	template, variant, form string
	name                    string // of the feed
	file                    string
	keys                    map[string]any // of the feed, beside those that all have
	bytes                   []byte
}

// formsOf are the forms of a sample; skipped says why one is left out.
func formsOf(t *testing.T, template, path string) (list []dropped, skipped []string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	stem, ext, _ := strings.Cut(filepath.Base(path), ".")
	variant := strings.TrimPrefix(stem, "sample")
	var keys map[string]any
	for _, name := range []string{"set" + variant + ".yaml", "set.yaml"} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = yaml.Unmarshal(text, &keys)
		}
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	add := func(form, file string, text []byte, more map[string]any) {
		all := maps.Clone(keys)
		if all == nil {
			all = map[string]any{}
		}
		maps.Copy(all, more)
		list = append(list, dropped{template: template, variant: variant, form: form, file: file, keys: all, bytes: text,
			name: "f_" + template + variant + "_" + form})
	}
	add("plain", filepath.Base(path), b, nil)
	if ext != "csv" && ext != "tsv" && ext != "txt" {
		return list, nil
	}
	skip := func(form, why string) { skipped = append(skipped, form+": "+why) }
	text := b
	if !utf8.Valid(b) {
		g := charset.Detect(b, true)
		var out strings.Builder
		if err := charset.Convert(t.Context(), &out, strings.NewReader(string(b)), g.Encoding); err != nil {
			t.Fatal(err)
		}
		text = []byte(out.String())
	}
	text = []byte(strings.TrimPrefix(string(text), "\ufeff"))
	gb, err := encoded("gb18030", text)
	if err != nil {
		skip("gb18030", err.Error())
	} else {
		add("declared", filepath.Base(path), gb, map[string]any{"encoding": "gb18030"})
		switch g := charset.Detect(gb, true); {
		case utf8.Valid(gb):
			skip("detected", "the sample is ASCII")
		case g.Encoding != "gb18030" || g.Confidence < 0.8:
			skip("detected", fmt.Sprintf("may be %s (%.0f %% sure)", g.Encoding, 100*g.Confidence))
		default:
			add("detected", filepath.Base(path), gb, map[string]any{"encoding": "auto"})
		}
	}
	rows, err := cellsOf(template, string(text))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if headerless(t, template) {
		skip("xlsx", "the export has no header")
		return list, skipped
	}
	book, err := workbook(rows, false, "")
	if err != nil {
		t.Fatal(err)
	}
	add("xlsx", stem+".xlsx", book, map[string]any{"format": []string{"csv", "xlsx"}})
	return list, skipped
}

// headerless says that a template gives the names of the columns itself.
func headerless(t *testing.T, template string) bool {
	t.Helper()
	b, err := data.FS.ReadFile("feeds/" + template + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		CSV struct{ Columns []string }
	}
	if err := yaml.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	return len(f.CSV.Columns) > 0
}

// cellsOf splits a sample as its template says. Blank lines stay rows.
func cellsOf(template, text string) ([][]string, error) {
	b, err := data.FS.ReadFile("feeds/" + template + ".yaml")
	if err != nil {
		return nil, err
	}
	var f struct {
		CSV struct{ Delimiter, Quote string }
	}
	if err := yaml.Unmarshal(b, &f); err != nil {
		return nil, err
	}
	comma := ','
	if f.CSV.Delimiter == "tab" {
		comma = '\t'
	}
	if f.CSV.Quote == "none" {
		var rows [][]string
		for line := range strings.Lines(text) {
			rows = append(rows, strings.Split(strings.TrimRight(line, "\r\n"), string(comma)))
		}
		return rows, nil
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
	return r.ReadAll()
}

// TestTemplatesEndToEnd loads the samples of all templates through feeds that
// use them. What is stored is what the expected files beside the samples say,
// whatever the encoding and whether it is a text or a workbook.
func TestTemplatesEndToEnd(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(templateSamples, "*", "sample*.*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples (%v)", err)
	}
	s := space{t, t.TempDir()}
	s.write("waybill.yaml", "workspace: templates\nzone: America/Los_Angeles\nlimits: {memory: 512MB, threads: 2}\n")
	var all []dropped
	for _, p := range paths {
		list, skipped := formsOf(t, filepath.Base(filepath.Dir(p)), p)
		for _, why := range skipped {
			t.Logf("%s is not read as %s", p, why)
		}
		all = append(all, list...)
	}
	for _, d := range all {
		keys := map[string]any{"feed": d.name, "use": d.template, "threshold": 1,
			"source": map[string]any{"folder": "inbox/" + d.name, "files": []string{"*"}}}
		maps.Copy(keys, d.keys)
		b, err := yaml.Marshal(keys)
		if err != nil {
			t.Fatal(err)
		}
		s.write("feeds/"+d.name+".yaml", string(b))
		s.write("inbox/"+d.name+"/"+d.file, string(d.bytes))
	}
	if code, out, errs := s.try("ingest"); code != 0 {
		t.Errorf("ingest: exit %d\n%s%s", code, out, errs)
	}
	stored := s.storedRows(t)
	for _, d := range all {
		t.Run(strings.TrimPrefix(d.name, "f_"), func(t *testing.T) { d.compare(t, stored) })
	}
}

// row is a record by column; an empty cell is left out.
type row map[string]string

func (r row) text(columns []string) string {
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c + "=" + r[c]
	}
	return strings.Join(cells, " | ")
}

// storedRows are the rows of all input tables and of the rejects, by feed and table.
func (s space) storedRows(t *testing.T) map[[2]string][]row {
	t.Helper()
	out := map[[2]string][]row{}
	for _, table := range contracts(s) {
		if table.Kind != contract.Observation && table.Kind != contract.Event && table.Kind != contract.RejectKind {
			continue
		}
		var cols []string
		for _, c := range table.Stored() {
			name := `"` + c.Name + `"`
			if c.Type == "timestamptz" {
				name = fmt.Sprintf("regexp_replace(strftime(timezone('UTC', %s), '%%Y-%%m-%%d %%H:%%M:%%S.%%g'), '\\.000$', '') || 'Z' as %s", name, name)
			} else {
				name = fmt.Sprintf("cast(%s as varchar) as %s", name, name)
			}
			cols = append(cols, name)
		}
		r := csv.NewReader(strings.NewReader(s.sql("select " + strings.Join(cols, ", ") + " from " + table.Name)))
		list, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, cells := range list[1:] {
			x := row{}
			for i, c := range cells {
				if c != "" {
					x[list[0][i]] = c
				}
			}
			out[[2]string{x["feed"], table.Name}] = append(out[[2]string{x["feed"], table.Name}], x)
		}
	}
	return out
}

// compare holds what is stored of a dropped file against the expected files.
// Equal rows are one: a record that says nothing new is not stored.
func (d dropped) compare(t *testing.T, stored map[[2]string][]row) {
	b, err := data.FS.ReadFile("feeds/" + d.template + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Outputs []struct{ Name, Table string }
	}
	if err := yaml.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	want, columns := map[string][]row{}, map[string][]string{}
	for _, o := range f.Outputs {
		rows, header := goldenRows(t, filepath.Join(templateSamples, d.template, o.Name+d.variant+".csv"))
		want[o.Table] = append(want[o.Table], rows...)
		columns[o.Table] = append(columns[o.Table], header...)
	}
	for table, rows := range want {
		cols := slices.DeleteFunc(columns[table], func(c string) bool { return c == "record" })
		slices.Sort(cols)
		sameRows(t, table, slices.Compact(cols), rows, stored[[2]string{d.name, table}])
	}
	rejects := []row{}
	if _, err := os.Stat(filepath.Join(templateSamples, d.template, "rejects"+d.variant+".csv")); err == nil {
		rejects, _ = goldenRows(t, filepath.Join(templateSamples, d.template, "rejects"+d.variant+".csv"))
	}
	var got []row
	for _, r := range stored[[2]string{d.name, "rejects"}] {
		x := row{"output": r["output"], "record": r["record_no"], "value": r["value"]}
		x["column"], _, _ = strings.Cut(r["column_name"], " (")
		if r["reason"] == "nothing identifies the record" {
			x["column"] = ""
		}
		got = append(got, x)
	}
	cols := []string{"output", "column", "value"}
	if d.form != "xlsx" { // a sheet has no blank records
		cols = append(cols, "record")
	}
	sameRows(t, "rejects", cols, rejects, got)
}

func goldenRows(t *testing.T, path string) ([]row, []string) {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	list, err := csv.NewReader(in).ReadAll()
	if err != nil || len(list) == 0 {
		t.Fatalf("%s: %v", path, err)
	}
	var out []row
	for _, cells := range list[1:] {
		x := row{}
		for i, c := range cells {
			x[list[0][i]] = c
		}
		out = append(out, x)
	}
	return out, list[0]
}

func sameRows(t *testing.T, table string, columns []string, want, got []row) {
	t.Helper()
	texts := func(list []row) []string {
		var out []string
		for _, r := range list {
			out = append(out, r.text(columns))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	w, g := texts(want), texts(got)
	for _, x := range w {
		if !slices.Contains(g, x) {
			t.Errorf("%s: is not stored: %s", table, x)
		}
	}
	for _, x := range g {
		if !slices.Contains(w, x) {
			t.Errorf("%s: is stored and not expected: %s", table, x)
		}
	}
}
