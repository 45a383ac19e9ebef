package feed_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"waybill/pipeline/decode"
	"waybill/pipeline/decode/charset"
	"waybill/pipeline/decode/sheet"
	"waybill/pipeline/engine"
	"waybill/pipeline/engine/duckdb"
	"waybill/pipeline/feed"
)

var update = flag.Bool("update", false, "write the expected files of data/feeds/testdata anew")

const templateFolder = "../../data/feeds"

// shipped reads every template of data/feeds by its name.
func shipped(t testing.TB) map[string]*feed.Feed {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(templateFolder, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates in %s: %v", templateFolder, err)
	}
	out := map[string]*feed.Feed{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := feed.ParseTemplate("data/feeds/"+filepath.Base(file), b, contracts(t))
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		out[f.Name] = f
	}
	return out
}

// sample is one made-up file of a template. Its variant is what stands behind
// `sample` in the name of the file: sample_old.csv has the expected files
// orders_old.csv, rejects_old.csv.
type sample struct{ path, variant string }

func samples(t testing.TB, name string) []sample {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(templateFolder, "testdata", name, "sample*.*"))
	if err != nil {
		t.Fatal(err)
	}
	var out []sample
	for _, p := range paths {
		stem, _, _ := strings.Cut(filepath.Base(p), ".")
		out = append(out, sample{p, strings.TrimPrefix(stem, "sample")})
	}
	return out
}

// read makes the input of a sample, as the loader does.
func (s sample) read(t testing.TB, f *feed.Feed) feed.Input {
	t.Helper()
	ctx := t.Context()
	all, required := f.Names(contracts(t))
	in, err := s.input(ctx, f, t.TempDir(), all, required)
	if err != nil {
		t.Fatalf("%s: %v", s.path, err)
	}
	return in
}

func (s sample) input(ctx context.Context, f *feed.Feed, dir string, all, required [][]string) (feed.Input, error) {
	path, format := s.path, decode.Format(f.Format)
	skip := f.Header.SkipAfter
	opt := decode.Options{Name: filepath.Base(path), Delimiter: f.CSV.Delimiter, ExpectAny: required, Records: f.JSON.Records, TempDir: dir}
	if f.CSV.Delimiter == "tab" || f.CSV.Delimiter == `\t` {
		opt.Delimiter = "\t"
	}
	if f.CSV.Quote != "" {
		quote := strings.TrimPrefix(f.CSV.Quote, "none")
		opt.Quote = &quote
	}
	if len(f.CSV.Columns) > 0 {
		opt.NoHeader, opt.Columns, opt.Pad = true, f.CSV.Columns, f.CSV.Pad
	}
	if strings.HasSuffix(path, ".xlsx") {
		var names []string
		for _, n := range required {
			names = append(names, n...)
		}
		r, err := sheet.Convert(ctx, path, sheet.Options{Sheet: f.Sheet, Sheets: f.Sheets, Alike: all, Header: f.Header.Row, HeaderRows: f.Header.Rows, SkipAfter: skip,
			End: f.End, Expect: names, TempDir: dir, Fold: decode.Fold})
		if err != nil {
			return feed.Input{}, err
		}
		path, skip, format = r.Path, 0, decode.CSV
		opt.Delimiter, opt.Quote, opt.NoHeader, opt.Pad = ",", nil, false, false
	} else {
		var err error
		if path, err = utf8(ctx, path, f.Encoding, dir); err != nil {
			return feed.Input{}, err
		}
		opt.Skip = max(f.Header.Row-1, 0)
		if format == "" && !strings.Contains(filepath.Ext(path), "json") {
			format = decode.CSV
		}
	}
	opt.Format = format
	if format != decode.CSV {
		opt.ExpectAny = nil // paths, not keys
	}
	tab, err := decode.Inspect(ctx, path, opt)
	if err != nil {
		return feed.Input{}, err
	}
	source := engine.Literal(tab.EnginePath)
	switch tab.Format {
	case decode.CSV:
		d := tab.Dialect
		var columns []string
		for _, c := range tab.Columns {
			columns = append(columns, engine.Literal(c)+": 'VARCHAR'")
		}
		relation := fmt.Sprintf("read_csv([%s], auto_detect = false, header = %t, skip = %d, delim = %s, quote = %s, escape = %s, columns = {%s}, strict_mode = true, null_padding = %t, parallel = %t)",
			source, d.Header, d.Skip, engine.Literal(d.Delimiter), engine.Literal(d.Quote), engine.Literal(d.Escape), strings.Join(columns, ", "), d.Pad, !d.Pad)
		if skip > 0 {
			relation = fmt.Sprintf("(select * from %s offset %d)", relation, skip)
		}
		return feed.Input{File: filepath.Base(s.path), Columns: tab.Columns, Relation: relation}, nil
	case decode.JSON, decode.NDJSON:
		return feed.Input{JSON: true, Relation: fmt.Sprintf("(select row_number() over () as _rn, cast(line as json) as record from read_csv([%s], auto_detect = false, header = false, delim = chr(1), quote = '', escape = '', columns = {'line': 'VARCHAR'}, strict_mode = true) where trim(line) <> '')", source)}, nil
	}
	return feed.Input{}, fmt.Errorf("%s: a sample is no %s", path, tab.Format)
}

// utf8 gives the path of the text in UTF-8, which is another file where the
// sample is in another encoding.
func utf8(ctx context.Context, path, encoding, dir string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if encoding == "" || encoding == "auto" {
		g := charset.Detect(b, true)
		if encoding = g.Encoding; g.Confidence < 0.8 {
			return "", fmt.Errorf("the encoding is not certain: %s", g.Why)
		}
	}
	if encoding == "utf-8" {
		return path, nil
	}
	var text bytes.Buffer
	if err := charset.Convert(ctx, &text, bytes.NewReader(b), encoding); err != nil {
		return "", err
	}
	out := filepath.Join(dir, filepath.Base(path))
	return out, os.WriteFile(out, text.Bytes(), 0o600)
}

// head is what Guess sees of a sample: read without knowing its mapping, but
// for the dialect, the sheet and the place of the header.
func (s sample) head(t testing.TB, e *duckdb.Engine, f *feed.Feed) feed.Head {
	t.Helper()
	if strings.Contains(filepath.Ext(s.path), "json") {
		b, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		return feed.Head{JSON: b}
	}
	in := s.read(t, &feed.Feed{CSV: f.CSV, Sheet: f.Sheet, Sheets: f.Sheets, Header: f.Header})
	h := feed.Head{Columns: in.Columns}
	rows, err := e.Query(t.Context(), "select * from "+in.Relation+" limit 20")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		cells := make([]*string, len(in.Columns))
		dest := make([]any, len(cells))
		for i := range cells {
			dest[i] = &cells[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		line := make([]string, len(cells))
		for i, c := range cells {
			if c != nil {
				line[i] = *c
			}
		}
		h.Rows = append(h.Rows, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return h
}

var headerRE = regexp.MustCompile(`^# name: (\S+)\n# purpose: .+\n(#.*\n)*# source: .+\n`)

// Every template has its header, its sample and its expected files, and nobody
// else has.
func TestTemplateFolders(t *testing.T) {
	all := shipped(t)
	for name, f := range all {
		b, err := os.ReadFile(filepath.Join(templateFolder, name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if m := headerRE.FindSubmatch(b); m == nil || string(m[1]) != name {
			t.Errorf("%s does not start with # name:, # purpose:, # source:", name)
		}
		if f.Template.Doc == "" || f.SourceKind == "" {
			t.Errorf("%s needs a template.doc and a source_kind", name)
		}
		if len(f.Template.Certain)+len(f.Template.Assumed) == 0 {
			t.Errorf("%s says neither what is certain nor what is assumed", name)
		}
		if len(samples(t, name)) == 0 {
			t.Errorf("%s has no testdata/%s/sample.*", name, name)
		}
		for _, s := range samples(t, name) {
			b, err := os.ReadFile(s.path)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range mailRE.FindAll(b, -1) {
				if !bytes.HasSuffix(m, []byte("@example.com")) {
					t.Errorf("%s: %s is no made-up address; try: buyer1@example.com", s.path, m)
				}
			}
		}
	}
	folders, err := os.ReadDir(filepath.Join(templateFolder, "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range folders {
		if all[d.Name()] == nil {
			t.Errorf("testdata/%s belongs to no template", d.Name())
		}
	}
}

var mailRE = regexp.MustCompile(`[\w.+-]+@[\w-]+\.[\w.-]+`)

// A sample is recognised as what it is: its own template fits wholly, no other
// does as well.
func TestTemplatesAreToldApart(t *testing.T) {
	e := session(t)
	all := shipped(t)
	var list []*feed.Feed
	for _, name := range sortedNames(all) {
		list = append(list, all[name])
	}
	for _, f := range list {
		for _, s := range samples(t, f.Name) {
			scores := feed.Guess(list, s.head(t, e, s.feed(t, f.Name)))
			line := make([]string, len(scores))
			for i, x := range scores {
				line[i] = fmt.Sprintf("%s %.2f", x.Template, x.Confidence)
			}
			t.Logf("%-30s %s", f.Name+s.variant, strings.Join(line, ", "))
			switch {
			case len(scores) == 0 || scores[0].Template != f.Name || scores[0].Confidence < 0.9:
				t.Errorf("%s%s is not recognised", f.Name, s.variant)
				for _, x := range scores {
					if x.Template == f.Name {
						t.Logf("%s lacks %q: %s", f.Name, x.Missing, x.Why)
					}
				}
			case len(scores) > 1 && scores[1].Confidence >= scores[0].Confidence:
				t.Errorf("%s%s may as well be %s: %s", f.Name, s.variant, scores[1].Template, scores[1].Why)
			}
		}
	}
}

func sortedNames(all map[string]*feed.Feed) []string {
	var out []string
	for n := range all {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// A template makes of its samples what the expected files say: one file per
// output with the contract's columns, and one of rejected cells. Every column
// that is mapped has a value somewhere, so that a name with a mistake shows.
func TestTemplates(t *testing.T) {
	e := session(t)
	for name, template := range shipped(t) {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(templateFolder, "testdata", name)
			want := map[string]bool{"set.yaml": true}
			filled := map[string]bool{}
			for _, s := range samples(t, name) {
				want[filepath.Base(s.path)], want[s.set()] = true, true
				f := s.feed(t, name)
				in := s.read(t, f)
				var rejects [][]string
				for i := range f.Outputs {
					good, bad := result(t, e, f, i, in)
					rejects = append(rejects, bad...)
					for _, row := range good[1:] {
						for k, c := range row {
							if c != "" {
								filled[f.Outputs[i].Name+"."+good[0][k]] = true
							}
						}
					}
					expected(t, folder, f.Outputs[i].Name+s.variant+".csv", good, want)
				}
				if len(rejects) > 0 {
					expected(t, folder, "rejects"+s.variant+".csv", append([][]string{{"output", "record", "column", "value"}}, rejects...), want)
				}
			}
			for _, o := range template.Outputs {
				table := contracts(t)[o.Table]
				for c := range o.Columns {
					if col, _ := table.Column(c); !col.PII && !filled[o.Name+"."+c] {
						t.Errorf("output %s: no sample gives a value for %s", o.Name, c)
					}
				}
			}
			files, err := os.ReadDir(folder)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range files {
				if !want[x.Name()] {
					t.Errorf("%s is no expected file of any output", filepath.Join(folder, x.Name()))
				}
			}
		})
	}
}

// feed is a feed that uses a template, with the keys of set_VARIANT.yaml, else of
// set.yaml beside the sample.
func (s sample) feed(t testing.TB, name string) *feed.Feed {
	t.Helper()
	var keys []byte
	for _, file := range []string{s.set(), "set.yaml"} {
		var err error
		if keys, err = os.ReadFile(filepath.Join(filepath.Dir(s.path), file)); err == nil {
			break
		}
		if !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	text := fmt.Sprintf("feed: f\nuse: %s\nsource: {folder: x, files: [\"*\"]}\n%s", name, keys)
	f, err := feed.ParseWith("feeds/f.yaml", []byte(text), contracts(t), func(n string) (string, []byte, bool) {
		b, err := os.ReadFile(filepath.Join(templateFolder, n+".yaml"))
		return "data/feeds/" + n + ".yaml", b, err == nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// set is the file with the keys of this sample alone.
func (s sample) set() string { return "set" + s.variant + ".yaml" }

// result runs an output: the good records under a line of names, with the local
// times that a clock change makes doubtful (flags, where there are any), and the
// rejected ones as output, record, column, cell.
func result(t testing.TB, e *duckdb.Engine, f *feed.Feed, output int, in feed.Input) (good, bad [][]string) {
	t.Helper()
	ctx := t.Context()
	o := f.Outputs[output]
	table := contracts(t)[o.Table]
	p, err := f.Compile(o, table, in)
	if err != nil {
		t.Fatal(err)
	}
	columns, casts := []string{"record"}, []string{"cast(_record as varchar)"}
	for _, name := range p.Columns {
		if ordinal := table.Ordinal != nil && table.Ordinal.Column == name; slices.Contains(p.Absent, name) && !ordinal {
			continue
		}
		columns = append(columns, name)
		col, _ := table.Column(name)
		cast := "cast(" + engine.Ident(name) + " as varchar)"
		if col.Type == "timestamptz" {
			cast = fmt.Sprintf("regexp_replace(strftime(timezone('UTC', %s), '%%Y-%%m-%%d %%H:%%M:%%S.%%g'), '\\.000$', '') || 'Z'", engine.Ident(name))
		}
		casts = append(casts, "coalesce("+cast+", '')")
	}
	columns, casts = append(columns, "flags"), append(casts, "coalesce(_flags, '')")
	record := "row_number() over ()"
	if p.Numbered {
		record = "_rn"
	}
	query := fmt.Sprintf("select %s, coalesce(_bad, -1), coalesce(_value, '') from (select *, %s as _record from (%s)) order by _record", strings.Join(casts, ", "), record, p.Select)
	err = e.InZone(ctx, f.Zone, func() error {
		rows, err := e.Query(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			line := make([]string, len(columns))
			var wrong int
			var value string
			var dest []any
			for i := range line {
				dest = append(dest, &line[i])
			}
			if err := rows.Scan(append(dest, &wrong, &value)...); err != nil {
				return err
			}
			switch {
			case wrong < 0:
				good = append(good, line)
			case wrong == 0:
				bad = append(bad, []string{o.Name, line[0], "", ""})
			default:
				bad = append(bad, []string{o.Name, line[0], p.Checks[wrong-1].Column, value})
			}
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatalf("output %s: %v\n%s", o.Name, err, p.Select)
	}
	good = append([][]string{columns}, inOrder(good, 0)...)
	if last := len(columns) - 1; !slices.ContainsFunc(good[1:], func(row []string) bool { return row[last] != "" }) {
		for i := range good {
			good[i] = good[i][:last]
		}
	}
	return good, inOrder(bad, 1)
}

// inOrder sorts by the record, a number at a place of each row, then by the rest:
// a record may give several rows.
func inOrder(rows [][]string, record int) [][]string {
	slices.SortStableFunc(rows, func(a, b []string) int {
		return cmp.Or(cmp.Compare(len(a[record]), len(b[record])), strings.Compare(a[record], b[record]), slices.Compare(a, b))
	})
	return rows
}

// expected compares rows with a file, or writes it.
func expected(t *testing.T, folder, file string, rows [][]string, known map[string]bool) {
	t.Helper()
	known[file] = true
	path := filepath.Join(folder, file)
	if *update {
		var b bytes.Buffer
		if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	in, err := os.Open(path)
	if err != nil {
		t.Errorf("%v; try: go test ./pipeline/feed -run TestTemplates -update, then read what it wrote", err)
		return
	}
	defer in.Close()
	r := csv.NewReader(in)
	for n := 0; ; n++ {
		want, err := r.Read()
		if err == io.EOF {
			if n < len(rows) {
				t.Errorf("%s: %d more rows, the first is %q", file, len(rows)-n, rows[n])
			}
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if n >= len(rows) {
			t.Errorf("%s: row %d is missing: %q", file, n, want)
			return
		}
		if !slices.Equal(rows[n], want) {
			t.Errorf("%s: row %d is\n  %q\nwant\n  %q", file, n, rows[n], want)
		}
	}
}
