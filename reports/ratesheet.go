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

// rateSheet writes a rate card as people read it: its terms in words, its tables
// as the rater holds them.
type rateSheet struct {
	*workbook
	card    *rate.Card
	rows    *rate.Rows
	charges map[string]map[string]string // names of charges, by language
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
	defer func() { err = errors.Join(err, s.file.Close()) }()
	out, err := s.book()
	if err != nil {
		return nil, fmt.Errorf("sheet of card %s: %w", card.ID, err)
	}
	return out, w.words.err()
}

func newRateSheet(w *writer, card *rate.Card, rows *rate.Rows, charges map[string]map[string]string) *rateSheet {
	return &rateSheet{workbook: &workbook{writer: w, file: excelize.NewFile(), styles: map[string]int{}, names: map[string]bool{}}, card: card, rows: rows, charges: charges}
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
		return s.formatted(formats[kindMoney], decimal.New(int64(v), -8).InexactFloat64())
	case share:
		return s.formatted(formats[kindPercent], decimal.New(int64(v), -6).InexactFloat64())
	case int64:
		return v
	case time.Time:
		return s.formatted(formats[kindDate], v)
	case phrase:
		return s.put(s.words.both(v))
	case string:
		if v != "" {
			return sheetText(v)
		}
	}
	return nil
}

func (s *rateSheet) row(values ...any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = s.put(v)
	}
	return out
}

func (s *rateSheet) label(key string) any {
	return excelize.Cell{StyleID: s.styles["head"], Value: sheetText(s.words.both(say("card." + key)))}
}

func (s *rateSheet) head(keys ...string) []any {
	out := make([]any, len(keys))
	for i, k := range keys {
		out[i] = s.label("col." + k)
	}
	return out
}

// list is phrases in one cell, each language by itself.
func (s *rateSheet) list(all ...phrase) phrase {
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
func (s *rateSheet) charge(word string) phrase {
	made := map[string]string{}
	for _, lang := range s.words.langs {
		made[lang] = calledBy(s.charges[lang], word)
	}
	return phrase{made: made}
}

func (s *rateSheet) book() ([]byte, error) {
	if err := s.makeStyles(); err != nil {
		return nil, err
	}
	lang := s.words.langs[0]
	for i := range s.card.Versions {
		name := s.name(s.words.plain(lang, say("card.sheet.terms", "n", i+1, "from", s.card.Versions[i].From)))
		if i == 0 {
			if err := s.file.SetSheetName("Sheet1", name); err != nil {
				return nil, err
			}
		} else if _, err := s.file.NewSheet(name); err != nil {
			return nil, err
		}
		if err := s.grid(name, []float64{26, 40, 44, 44, 12, 12, 20}, false, s.terms(i)); err != nil {
			return nil, err
		}
	}
	for _, t := range []struct {
		key    string
		widths []float64
		rows   [][]any
	}{
		{"prices", []float64{8, 12, 10, 10, 10, 8, 12, 12, 10, 12, 12, 8}, s.prices()},
		{"zones", []float64{8, 12, 10, 10, 10, 8}, s.zones()},
		{"zips", []float64{8, 12, 26, 14, 10, 10}, s.zips()},
		{"percents", []float64{8, 12, 26, 12, 12, 10, 16}, s.percents()},
	} {
		if len(t.rows) == 1 {
			continue
		}
		name := s.name(s.words.plain(lang, say("card.sheet."+t.key)))
		if _, err := s.file.NewSheet(name); err != nil {
			return nil, err
		}
		if err := s.grid(name, t.widths, true, t.rows); err != nil {
			return nil, err
		}
	}
	var raw bytes.Buffer
	if err := s.file.Write(&raw); err != nil {
		return nil, err
	}
	return sorted(raw.Bytes())
}

// version numbers a version of the card's tables and says its first day.
func (s *rateSheet) version(v int64) (number, from any) { return v + 1, s.rows.Versions[v].From }

func (s *rateSheet) prices() [][]any {
	out := [][]any{s.head("version", "from", "zone", "over", "up_to", "unit", "fixed", "covers", "per", "unit_price", "minimum", "currency")}
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
		out = append(out, s.row(n, from, p.Zone, e4(p.Over), upTo, s.rows.Versions[p.V].WeightUnit, fixed, covers, per, price, least, s.card.Currency))
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

func (s *rateSheet) zones() [][]any {
	out := [][]any{s.head("version", "from", "zone", "zip_from", "zip_to", "state")}
	for _, z := range s.rows.Zones {
		n, from := s.version(z.V)
		out = append(out, s.row(n, from, z.Zone, zipText(z.ZipFrom), zipText(z.ZipTo), z.State))
	}
	return out
}

// of is the surcharge that a row of a version belongs to.
func (s *rateSheet) of(v, n int64) phrase {
	in := s.card.Versions[v].Surcharges[n-1]
	if in.Name != "" {
		return literal(in.Name)
	}
	return s.charge(in.Charge)
}

func (s *rateSheet) zips() [][]any {
	out := [][]any{s.head("version", "from", "charge", "tier", "zip_from", "zip_to")}
	for _, z := range s.rows.Zips {
		n, from := s.version(z.V)
		out = append(out, s.row(n, from, s.of(z.V, z.N), z.Tier, zipText(&z.ZipFrom), zipText(&z.ZipTo)))
	}
	return out
}

func (s *rateSheet) percents() [][]any {
	out := [][]any{s.head("version", "from", "charge", "first_day", "end_day", "percent", "edition")}
	for _, p := range s.rows.Percents {
		n, from := s.version(p.V)
		out = append(out, s.row(n, from, s.of(p.V, p.N), p.From, p.To, share(p.Percent), p.Edition))
	}
	return out
}

// keyed is what a surcharge charges by tier or zone.
func (s *rateSheet) keyed(r rate.SurchargeRow) string {
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
