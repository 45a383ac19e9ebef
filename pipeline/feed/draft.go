package feed

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"waybill/pipeline/contract"
	"waybill/pipeline/yamldoc"
)

// Doubt is something in a drafted mapping that a person has to decide.
type Doubt struct {
	Column string // contract column or table, empty where it is about the whole file
	Text   string
}

//go:embed synonyms.yaml
var synonymsYAML []byte

// dictionary is synonyms.yaml: headers by contract column.
type dictionary struct {
	Common map[string][]string            `yaml:"common"`
	Tables map[string]map[string][]string `yaml:"tables"`
}

var readDictionary = sync.OnceValues(func() (dictionary, error) {
	var d dictionary
	err := yamldoc.Decode("synonyms.yaml", synonymsYAML, &d)
	return d, err
})

// drafted are the tables that a draft may fill, the more special first.
var drafted = []string{"tracking_events", "orders_in", "order_lines_in", "shipments_in"}

// needed are the columns without which a file does not speak of a table: one of
// each list.
var needed = map[string][][]string{
	"tracking_events": {{"tracking_number"}, {"event_at"}},
	"orders_in":       {{"order_id"}, {"created_at", "approved_at", "order_status"}},
	"order_lines_in":  {{"order_id"}, {"sku", "line_id"}, {"quantity"}},
	"shipments_in":    {{"tracking_number", "shipment_id"}},
}

// Draft writes a first mapping for a table whose export nobody has described:
// columns by their headers, formats by the sample's cells. What is not certain
// stands as a comment "# ?" on its line and among the doubts. The text parses,
// unless a column is missing that the table requires, which is a doubt too.
func Draft(head Head, tables contract.Set) ([]byte, []Doubt) {
	d := &draft{head: head, used: map[string]bool{}}
	dict, err := readDictionary()
	if err != nil {
		return nil, []Doubt{{Text: err.Error()}}
	}
	found := map[string]map[string]string{}
	for _, t := range drafted {
		found[t] = d.find(tables[t], dict)
	}
	chosen := choose(found)
	if len(chosen) == 0 {
		// the table of which most is there
		best := drafted[1]
		for _, t := range drafted {
			if len(found[t]) > len(found[best]) {
				best = t
			}
		}
		chosen = []string{best}
	}
	d.line(0, "# A draft, made from the names of the columns and a few records. Decide what is")
	d.line(0, "# marked with # ? and give the feed its name, folder and files.")
	d.line(0, "feed: draft")
	d.line(0, `source: {folder: inbox/draft, files: ["*"]}`)
	d.body(chosen, found, tables)
	return []byte(d.text.String()), d.doubts
}

// choose gives the tables whose needed columns are all found.
func choose(found map[string]map[string]string) []string {
	var out []string
	for _, t := range drafted {
		complete := true
		for _, any := range needed[t] {
			complete = complete && slices.ContainsFunc(any, func(c string) bool { return found[t][c] != "" })
		}
		if complete {
			out = append(out, t)
		}
	}
	if slices.Contains(out, "tracking_events") {
		return []string{"tracking_events"}
	}
	return out
}

// draft is a mapping that is being written.
type draft struct {
	head   Head
	text   strings.Builder
	doubts []Doubt
	used   map[string]bool // columns of the file that stand in the mapping
}

func (d *draft) line(indent int, text string) {
	d.text.WriteString(strings.Repeat(" ", indent) + text + "\n")
}

// doubt notes something to decide and gives its comment.
func (d *draft) doubt(column, text string) string {
	if !slices.Contains(d.doubts, Doubt{column, text}) {
		d.doubts = append(d.doubts, Doubt{column, text})
	}
	return " # ? " + text
}

// find gives the file's column of each contract column that the dictionary
// knows.
func (d *draft) find(t contract.Table, dict dictionary) map[string]string {
	out := map[string]string{}
	taken := map[string]bool{}
	for _, c := range t.Columns {
		for _, name := range append(slices.Clone(dict.Tables[t.Name][c.Name]), dict.Common[c.Name]...) {
			want := plainWords(name)
			at := slices.IndexFunc(d.head.Columns, func(h string) bool { return !taken[h] && plainWords(h) == want })
			if at >= 0 {
				out[c.Name], taken[d.head.Columns[at]] = d.head.Columns[at], true
				break
			}
		}
	}
	return out
}

// cells are the sample's texts of a column that are not empty.
func (d *draft) cells(column string) []string {
	at := slices.Index(d.head.Columns, column)
	var out []string
	for _, r := range d.head.Rows {
		if at >= 0 && at < len(r) {
			if s := strings.Trim(r[at], trimSet); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

var bracketRE = regexp.MustCompile(`\(([^()]*)\)\s*$`)

// plainWords is a name as words: without case, a unit in brackets, separators.
func plainWords(name string) string {
	name = foldName(splitCase(name))
	if m := bracketRE.FindStringSubmatchIndex(name); m != nil && m[0] > 0 && unitWord(name[m[2]:m[3]]) != "" {
		name = name[:m[0]]
	}
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" _-./#", r) }), " ")
}

// splitCase puts a blank where a name goes from small to capital letters:
// orderId is order id.
func splitCase(name string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// unitWord is the unit that stands in the brackets of a header, "" where none
// does.
func unitWord(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if u := map[string]string{"kgs": "kg", "lbs": "lb", "克": "g", "千克": "kg", "公斤": "kg", "厘米": "cm", "usd": "USD", "rmb": "CNY", "cny": "CNY", "eur": "EUR"}[s]; u != "" {
		return u
	}
	if slices.Contains(weightUnits, s) || slices.Contains(lengthUnits, s) {
		return s
	}
	return ""
}

func headerUnit(name string) string {
	if m := bracketRE.FindStringSubmatch(foldName(name)); m != nil {
		return unitWord(m[1])
	}
	return ""
}

// body writes the outputs and what is left over.
func (d *draft) body(chosen []string, found map[string]map[string]string, tables contract.Set) {
	naive := false
	top := d.text.String()
	d.text.Reset()
	for _, name := range chosen {
		naive = d.output(tables[name], found[name]) || naive
	}
	outputs := d.text.String()
	d.text.Reset()
	d.text.WriteString(top)
	if naive {
		d.line(0, "zone: UTC"+d.doubt("", "the times have no offset: in which zone does the export write them?"))
	}
	d.line(0, "outputs:")
	d.text.WriteString(outputs)
	var left []string
	for _, c := range d.head.Columns {
		if !d.used[c] {
			left = append(left, c)
		}
	}
	if len(left) > 0 {
		d.line(0, "# Columns that stand nowhere in the mapping:")
		for _, c := range left {
			d.line(0, "#   "+oneLine(c))
		}
	}
}

// output writes one table; naive says that it has times without an offset.
func (d *draft) output(t contract.Table, found map[string]string) (naive bool) {
	d.line(2, "- table: "+t.Name)
	if id := found["order_id"]; id != "" && (t.Name == "orders_in" || t.Name == "shipments_in") {
		key := id
		if t.Name == "shipments_in" {
			key = firstOf(found["tracking_number"], found["shipment_id"], id)
		}
		if repeats(d.cells(key)) {
			d.line(4, "once: true"+d.doubt(t.Name, fmt.Sprintf("%q repeats in the sample: is a row a line of an order?", key)))
		}
	}
	if t.Name == "shipments_in" {
		if key := firstOf(found["tracking_number"], found["shipment_id"]); key != "" {
			d.line(4, "where: "+quoted(`"`+strings.ReplaceAll(key, `"`, `""`)+`" <> ''`))
		}
	}
	d.line(4, "columns:")
	for _, c := range t.Columns {
		column := found[c.Name]
		switch {
		case column != "":
			d.used[column] = true
			text, comment, local := d.column(c, column, found)
			naive = naive || local
			d.line(6, c.Name+": "+text+comment)
		case c.Name == "platform":
			d.line(6, "platform: {value: unknown}"+d.doubt(c.Name, "which platform is it?"))
		case c.Name == "shop_id":
			d.line(6, "shop_id: {value: main}"+d.doubt(c.Name, "the shop's name in reports"))
		case c.Name == "carrier" && (t.Name == "tracking_events" || t.Name == "shipments_in"):
			d.line(6, "# carrier: {value: …}"+d.doubt(c.Name, "no column names the carrier: which one is it?"))
		case c.Name == "tracking_number" || c.Name == "postal_code":
			d.byShape(c.Name)
		case c.Required && c.Derive == "" && (t.Ordinal == nil || t.Ordinal.Column != c.Name):
			d.line(6, "# "+c.Name+": {from: …}"+d.doubt(c.Name, t.Name+" requires it, and no column of the file has a name that is known for it"))
		}
	}
	return naive
}

func repeats(cells []string) bool {
	seen := map[string]bool{}
	for _, c := range cells {
		if seen[c] {
			return true
		}
		seen[c] = true
	}
	return false
}

// shapes of cells that tell what a column without a known name may be: S10
// numbers of posts, UPS, 20 to 22 digits of USPS; US ZIP codes.
var columnShapes = map[string]*regexp.Regexp{
	"tracking_number": regexp.MustCompile(`^(?:[A-Z]{2}\d{9}[A-Z]{2}|1Z[0-9A-Z]{16}|9\d{19,21})$`),
	"postal_code":     regexp.MustCompile(`^\d{5}(?:-\d{4})?$`),
}

// byShape suggests a column by its cells, as a comment only.
func (d *draft) byShape(column string) {
	for _, c := range d.head.Columns {
		cells := d.cells(c)
		if len(cells) > 1 && !d.used[c] && !slices.ContainsFunc(cells, func(s string) bool { return !columnShapes[column].MatchString(s) }) {
			d.line(6, "# "+column+": {from: "+quoted(c)+"}"+d.doubt(column, fmt.Sprintf("the cells of %q look like it", oneLine(c))))
			return
		}
	}
}
