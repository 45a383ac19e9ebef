package feed

import (
	"slices"
	"sort"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/decode"
)

// foldName is the form in which the names of columns are compared.
func foldName(name string) string { return decode.Fold(name) }

// Names lists the file's columns that the mapping reads by name, each as the
// synonyms of which one is enough; required ones feed a required contract
// column. They are sorted by their first name. Lines are among all of them by
// their names; patterns are none.
func (f *Feed) Names(tables contract.Set) (all, required [][]string) {
	seenAll, seenRequired := map[string]bool{}, map[string]bool{}
	add := func(list *[][]string, seen map[string]bool, n Names) {
		key := strings.Join(n, "\x00")
		if len(n) > 0 && !seen[key] {
			seen[key] = true
			*list = append(*list, n)
		}
	}
	for _, o := range f.Outputs {
		for _, n := range o.Lines.named() {
			add(&all, seenAll, Names{n})
		}
		for name, c := range o.Columns {
			if o.Lines != nil && lineOf(c.From) != "" {
				continue
			}
			add(&all, seenAll, c.From)
			add(&all, seenAll, c.ZoneFrom)
			if col, _ := tables[o.Table].Column(name); col.Required && c.Filename == "" {
				add(&required, seenRequired, c.From)
			}
		}
		if o.Fill != nil {
			for _, by := range o.Fill.By {
				add(&all, seenAll, Names{by})
			}
		}
	}
	for _, list := range [][][]string{all, required} {
		sort.Slice(list, func(i, j int) bool { return slices.Compare(list[i], list[j]) < 0 })
	}
	return all, required
}

// Missing lists the synonyms that the mapping reads and a table with these
// columns has none of: their values count as not stated. A charge that a file
// has no column for was not billed.
func (f *Feed) Missing(tables contract.Set, columns []string) [][]string {
	h := newHeader(Input{Columns: columns})
	all, _ := f.Names(tables)
	return slices.DeleteFunc(all, func(n []string) bool {
		_, ok := h.find(n)
		return ok || (len(n) == 1 && n[0] == sheetName) || f.elsewhere(n) || slices.ContainsFunc(f.Outputs, func(o Output) bool { return len(n) == 1 && slices.Contains(o.Lines.named(), n[0]) })
	})
}

// elsewhere says that the file's name stands for a column that a file lacks.
func (f *Feed) elsewhere(names []string) bool {
	for _, o := range f.Outputs {
		for _, c := range o.Columns {
			if c.Filename != "" && slices.Equal(c.From, names) {
				return true
			}
		}
	}
	return false
}
