package run

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"waybill/pipeline/decode/sheet"
	"waybill/pipeline/rate"
	"waybill/reports"
)

// ExportCard writes a card as a readable workbook or page, as the end of file
// says, in the languages of the workspace, whole or not at all. file empty: a
// workbook of the card's name in the folder out. It gives the path.
func (r *Runner) ExportCard(card, file string) (string, error) {
	if file == "" {
		file = filepath.Join(r.WS.OutDir(), RatesFolder, card+".xlsx")
	}
	end := strings.ToLower(filepath.Ext(file))
	if end != ".xlsx" && end != ".html" {
		return "", &CardError{fmt.Errorf("%s: a card is written as .xlsx or as .html; try: --out %s.html", file, card)}
	}
	cards, err := r.usable(card)
	if err != nil {
		return "", err
	}
	k, rows, err := cards.Card(card)
	if err != nil {
		return "", &CardError{err}
	}
	names := map[string]map[string]string{}
	for _, lang := range r.WS.Config.Languages {
		names[lang] = r.chargeNames(lang)
	}
	var b []byte
	if langs := r.WS.Config.Languages; end == ".html" {
		b, err = reports.RatePage(k, rows, langs, names, r.Env.Version, r.reportFiles())
	} else {
		b, err = reports.RateSheet(k, rows, langs, names, r.reportFiles())
	}
	if err != nil {
		return "", err
	}
	return file, writeFile(file, b)
}

// CardImport is a table of a card that was made of a provider's sheet.
type CardImport struct {
	rate.Imported
	From    string `json:"from"`
	Sheet   string `json:"sheet"`
	Written bool   `json:"written"`

	Moves []CardMove `json:"moves"` // what the card as it would be moves, against those of the newest lake version
}

// ImportCard makes a table of a card of a workbook, as a mapping says. Where the
// card would not be right with it, or where dry, nothing is written. sheetName
// empty: that of the mapping.
func (r *Runner) ImportCard(ctx context.Context, card, file, mapping, sheetName string, dry bool) (out CardImport, err error) {
	b, err := os.ReadFile(mapping)
	if err != nil {
		return out, &CardError{err}
	}
	m, err := rate.ParseMapping(mapping, b)
	if err != nil {
		return out, &CardError{err}
	}
	if sheetName == "" {
		sheetName = m.Sheet
	}
	dir := path.Join(RatesFolder, card)
	root := os.DirFS(r.WS.Root)
	if _, err := fs.Stat(root, path.Join(dir, rate.CardFile)); err != nil {
		return out, &CardError{fmt.Errorf("there is no card %q; try: waybill rate list, or waybill rate new %s", card, card)}
	}
	if err := os.MkdirAll(r.WS.TempDir(), 0o755); err != nil {
		return out, err
	}
	res, err := sheet.Convert(ctx, file, sheet.Options{Name: file, Sheet: sheetName, Header: m.Header, End: m.End, Expect: m.Wanted(), Fold: rate.Fold, TempDir: r.WS.TempDir()})
	if err != nil {
		return out, &CardError{err}
	}
	defer func() { err = errors.Join(err, os.Remove(res.Path)) }()
	text, err := os.ReadFile(res.Path)
	if err != nil {
		return out, err
	}
	in := csv.NewReader(bytes.NewReader(text))
	in.FieldsPerRecord = -1
	rows, err := in.ReadAll()
	if err != nil {
		return out, err
	}
	grid := rate.Grid{Columns: res.Columns, Place: func(record, column int) string {
		at := sheet.Refusal{Sheet: res.Sheet, Row: int64(res.HeaderRow), Col: res.Col(column)}
		if record >= 0 {
			at.Row = res.Row(int64(record) + 1)
		}
		return file + ": " + at.Place()
	}}
	grid.Records = rows[1:]
	made, err := rate.Import(root, dir, m, grid)
	if err != nil {
		return out, &CardError{err}
	}
	out = CardImport{Imported: made, From: file, Sheet: res.Sheet, Moves: []CardMove{}}
	if len(made.Added)+len(made.Removed) > 0 {
		moves, err := r.movedByOne(ctx, made.Whole, made.Tables)
		if err != nil {
			return out, err
		}
		out.Moves = append(out.Moves, moves...)
	}
	if dry || len(made.Added)+len(made.Removed) == 0 {
		return out, nil
	}
	out.Written = true
	return out, writeFile(r.WS.Path(RatesFolder, card, made.File), made.Text)
}
