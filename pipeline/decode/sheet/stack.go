package sheet

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
)

// NameColumn is the first column of a table that is made of several sheets: the
// name of the sheet that a record is from.
const NameColumn = "sheet:name"

// stacked writes the tables of several sheets, one below the other. Columns are
// those of the first sheet, then what others have beside them; the n-th column of
// a name is that of the others' n-th, see also placeOf.
func (b *book) stacked() (_ *Result, err error) {
	list, err := b.several()
	if err != nil {
		return nil, err
	}
	var parts []*Result
	var places [][]int // of a sheet's columns among all
	defer func() {
		for _, p := range parts {
			err = errors.Join(err, os.Remove(p.Path))
		}
	}()
	all := &Result{Columns: []string{NameColumn}}
	place := map[string]int{} // by folded name and count
	for _, s := range list {
		h, err := b.headerOf(s)
		var no *Refusal
		if errors.As(err, &no) || h == nil && err == nil {
			continue // a sheet of remarks
		}
		if err != nil {
			return nil, err
		}
		p, err := b.converted(s, h)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
		at := make([]int, len(p.Columns))
		keys := b.keys(p.Columns)
		for i, key := range keys {
			at[i] = b.placeOf(key, keys, place)
			if at[i] == 0 {
				at[i] = len(all.Columns)
				place[key.id] = at[i]
				all.Columns = append(all.Columns, key.name)
			}
		}
		places = append(places, at)
	}
	if len(parts) == 0 {
		return nil, b.noHeader(list)
	}
	all.Sheet, all.HeaderRow = parts[0].Sheet, parts[0].HeaderRow
	out, err := os.CreateTemp(b.opt.TempDir, "sheets-*.csv")
	if err != nil {
		return nil, err
	}
	all.Path = out.Name()
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			err = errors.Join(err, os.Remove(out.Name()))
		}
	}()
	w := bufio.NewWriterSize(out, 1<<20)
	if _, err := w.Write(record(nil, all.Columns)); err != nil {
		return nil, err
	}
	for i, p := range parts {
		for _, r := range p.runs {
			all.runs = append(all.runs, run{all.Records + r.record, r.row})
		}
		all.Records += p.Records
		if err := b.appendPart(w, p, places[i], len(all.Columns)); err != nil {
			return nil, err
		}
	}
	return all, w.Flush()
}

// several are the sheets that Options.Sheets means, in the order of the
// workbook. Hidden ones are none.
func (b *book) several() ([]ref, error) {
	var tests []func(string) bool
	for _, want := range b.opt.Sheets {
		if len(want) > 2 && want[0] == '~' && want[len(want)-1] == '~' {
			re, err := regexp.Compile(want[1 : len(want)-1])
			if err != nil {
				return nil, &Refusal{Reason: fmt.Sprintf("a pattern of sheets cannot be read: %v", err), Try: "sheets: [~Fee~]"}
			}
			tests = append(tests, re.MatchString)
			continue
		}
		tests = append(tests, func(name string) bool { return b.opt.Fold(name) == b.opt.Fold(want) })
	}
	var out []ref
	for _, s := range b.sheets {
		if !s.hidden && slices.ContainsFunc(tests, func(is func(string) bool) bool { return is(s.name) }) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, b.noSheet("no sheet's name is one of " + strings.Join(b.opt.Sheets, ", "))
	}
	return out, nil
}

// key is a column by which those of several sheets are the same.
type key struct{ id, name string }

func (b *book) keys(columns []string) []key {
	seen := map[string]int{}
	var out []key
	for _, c := range columns {
		fold := b.opt.Fold(c)
		seen[fold]++
		out = append(out, key{fmt.Sprintf("%s\x00%d", fold, seen[fold]), c})
	}
	return out
}

// placeOf is the column that a sheet's column is among those of the sheets before
// it: of the same name, else of one that means the same and that the sheet does
// not have itself; 0 where there is none.
func (b *book) placeOf(k key, own []key, place map[string]int) int {
	if at, ok := place[k.id]; ok {
		return at
	}
	for _, names := range b.opt.Alike {
		if !slices.ContainsFunc(names, func(n string) bool { return b.first(n) == k.id }) {
			continue
		}
		for _, n := range names {
			id := b.first(n)
			if at, ok := place[id]; ok && !slices.ContainsFunc(own, func(o key) bool { return o.id == id }) {
				return at
			}
		}
	}
	return 0
}

// first is the id of the first column of a name.
func (b *book) first(name string) string { return b.opt.Fold(name) + "\x00" + "1" }

// appendPart adds the records of a sheet.
func (b *book) appendPart(w io.Writer, p *Result, place []int, width int) error {
	in, err := os.Open(p.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	r := csv.NewReader(bufio.NewReaderSize(in, 1<<20))
	r.ReuseRecord, r.FieldsPerRecord = true, -1
	cells := make([]string, width)
	var line []byte
	for n := 0; ; n++ {
		got, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n == 0 {
			continue // the header
		}
		if err := b.ctx.Err(); err != nil {
			return err
		}
		clear(cells)
		cells[0] = p.Sheet
		for i, c := range got {
			cells[place[i]] = c
		}
		line = record(line[:0], cells)
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
}

func record(line []byte, cells []string) []byte {
	for i, c := range cells {
		if i > 0 {
			line = append(line, ',')
		}
		line = appendField(line, []byte(c))
	}
	return append(line, '\n')
}
