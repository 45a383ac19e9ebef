package reports

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"waybill/pipeline/rate"
)

// cardText is a rate card as people read it, before it has a form: its terms in
// words, its tables as the rater holds them.
type cardText struct {
	*writer
	card    *rate.Card
	rows    *rate.Rows
	charges map[string]map[string]string // names of charges, by language
}

// cardTerm is a name with its value: e4, e8, share, int64, time.Time, phrase,
// string or nil, as the cells of a cardTable.
type cardTerm struct {
	key   string
	value any
}

// cardTable has a value per column in each row; its keys are those of words.
type cardTable struct {
	key     string
	columns []string
	rows    [][]any
}

// rateSheet writes a card as a workbook.
type rateSheet struct {
	*cardText
	out *workbook
}

// RateSheet is the workbook of a card in the languages: a sheet of terms for each
// version, then prices, zones, ZIP lists and percentages of all of them. charges
// names charges by language. The same card gives the same bytes.
func RateSheet(card *rate.Card, rows *rate.Rows, languages []string, charges map[string]map[string]string, files Files) (_ []byte, err error) {
	w, err := newWriter(files, languages, "")
	if err != nil {
		return nil, err
	}
	s := newRateSheet(w, card, rows, charges)
	defer func() { err = errors.Join(err, s.out.file.Close()) }()
	out, err := s.book()
	if err != nil {
		return nil, fmt.Errorf("sheet of card %s: %w", card.ID, err)
	}
	return out, w.words.err()
}

func newRateSheet(w *writer, card *rate.Card, rows *rate.Rows, charges map[string]map[string]string) *rateSheet {
	return &rateSheet{&cardText{w, card, rows, charges}, &workbook{writer: w, file: excelize.NewFile(), styles: map[string]int{}, names: map[string]bool{}}}
}

// e4 and e8 are numbers as the card's rows hold them; e8 is money.
type (
	e4    int64
	e8    int64
	share int64 // e4 of a hundredth
)

func (n e4) String() string    { return decimal.New(int64(n), -4).String() }
func (n e8) String() string    { return decimal.New(int64(n), -8).String() }
func (n share) String() string { return decimal.New(int64(n), -4).String() }

// put is a value as a cell; what is nil or empty has none.
func (s *rateSheet) put(v any) any {
	switch v := v.(type) {
	case e4:
		return decimal.New(int64(v), -4).InexactFloat64()
	case e8:
		return s.out.formatted(formats[kindMoney], decimal.New(int64(v), -8).InexactFloat64())
	case share:
		return s.out.formatted(formats[kindPercent], decimal.New(int64(v), -6).InexactFloat64())
	case int64:
		return v
	case time.Time:
		return s.out.formatted(formats[kindDate], v)
	case phrase:
		return s.put(s.words.both(v))
	case string:
		if v != "" {
			return sheetText(v)
		}
	}
	return nil
}

func (s *rateSheet) row(values []any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = s.put(v)
	}
	return out
}

func (s *rateSheet) label(key string) any {
	return excelize.Cell{StyleID: s.out.styles["head"], Value: sheetText(s.words.both(say("card." + key)))}
}

func (s *rateSheet) head(keys []string) []any {
	out := make([]any, len(keys))
	for i, k := range keys {
		out[i] = s.label("col." + k)
	}
	return out
}

// list is phrases in one cell, each language by itself.
func (s *cardText) list(all ...phrase) phrase {
	made := map[string]string{}
	for _, lang := range s.words.langs {
		var texts []string
		for _, p := range all {
			if p.Set() {
				texts = append(texts, s.words.plain(lang, p))
			}
		}
		made[lang] = strings.Join(texts, s.words.plain(lang, say("card.between")))
	}
	return phrase{made: made}
}

// charge is the name of a charge in each language, or its word.
func (s *cardText) charge(word string) phrase {
	made := map[string]string{}
	for _, lang := range s.words.langs {
		made[lang] = calledBy(s.charges[lang], word)
	}
	return phrase{made: made}
}

func (s *rateSheet) book() ([]byte, error) {
	if err := s.out.makeStyles(); err != nil {
		return nil, err
	}
	file := s.out.file
	lang := s.words.langs[0]
	for i := range s.card.Versions {
		name := s.out.name(s.words.plain(lang, say("card.sheet.terms", "n", i+1, "from", s.card.Versions[i].From)))
		if i == 0 {
			if err := file.SetSheetName("Sheet1", name); err != nil {
				return nil, err
			}
		} else if _, err := file.NewSheet(name); err != nil {
			return nil, err
		}
		if err := s.out.grid(name, []float64{26, 40, 44, 44, 12, 12, 20}, false, s.termRows(i)); err != nil {
			return nil, err
		}
	}
	for _, t := range []struct {
		cardTable
		widths []float64
	}{
		{s.prices(), []float64{8, 12, 10, 10, 10, 8, 12, 12, 10, 12, 12, 8}},
		{s.zones(), []float64{8, 12, 10, 10, 10, 8}},
		{s.zips(), []float64{8, 12, 26, 14, 10, 10}},
		{s.percents(), []float64{8, 12, 26, 12, 12, 10, 16}},
	} {
		if len(t.rows) == 0 {
			continue
		}
		name := s.out.name(s.words.plain(lang, say("card.sheet."+t.key)))
		if _, err := file.NewSheet(name); err != nil {
			return nil, err
		}
		if err := s.out.grid(name, t.widths, true, s.tableRows(t.cardTable)); err != nil {
			return nil, err
		}
	}
	var raw bytes.Buffer
	if err := file.Write(&raw); err != nil {
		return nil, err
	}
	return sorted(raw.Bytes())
}

// termRows are a version's terms, then its surcharges below a row without cells.
func (s *rateSheet) termRows(i int) [][]any {
	var out [][]any
	for _, t := range append(s.about(), s.terms(i)...) {
		if value := s.put(t.value); value != nil {
			out = append(out, []any{s.label("term." + t.key), value})
		}
	}
	if t := s.surcharges(i); len(t.rows) > 0 {
		out = append(append(out, nil), s.tableRows(t)...)
	}
	return out
}

func (s *rateSheet) tableRows(t cardTable) [][]any {
	out := [][]any{s.head(t.columns)}
	for _, r := range t.rows {
		out = append(out, s.row(r))
	}
	return out
}

// version numbers a version of the card's tables and says its first day.
func (s *cardText) version(v int64) (number, from any) { return v + 1, s.rows.Versions[v].From }

func (s *cardText) prices() cardTable {
	out := cardTable{key: "prices", columns: []string{"version", "from", "zone", "over", "up_to", "unit", "fixed", "covers", "per", "unit_price", "minimum", "currency"}}
	for _, p := range s.rows.Prices {
		n, from := s.version(p.V)
		var upTo, fixed, covers, per, price, least any
		if p.UpTo != nil {
			upTo = e4(*p.UpTo)
		}
		if p.Fixed != 0 || p.UnitPrice == 0 {
			fixed = e8(p.Fixed)
		}
		if p.From != 0 {
			covers = e4(p.From)
		}
		if p.UnitPrice != 0 {
			per, price = e4(10_000), e8(p.UnitPrice*10_000)
		}
		if p.Unit != nil {
			per = e4(*p.Unit)
		}
		if p.Minimum != 0 {
			least = e8(p.Minimum)
		}
		out.rows = append(out.rows, []any{n, from, p.Zone, e4(p.Over), upTo, s.rows.Versions[p.V].WeightUnit, fixed, covers, per, price, least, s.card.Currency})
	}
	return out
}

// zipText is a ZIP of five digits, a text.
func zipText(n *int64) any {
	if n == nil {
		return nil
	}
	return fmt.Sprintf("%05d", *n)
}

func (s *cardText) zones() cardTable {
	out := cardTable{key: "zones", columns: []string{"version", "from", "zone", "zip_from", "zip_to", "state"}}
	for _, z := range s.rows.Zones {
		n, from := s.version(z.V)
		out.rows = append(out.rows, []any{n, from, z.Zone, zipText(z.ZipFrom), zipText(z.ZipTo), z.State})
	}
	return out
}

// of is the surcharge that a row of a version belongs to.
func (s *cardText) of(v, n int64) phrase {
	in := s.card.Versions[v].Surcharges[n-1]
	if in.Name != "" {
		return literal(in.Name)
	}
	return s.charge(in.Charge)
}

func (s *cardText) zips() cardTable {
	out := cardTable{key: "zips", columns: []string{"version", "from", "charge", "tier", "zip_from", "zip_to"}}
	for _, z := range s.rows.Zips {
		n, from := s.version(z.V)
		out.rows = append(out.rows, []any{n, from, s.of(z.V, z.N), z.Tier, zipText(&z.ZipFrom), zipText(&z.ZipTo)})
	}
	return out
}

func (s *cardText) percents() cardTable {
	out := cardTable{key: "percents", columns: []string{"version", "from", "charge", "first_day", "end_day", "percent", "edition"}}
	for _, p := range s.rows.Percents {
		n, from := s.version(p.V)
		out.rows = append(out.rows, []any{n, from, s.of(p.V, p.N), p.From, p.To, share(p.Percent), p.Edition})
	}
	return out
}

// keyed is what a surcharge charges by tier or zone.
func (s *cardText) keyed(r rate.SurchargeRow) string {
	by := map[string]string{}
	for _, a := range s.rows.Amounts {
		if a.V == r.V && a.N == r.N {
			by[a.Key] = e8(a.Amount).String()
		}
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(by)) {
		out = append(out, k+" "+by[k])
	}
	return strings.Join(out, ", ")
}
