package audit

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
)

// SKUClass says the class of a SKU, or of all that begin with it.
type SKUClass struct {
	SKU, Class string
	Start      bool
}

// skuColumns of the list of classes.
var skuColumns = []string{"sku", "class"}

// ReadSKUClasses reads a CSV of sku (one that ends in * means all that begin so)
// and class. Every mistake is at file:line:col, file below folder; without the
// file there is no class.
func ReadSKUClasses(files fs.FS, folder, name string) ([]SKUClass, error) {
	b, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []SKUClass
	seen := map[string]int{}
	err = readTable(path.Join(folder, name), b, skuColumns, func(rec []string, line int, bad func(int, string, ...any)) {
		sku := strings.TrimSpace(rec[0])
		switch {
		case sku == "" || strings.TrimSpace(rec[1]) == "":
			bad(0, "a SKU or its class is empty")
		case seen[sku] > 0:
			bad(0, "the class of %s stands in line %d already", sku, seen[sku])
		}
		seen[sku] = line
		out = append(out, SKUClass{SKU: strings.TrimSuffix(sku, "*"), Class: strings.TrimSpace(rec[1]), Start: strings.HasSuffix(sku, "*")})
	})
	return out, err
}

// Slices makes, after Run, the views audit_slices and claimed_slices, which are the
// parts of the difference and what findings say of them with the channel and the
// class of each parcel, finding_rows and line_verdicts, which are lines. The engine must hold order_lines too.
func (a *Auditor) Slices(ctx context.Context) error {
	if err := a.exec(ctx, "create or replace table sku_class_rows (sku varchar, sku_class varchar, is_start boolean)"); err != nil {
		return err
	}
	var rows [][]any
	for _, x := range a.SKUs {
		rows = append(rows, []any{x.SKU, x.Class, x.Start})
	}
	if err := a.Engine.Insert(ctx, "sku_class_rows", rows); err != nil {
		return err
	}
	if err := a.table(ctx, "93_sku_classes", "sku_classes"); err != nil {
		return err
	}
	return errors.Join(a.view(ctx, "94_slices", "audit_slices"), a.view(ctx, "94_claimed", "claimed_slices"), a.view(ctx, "94_disputed", "finding_rows"), a.view(ctx, "99_verdicts", "line_verdicts"))
}
