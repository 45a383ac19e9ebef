package sheet

import (
	"context"
	"fmt"
)

const (
	listRows  = 60
	listRunes = 300 // of a cell
)

// Info is what a person needs to see of a sheet to say which one is meant.
type Info struct {
	Name   string
	Hidden bool
	Head   [][]string // the first 60 rows, blank ones too; texts are cut at 300 characters
}

// List shows the sheets of a workbook in its order. Formulas without a stored
// result show as blank. Errors are those of Convert.
func List(ctx context.Context, path string, password string) ([]Info, error) {
	o, err := Options{Password: password}.complete(path)
	if err != nil {
		return nil, err
	}
	out, err := list(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	return out, nil
}

func list(ctx context.Context, path string, o Options) (_ []Info, err error) {
	b, err := openBook(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer b.close()
	var out []Info
	for _, s := range b.sheets {
		info := Info{Name: s.name, Hidden: s.hidden}
		if info.Head, err = b.top(s); err != nil {
			return nil, err
		}
		out = append(out, info)
	}
	return out, nil
}

func (b *book) top(s ref) ([][]string, error) {
	r, err := b.rows(s)
	if err != nil {
		return nil, err
	}
	defer r.close()
	var out [][]string
	for {
		x, ok, err := r.next()
		if err != nil || !ok || x.num > listRows {
			return out, err
		}
		for int64(len(out)) < x.num {
			out = append(out, nil)
		}
		line := make([]string, x.cells[len(x.cells)-1].col)
		for _, c := range x.cells {
			line[c.col-1] = clip(string(x.text(c)), listRunes)
		}
		out[x.num-1] = line
	}
}
