package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"waybill/pipeline/claims"
)

// DisputePack is a pack as files: the workbook, and its lines as CSV in UTF-8
// with a mark, which spreadsheets need to know it by.
type DisputePack struct{ XLSX, CSV []byte }

// dispute writes a pack in the language of its provider.
type dispute struct {
	*workbook
	pack  claims.Pack
	names DisputeNames
}

// DisputeNames are names in the pack's language, by the word of a charge and the
// id of a rule; what has none stands as it is.
type DisputeNames struct{ Charges, Rules map[string]string }

// calledBy is a name of a table, or the word itself.
func calledBy(names map[string]string, word string) string {
	if n := names[word]; n != "" {
		return n
	}
	return word
}

// Dispute renders a pack: a summary, a line per claim with room for the answer,
// and the evidence of each. The same pack gives the same bytes.
func Dispute(pack claims.Pack, names DisputeNames, files Files) (out DisputePack, err error) {
	w, err := newWriter(files, []string{pack.Language}, "")
	if err != nil {
		return out, err
	}
	d := &dispute{workbook: &workbook{writer: w, file: excelize.NewFile(), styles: map[string]int{}, names: map[string]bool{}}, pack: pack, names: names}
	defer func() { err = errors.Join(err, d.file.Close()) }()
	if out.XLSX, err = d.book(); err != nil {
		return out, fmt.Errorf("dispute pack %s: %w", pack.Batch, err)
	}
	if out.CSV, err = d.csv(); err != nil {
		return out, fmt.Errorf("dispute pack %s: %w", pack.Batch, err)
	}
	return out, w.words.err()
}

func (d *dispute) word(key string) string { return d.words.plain(d.pack.Language, say("claims."+key)) }

// known is the word for a code, or the code.
func (d *dispute) known(family, id string) string {
	return d.words.plain(d.pack.Language, d.words.term(family, id))
}

// owed is an amount in a cell, quantity another number of at most four places.
type (
	owed     struct{ claims.Amount }
	quantity struct{ claims.Amount }
)

// double is what a cell holds: its shortest text is the amount's up to 15 digits.
func double(a claims.Amount) float64 { return decimal.New(int64(a), -4).InexactFloat64() }

// day is a date of a cell: a text where it is none.
func day(s string) any {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t
	}
	return s
}

// lineColumns are those of the lines: the key of the head, its width, the value.
var lineColumns = []struct {
	key   string
	width float64
	value func(*dispute, claims.Claim) any
}{
	{"claim_id", 24, func(_ *dispute, c claims.Claim) any { return claims.Mark + c.ID }},
	{"bill_no", 20, func(_ *dispute, c claims.Claim) any { return c.BillNo }},
	{"bill_version", 8, func(_ *dispute, c claims.Claim) any { return c.Version }},
	{"bill_date", 12, func(_ *dispute, c claims.Claim) any { return day(c.BillDate) }},
	{"number", 26, func(_ *dispute, c claims.Claim) any { return c.Number }},
	{"charge", 18, func(d *dispute, c claims.Claim) any { return calledBy(d.names.Charges, c.Charge) }},
	{"rule", 8, func(_ *dispute, c claims.Claim) any { return c.Rule }},
	{"why", 34, func(d *dispute, c claims.Claim) any { return calledBy(d.names.Rules, c.Rule) }},
	{"expected", 14, func(_ *dispute, c claims.Claim) any { return owed{c.Finding.Expected} }},
	{"billed", 14, func(_ *dispute, c claims.Claim) any { return owed{c.Billed} }},
	{"claimed", 14, func(_ *dispute, c claims.Claim) any { return owed{c.Claimed} }},
	{"currency", 8, func(_ *dispute, c claims.Claim) any { return c.Currency }},
	{"claim_by", 12, func(_ *dispute, c claims.Claim) any { return day(c.Deadline) }},
	{"batch", 28, func(d *dispute, _ claims.Claim) any { return d.pack.Batch }},
	{"decision", 14, nil},
	{"approved", 14, nil},
	{"reason", 30, nil},
}

// put is a value as a cell.
func (d *dispute) put(v any) any {
	switch v := v.(type) {
	case owed:
		return d.formatted(formats[kindMoney], double(v.Amount))
	case quantity:
		return double(v.Amount)
	case time.Time:
		return d.formatted(formats[kindDate], v)
	case int64:
		return d.formatted(formats[kindNumber], v)
	case int:
		return d.formatted(formats[kindNumber], int64(v))
	case string:
		if v == "" {
			return nil
		}
		return sheetText(v)
	}
	return nil
}

func (d *dispute) head(keys ...string) []any {
	out := make([]any, len(keys))
	for i, k := range keys {
		out[i] = excelize.Cell{StyleID: d.styles["head"], Value: sheetText(d.word("col." + k))}
	}
	return out
}

func (d *dispute) book() ([]byte, error) {
	if err := d.makeStyles(); err != nil {
		return nil, err
	}
	first := d.name(d.word("sheet.summary"))
	if err := d.file.SetSheetName("Sheet1", first); err != nil {
		return nil, err
	}
	if err := d.grid(first, []float64{26, 44, 10, 10, 16}, false, d.summary()); err != nil {
		return nil, err
	}
	var keys []string
	var widths []float64
	for _, c := range lineColumns {
		keys, widths = append(keys, c.key), append(widths, c.width)
	}
	rows := [][]any{d.head(keys...)}
	for _, line := range d.pack.Lines {
		var cells []any
		for _, c := range lineColumns {
			if c.value != nil {
				cells = append(cells, d.put(c.value(d, line)))
			}
		}
		rows = append(rows, cells)
	}
	proof := [][]any{d.head("claim_id", "number", "item", "value")}
	for _, line := range d.pack.Lines {
		found, err := d.evidence(line)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			proof = append(proof, []any{d.put(claims.Mark + line.ID), d.put(line.Number), d.put(f.item), d.put(f.value)})
		}
	}
	for _, s := range []struct {
		key    string
		widths []float64
		rows   [][]any
	}{{"sheet.lines", widths, rows}, {"sheet.evidence", []float64{24, 26, 34, 60}, proof}} {
		name := d.name(d.word(s.key))
		if _, err := d.file.NewSheet(name); err != nil {
			return nil, err
		}
		if err := d.grid(name, s.widths, true, s.rows); err != nil {
			return nil, err
		}
	}
	var raw bytes.Buffer
	if err := d.file.Write(&raw); err != nil {
		return nil, err
	}
	return sorted(raw.Bytes())
}

func (d *dispute) summary() [][]any {
	p := d.pack
	label := func(key string) any {
		return excelize.Cell{StyleID: d.styles["head"], Value: sheetText(d.word(key))}
	}
	rows := [][]any{
		{label("summary.provider"), d.put(p.Title)},
		{label("summary.contact"), d.put(p.Contact)},
		{label("summary.batch"), d.put(p.Batch)},
		{label("summary.day"), d.put(day(p.Day))},
		{label("summary.claims"), d.put(len(p.Lines))},
		{label("summary.answer"), d.put(d.word("summary.answer_text"))},
		{},
		d.head("rule", "why", "currency", "claims", "claimed"),
	}
	for _, t := range p.Rules {
		rows = append(rows, []any{d.put(t.Rule), d.put(calledBy(d.names.Rules, t.Rule)), d.put(t.Currency), d.put(t.Claims), d.put(owed{t.Claimed})})
	}
	for _, t := range p.Totals {
		rows = append(rows, []any{label("summary.total"), nil, d.put(t.Currency), d.put(t.Claims), d.put(owed{t.Claimed})})
	}
	return rows
}

// item is a row of the evidence.
type item struct {
	item  string
	value any
}

// evidence takes the object of a finding apart, in its own order.
func (d *dispute) evidence(c claims.Claim) ([]item, error) {
	out := []item{{d.word("col.rule"), c.Rule + " " + c.RuleVersion}}
	if len(c.Evidence) == 0 {
		return out, nil
	}
	dec := json.NewDecoder(bytes.NewReader(c.Evidence))
	dec.UseNumber()
	if err := d.walk(dec, "", &out); err != nil {
		return nil, fmt.Errorf("evidence of claim %s: %w", c.ID, err)
	}
	return out, nil
}

// smallNumber is one that a cell shows as it stands.
var smallNumber = regexp.MustCompile(`^-?(0|[1-9]\d{0,10})(\.\d{1,4})?$`)

func (d *dispute) walk(dec *json.Decoder, name string, out *[]item) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	below := func(more string) string { return strings.TrimPrefix(name+" / "+more, " / ") }
	switch v := tok.(type) {
	case json.Delim:
		for i := 1; dec.More(); i++ {
			next := below(fmt.Sprint(i))
			if v == '{' {
				key, err := dec.Token()
				if err != nil {
					return err
				}
				next = below(d.known("claims.evidence", fmt.Sprint(key)))
			}
			if err := d.walk(dec, next, out); err != nil {
				return err
			}
		}
		if _, err := dec.Token(); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	case json.Number:
		if smallNumber.MatchString(v.String()) {
			if a, err := claims.ParseAmount(v.String()); err == nil {
				*out = append(*out, item{name, quantity{a}})
				return nil
			}
		}
		*out = append(*out, item{name, v.String()})
	case string:
		*out = append(*out, item{name, day(v)})
	case bool:
		*out = append(*out, item{name, fmt.Sprint(v)})
	}
	return nil
}

// csv is the lines as text.
func (d *dispute) csv() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	var head []string
	for _, c := range lineColumns {
		head = append(head, sheetText(d.word("col."+c.key)))
	}
	if err := w.Write(head); err != nil {
		return nil, err
	}
	for _, line := range d.pack.Lines {
		cells := make([]string, len(lineColumns))
		for i, c := range lineColumns {
			if c.value == nil {
				continue
			}
			switch v := c.value(d, line).(type) {
			case owed:
				cells[i] = v.String()
			case time.Time:
				cells[i] = v.Format(time.DateOnly)
			case string:
				cells[i] = sheetText(v)
			default:
				cells[i] = fmt.Sprint(v)
			}
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
