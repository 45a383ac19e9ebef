package run

import (
	"path/filepath"

	"waybill/reports"
)

// ExportCard writes a card as a readable workbook, in the languages of the
// workspace, whole or not at all. file empty: the card's name in the folder out.
// It gives the path.
func (r *Runner) ExportCard(card, file string) (string, error) {
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
	b, err := reports.RateSheet(k, rows, r.WS.Config.Languages, names, r.reportFiles())
	if err != nil {
		return "", err
	}
	if file == "" {
		file = filepath.Join(r.WS.OutDir(), RatesFolder, card+".xlsx")
	}
	return file, writeFile(file, b)
}
