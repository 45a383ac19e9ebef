package reports

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"waybill/pipeline/rate"
)

// ratePage writes a card as a page.
type ratePage struct{ *cardText }

// RatePage is the page of a card in the languages, of the same terms and rows as
// its RateSheet: what all versions share, then each version with its tables.
// charges names charges by language, program is the version of waybill. The same
// card gives the same bytes.
func RatePage(card *rate.Card, rows *rate.Rows, languages []string, charges map[string]map[string]string, program string, files Files) ([]byte, error) {
	w, err := newWriter(files, languages, "")
	if err != nil {
		return nil, err
	}
	out, err := w.html(newRatePage(w, card, rows, charges).page(program))
	return out, errors.Join(err, w.words.err())
}

func newRatePage(w *writer, card *rate.Card, rows *rate.Rows, charges map[string]map[string]string) *ratePage {
	return &ratePage{&cardText{w, card, rows, charges}}
}

func (s *ratePage) page(program string) page {
	p := page{Name: "card", Heading: say("card.heading", "card", s.card.ID), Program: program}
	p.Sections = []section{{ID: "answer", Title: say("card.term.card"), Quiet: true, Blocks: []block{s.facts(s.about())}}}
	tables := []cardTable{s.zones(), s.zips(), s.percents()}
	prices := s.prices()
	for i, v := range s.card.Versions {
		one := section{ID: "version-" + digits(i+1), Title: say("card.version", "n", i+1, "from", v.From), Blocks: []block{s.facts(s.terms(i))}}
		add := func(t cardTable) *table {
			if len(t.rows) == 0 {
				return nil
			}
			made := s.table(t, i)
			one.Blocks = append(one.Blocks, made)
			return made
		}
		if t := add(s.surcharges(i)); t != nil {
			t.Cards = true
		}
		if v.Matrix != "" {
			one.Blocks = append(one.Blocks, s.matrix(i))
		} else {
			add(ofVersion(prices, i))
		}
		for _, t := range tables {
			if t := add(ofVersion(t, i)); t != nil {
				t.Tall = true
			}
		}
		p.Sections = append(p.Sections, one)
	}
	return p
}

// versionColumns are those that say of which version a row is.
const versionColumns = 2

// ofVersion are a table's rows of one version, without the columns that say so.
func ofVersion(t cardTable, i int) cardTable {
	out := cardTable{key: t.key, columns: t.columns[versionColumns:]}
	for _, r := range t.rows {
		if r[0] == int64(i+1) {
			out.rows = append(out.rows, r[versionColumns:])
		}
	}
	return out
}

// text is a value as the page shows it, with all of its digits; what is nil or
// empty is not set.
func (s *ratePage) text(v any) phrase {
	switch v := v.(type) {
	case e4:
		return digitsOf(number(v.String()))
	case e8:
		return digitsOf(exactMoney(v))
	case share:
		return digitsOf(number(v.String() + "%"))
	case int64:
		return digitsOf(count(v))
	case time.Time:
		return literal(v.Format(time.DateOnly))
	case phrase:
		if s.words.both(v) != "" {
			return v
		}
	case string:
		return literal(v)
	}
	return phrase{}
}

// exactMoney has two decimals, or as many more as the card states.
func exactMoney(n e8) number {
	d := decimal.New(int64(n), -8)
	text := d.String()
	if -d.Exponent() < 2 || d.Equal(d.Truncate(2)) {
		text = d.StringFixed(2)
	}
	whole, cents, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	sign := ""
	if d.IsNegative() {
		sign = minus
	}
	return number(sign + thousands(whole) + "." + cents)
}

func (s *ratePage) facts(terms []cardTerm) facts {
	var out facts
	for _, t := range terms {
		if text := s.text(t.value); text.Set() {
			out = append(out, pair{say("card.term." + t.key), text})
		}
	}
	return out
}

func (s *ratePage) cell(v any) cell {
	if text := s.text(v); text.Set() {
		return cell{Text: text}
	}
	return dash()
}

// columnKinds are the columns whose cells are not words.
var columnKinds = map[string]kind{
	"over": kindNumber, "up_to": kindNumber, "covers": kindNumber, "per": kindNumber, "fixed": kindMoney, "unit_price": kindMoney, "minimum": kindMoney,
	"percent": kindPercent, "first_day": kindDate, "end_day": kindDate,
}

func (s *ratePage) column(key string) column {
	c := column{Kind: columnKinds[key], Head: say("card.col." + key)}
	switch {
	case key == "amount", key == "when":
		c.Kind, c.Class = kindPhrase, "note"
	case c.Kind == "":
		c.Kind = kindPhrase
	}
	return c
}

// table is a card's table of version i; a column without a value is left out.
func (s *ratePage) table(t cardTable, i int) *table {
	out := &table{ID: t.key + "-" + digits(i+1), Caption: say("card.sheet." + t.key), Visible: true, Rows: make([]row, len(t.rows))}
	for at, key := range t.columns {
		if !slices.ContainsFunc(t.rows, func(r []any) bool { return s.text(r[at]).Set() }) {
			continue
		}
		c := s.column(key)
		c.Key = len(out.Columns) == 0
		out.Columns = append(out.Columns, c)
		for n, r := range t.rows {
			out.Rows[n].Cells = append(out.Rows[n].Cells, s.cell(r[at]))
		}
	}
	return out
}

// matrix is the prices of version i as its card writes them: a row for each
// weight, a column for each zone.
func (s *ratePage) matrix(i int) *table {
	out := &table{ID: "prices-" + digits(i+1), Caption: say("card.sheet.prices"), Visible: true,
		Columns: []column{s.column("over"), s.column("up_to"), s.column("unit")}}
	out.Columns[0].Key = true
	first := len(out.Columns)
	var zones []string
	var ends []int64
	for _, p := range s.rows.Prices {
		if p.V != int64(i) {
			continue
		}
		at := slices.Index(zones, p.Zone)
		if at < 0 {
			at = len(zones)
			zones = append(zones, p.Zone)
			out.Columns = append(out.Columns, column{Kind: kindMoney, Head: say("card.when.zones", "zones", p.Zone)})
		}
		n := slices.Index(ends, *p.UpTo)
		if n < 0 {
			n = len(ends)
			ends = append(ends, *p.UpTo)
			out.Rows = append(out.Rows, row{Cells: []cell{s.cell(e4(p.Over)), s.cell(e4(*p.UpTo)), s.cell(s.rows.Versions[i].WeightUnit)}})
		}
		for len(out.Rows[n].Cells) <= first+at {
			out.Rows[n].Cells = append(out.Rows[n].Cells, dash())
		}
		out.Rows[n].Cells[first+at] = s.cell(e8(p.Fixed))
	}
	out.Columns = append(out.Columns, s.column("currency"))
	for n := range out.Rows {
		out.Rows[n].Cells = append(out.Rows[n].Cells, s.cell(s.card.Currency))
	}
	return out
}
