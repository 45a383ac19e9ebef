package rate

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"waybill/pipeline/yamldoc"
)

// Grid is a provider's sheet as text. Place says where a cell stands, as errors
// name it; column is an index of Columns, or -1 for the row.
type Grid struct {
	Columns []string
	Records [][]string
	Place   func(record, column int) string
}

// Imported is a table of a card, made of a provider's sheet.
type Imported struct {
	Card    string   `json:"card"`
	Version string   `json:"version"`
	Table   string   `json:"table"`
	File    string   `json:"file"` // below the folder of the card
	Rows    int      `json:"rows"`
	Added   []string `json:"added"`   // rows that the file has not had
	Removed []string `json:"removed"` // rows that it has no more
	Text    []byte   `json:"-"`       // what the file is to hold
	Whole   *Card    `json:"-"`       // the card as it is with the file
	Tables  *Rows    `json:"-"`       // what that compiles to
}

// Import makes the table that a mapping names of a sheet, and holds the card as
// it would be against everything that Parse asks. dir is the card's folder in
// fsys. Nothing is written; what does not fit is told with its cell, all of it.
func Import(fsys fs.FS, dir string, m *Mapping, g Grid) (out Imported, err error) {
	name := path.Join(dir, CardFile)
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return out, err
	}
	card := &Card{File: name}
	if err := yamldoc.Decode(name, b, card); err != nil {
		return out, err
	}
	v, file, err := m.place(card)
	if err != nil {
		return out, err
	}
	x := &mapper{m: m, card: card, version: card.Versions[v], g: g}
	if err := x.table(); err != nil {
		return out, err
	}
	out = Imported{Card: card.ID, Version: m.Version, Table: m.Table, File: file, Rows: len(x.rows), Added: []string{}, Removed: []string{}}
	if out.Text, err = x.csv(); err != nil {
		return out, err
	}
	old, err := fs.ReadFile(fsys, path.Join(dir, file))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return out, err
	}
	after := lines(out.Text)
	before := lines(old)
	out.Added, out.Removed = less(after, before), less(before, after)
	if out.Whole, out.Tables, err = parse(fsys, dir, map[string][]byte{file: out.Text}); err != nil {
		return out, x.asked(err, path.Join(dir, file))
	}
	return out, nil
}

func lines(b []byte) []string {
	text := strings.TrimSpace(strings.ReplaceAll(strings.TrimPrefix(string(b), "\ufeff"), "\r\n", "\n"))
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// less gives the lines that have no like among others, each as often as it is
// more.
func less(list, others []string) []string {
	n := map[string]int{}
	for _, l := range others {
		n[l]++
	}
	out := []string{}
	for _, l := range list {
		if n[l]--; n[l] < 0 {
			out = append(out, l)
		}
	}
	return out
}

// mapper makes the rows of a table of a sheet.
type mapper struct {
	m       *Mapping
	card    *Card
	version Version
	g       Grid

	columns map[string]int // of the sheet, by folded name
	rows    []map[string]string
	from    []int // record of each row
	errs    []error
	prior   map[string]int64 // end of the band before, by zone, ticks
}

func (x *mapper) bad(record, column int, format string, args ...any) {
	x.errs = append(x.errs, fmt.Errorf("%s: %s", x.g.Place(record, column), fmt.Sprintf(format, args...)))
}

// table reads all rows.
func (x *mapper) table() error {
	x.columns = map[string]int{}
	for i, c := range x.g.Columns {
		f := Fold(c)
		if _, twice := x.columns[f]; twice && slices.ContainsFunc(x.m.Wanted(), func(w string) bool { return Fold(w) == f }) {
			x.bad(-1, i, "column %q stands a second time; try: header, or another sheet", c)
		}
		x.columns[f] = i
	}
	for _, w := range x.m.Wanted() {
		if _, ok := x.columns[Fold(w)]; !ok {
			x.bad(-1, -1, "there is no column %q; try: header or sheet in the mapping, or one of %s", w, strings.Join(x.g.Columns, ", "))
		}
	}
	for _, c := range []string{"fixed", "unit_price", "minimum"} {
		x.currency(c)
	}
	if len(x.errs) > 0 {
		return errors.Join(x.errs...)
	}
	x.prior = map[string]int64{}
	above := map[string]string{}
	met := map[string]bool{}
	for i, rec := range x.g.Records {
		rec = slices.Clone(rec)
		for j := range rec {
			if rec[j] = strings.TrimSpace(rec[j]); slices.Contains(x.m.None, rec[j]) {
				rec[j] = ""
			}
		}
		for _, f := range x.m.Fill {
			if j := x.columns[Fold(f)]; rec[j] == "" {
				rec[j] = above[f]
			} else {
				above[f] = rec[j]
			}
		}
		meant := true
		for c, values := range x.m.Rows {
			text := rec[x.columns[Fold(c)]]
			in := slices.ContainsFunc(values, func(v string) bool { return Fold(v) == Fold(text) })
			met[c+"\n"+Fold(text)] = true
			meant = meant && in
		}
		if meant {
			x.row(i, rec)
		}
	}
	for _, c := range slices.Sorted(maps.Keys(x.m.Rows)) {
		for _, v := range x.m.Rows[c] {
			if !met[c+"\n"+Fold(v)] {
				x.errs = append(x.errs, x.m.at("rows", "no row of the sheet has %q in the column %q", v, c))
			}
		}
	}
	if len(x.rows) == 0 && len(x.errs) == 0 {
		x.bad(-1, -1, "no row of the sheet is of this table; try: rows, sheet or header in the mapping")
	}
	return errors.Join(x.errs...)
}

// currency refuses a column of amounts whose head names another currency.
func (x *mapper) currency(column string) {
	i, ok := x.columns[Fold(x.m.Columns[column])]
	if !ok {
		return
	}
	head := Fold(x.g.Columns[i])
	for currency, marks := range moneyMarks {
		for _, mark := range marks {
			if currency != x.card.Currency && strings.Contains(head, mark) {
				x.bad(-1, i, "the column is in %s and the card in %s; try: a card of its own for each currency", currency, x.card.Currency)
				return
			}
		}
	}
}

// row makes one row of the table, or several of a cell with several ZIPs.
func (x *mapper) row(record int, rec []string) {
	out := map[string]string{}
	before := len(x.errs)
	fit := func(column int, value string, err error) string {
		if err != nil {
			try := ""
			if !strings.Contains(err.Error(), "; try: ") {
				try = "; try: none in the mapping for a text that means an empty cell, end for where the table ends, rows for the rows that are meant"
			}
			x.bad(record, column, "%v%s", err, try)
		}
		return value
	}
	money := func(column int) string {
		if rec[column] == "" {
			return ""
		}
		v, err := mapMoney(rec[column], x.card.Currency)
		return fit(column, v, err)
	}
	for c, v := range x.m.Set {
		out[c] = v
	}
	var zips [][2]string
	ranged := -1
	for _, c := range MapTables[x.m.Table] {
		name := x.m.Columns[c]
		if name == "" {
			continue
		}
		i := x.columns[Fold(name)]
		text := rec[i]
		if text == "" {
			continue
		}
		var err error
		switch c {
		case "zone", "state", "tier", "edition":
			out[c] = text
		case "fixed", "unit_price", "minimum":
			out[c] = money(i)
		case "over", "up_to", "from_weight", "unit":
			var n int64
			n, err = mapWeight(text, x.unit(i), x.version.Weight.Unit)
			out[c] = ticks(n)
		case "range":
			ranged = i
		case "percent":
			out[c], err = mapPercent(text, x.m.Percent)
		case "from", "to":
			out[c], err = mapDay(text, c == "to" && x.m.LastDay)
		case "zip_from", "zip_to":
			out[c], err = mapZIP(text, x.m.ZIP)
		case "zips":
			zips, err = mapZIPs(text, x.m.ZIP)
		}
		fit(i, "", err)
	}
	if ranged >= 0 {
		err := x.ranged(out, rec[ranged], ranged)
		fit(ranged, "", err)
	} else if name := x.m.Columns["range"]; name != "" {
		fit(x.columns[Fold(name)], "", errors.New("the range of weights is empty"))
	}
	for _, zone := range slices.Sorted(maps.Keys(x.m.Zones)) {
		i := x.columns[Fold(x.m.Zones[zone])]
		if out[zone] = money(i); out[zone] == "" && len(x.errs) == before {
			x.bad(record, i, "the price of zone %s is empty", zone)
		}
	}
	if len(x.errs) > before {
		return
	}
	if len(zips) == 0 {
		x.rows, x.from = append(x.rows, out), append(x.from, record)
		return
	}
	for _, z := range zips {
		one := maps.Clone(out)
		one["zip_from"], one["zip_to"] = z[0], z[1]
		x.rows, x.from = append(x.rows, one), append(x.from, record)
	}
}

// unit is that of the weights of a column.
func (x *mapper) unit(column int) string {
	if x.m.Weight != "" {
		return x.m.Weight
	}
	if m := unitHead.FindStringSubmatch(Fold(x.g.Columns[column])); m != nil {
		return unitOf(m[1])
	}
	return x.version.Weight.Unit
}

// ranged writes over and up_to of a range.
func (x *mapper) ranged(out map[string]string, text string, column int) error {
	s, unit, err := mapSpan(text)
	if err != nil {
		return err
	}
	if unit == "" {
		unit = x.unit(column)
	}
	into := x.version.Weight.Unit
	low, err := mapWeight(s.lower, unit, into)
	if err != nil {
		return err
	}
	prior := x.prior[out["zone"]]
	if x.m.Lower == "from" {
		step, err := Scaled(x.version.Weight.Step, 4)
		if err != nil {
			return err
		}
		if low < prior || low > prior+step {
			return fmt.Errorf("%q does not begin one step of %s above %s, where the band before it ends", text, x.version.Weight.Step, ticks(prior))
		}
		low = prior
	} else if s.inclusive && low > 0 {
		return fmt.Errorf("the lower end of %q belongs to it, and the bands of a card begin above theirs; try: lower: from, where the band before it ends a step below", text)
	}
	if x.m.Table == "matrix" { // its rows begin where the one before ends
		if low != prior {
			return fmt.Errorf("%q does not begin at %s, where the row before it ends", text, ticks(prior))
		}
		if s.upTo == nil {
			return fmt.Errorf("%q has no end, and the rows of a matrix have one", text)
		}
	} else {
		out["over"] = ticks(low)
	}
	if s.upTo == nil {
		return nil
	}
	end, err := mapWeight(*s.upTo, unit, into)
	if err != nil {
		return err
	}
	out["up_to"] = ticks(end)
	x.prior[out["zone"]] = end
	return nil
}

// csv is the table as the card's file holds it: the columns that are in use, in
// the order of the documentation, zones by name.
func (x *mapper) csv() ([]byte, error) {
	var head []string
	for _, c := range append(slices.Clone(MapTables[x.m.Table]), "over", "up_to", "zip_from", "zip_to") {
		if !slices.Contains(head, c) && slices.ContainsFunc(x.rows, func(r map[string]string) bool { return r[c] != "" }) {
			head = append(head, c)
		}
	}
	head = append(head, slices.Sorted(maps.Keys(x.m.Zones))...)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(head); err != nil {
		return nil, err
	}
	for _, r := range x.rows {
		rec := make([]string, len(head))
		for i, h := range head {
			rec[i] = r[h]
		}
		if err := w.Write(rec); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// asked says of mistakes in the file which rows of the sheet they come from.
func (x *mapper) asked(err error, file string) error {
	out := []error{errors.New("the card would not be right with this sheet, and nothing is written")}
	for _, line := range strings.Split(err.Error(), "\n") {
		var n int
		if rest, ok := strings.CutPrefix(line, file+":"); ok {
			if _, serr := fmt.Sscanf(rest, "%d:", &n); serr == nil && n >= 2 && n-2 < len(x.from) {
				line += " (" + x.g.Place(x.from[n-2], -1) + ")"
			}
		}
		out = append(out, errors.New(line))
	}
	return errors.Join(out...)
}
