package audit

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
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
	file := path.Join(folder, name)
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil || !slices.Equal(head, skuColumns) {
		return nil, fmt.Errorf("%s:1:1: the header is %q; try: %s", file, strings.Join(head, ","), strings.Join(skuColumns, ","))
	}
	var out []SKUClass
	var errs []error
	seen := map[string]int{}
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, errors.Join(errs...)
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return nil, fmt.Errorf("%s:%d:%d: %w", file, broken.Line, broken.Column, broken.Err)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ := r.FieldPos(0)
		sku := strings.TrimSpace(rec[0])
		switch {
		case len(rec) != len(skuColumns):
			errs = append(errs, fmt.Errorf("%s:%d:1: %d cells; try: %d", file, line, len(rec), len(skuColumns)))
			continue
		case sku == "" || strings.TrimSpace(rec[1]) == "":
			errs = append(errs, fmt.Errorf("%s:%d:1: a SKU or its class is empty", file, line))
		case seen[sku] > 0:
			errs = append(errs, fmt.Errorf("%s:%d:1: the class of %s stands in line %d already", file, line, sku, seen[sku]))
		}
		seen[sku] = line
		start := strings.HasSuffix(sku, "*")
		out = append(out, SKUClass{SKU: strings.TrimSuffix(sku, "*"), Class: strings.TrimSpace(rec[1]), Start: start})
	}
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
