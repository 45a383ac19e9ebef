package reports

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"waybill/pipeline/claims"
	"waybill/pipeline/rate"
)

// DisputePack is a pack as files: the workbook, and its lines as CSV in UTF-8
// with a mark, which spreadsheets need to know it by.
type DisputePack struct{ XLSX, CSV []byte }

// dispute writes a pack in the language of its provider.
type dispute struct {
	*workbook
	pack  claims.Pack
	facts DisputeFacts
}

// DisputeFacts are what a pack says beside its claims.
type DisputeFacts struct {
	Charges, Rules map[string]string       // names in the pack's language, by the word of a charge and the id of a rule; what has none stands as it is
	Proofs         map[string]DisputeProof // by parcel
	Zone           *time.Location          // of instants; nil: UTC
}

// DisputeProof is what the contract asks for a claim's parcel, and where it was when.
type DisputeProof struct {
	Price rate.Price // without a card where none prices it
	Scans []DisputeScan
}

// DisputeScan is when a parcel came to a node.
type DisputeScan struct {
	Node string // one of the words' node.*
	At   time.Time
}

// calledBy is a name of a table, or the word itself.
func calledBy(names map[string]string, word string) string {
	if n := names[word]; n != "" {
		return n
	}
	return word
}

// Dispute renders a pack: a summary, a line per claim with room for the answer,
// and the evidence of each. The same pack gives the same bytes.
func Dispute(pack claims.Pack, facts DisputeFacts, files Files) (out DisputePack, err error) {
	w, err := newWriter(files, []string{pack.Language}, "")
	if err != nil {
		return out, err
	}
	d := &dispute{workbook: &workbook{writer: w, file: excelize.NewFile(), styles: map[string]int{}, names: map[string]bool{}}, pack: pack, facts: facts}
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

// owed is an amount in a cell.
type owed struct{ claims.Amount }

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
	{"charge", 18, func(d *dispute, c claims.Claim) any { return calledBy(d.facts.Charges, c.Charge) }},
	{"rule", 8, func(_ *dispute, c claims.Claim) any { return c.Rule }},
	{"why", 34, func(d *dispute, c claims.Claim) any { return calledBy(d.facts.Rules, c.Rule) }},
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
		for _, f := range d.evidence(line) {
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
		rows = append(rows, []any{d.put(t.Rule), d.put(calledBy(d.facts.Rules, t.Rule)), d.put(t.Currency), d.put(t.Claims), d.put(owed{t.Claimed})})
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

// evidence is what the rule wrote down, then what the contract asks for the
// parcel, then its scans.
func (d *dispute) evidence(c claims.Claim) []item {
	text := func(p phrase) string { return d.words.plain(d.pack.Language, p) }
	out := []item{{d.word("col.rule"), c.Rule + " " + c.RuleVersion}}
	add := func(name string, value ...string) {
		if said := strings.Join(slices.DeleteFunc(value, func(s string) bool { return s == "" }), ", "); said != "" {
			out = append(out, item{name, said})
		}
	}
	zone := d.facts.Zone
	if zone == nil {
		zone = time.UTC
	}
	facts := evidenceOf(string(c.Evidence))
	w := factWords{words: d.words, clock: clock{zone}, charge: func(id string) phrase { return literal(calledBy(d.facts.Charges, id)) }}.in(facts)
	proof := d.facts.Proofs[c.Shipment]
	p := proof.Price
	isPriced := p.Card != "" && p.Problem == ""
	for _, e := range facts {
		if isPriced && (e.key == "card" || e.key == "day_of_the_card" || e.key == "zip") {
			continue // the price says it below
		}
		out = append(out, item{text(w.what(e)), day(text(w.value(c.Currency, e)))})
	}
	if isPriced {
		add(d.word("evidence.card"), p.Card, p.From)
		add(d.word("evidence.clause"), p.Clause)
		add(d.word("evidence.day"), p.Day)
		add(d.word("evidence.actual_weight"), weighs(p.Actual, p.Unit))
		add(d.word("evidence.sides"), p.Sides)
		add(d.word("evidence.volumetric_weight"), weighs(p.Volumetric, p.Unit))
		add(d.word("evidence.chargeable_weight"), weighs(p.Chargeable, p.Unit))
		add(d.word("evidence.zip"), p.ZIP)
		add(d.word("evidence.zone"), p.Zone)
		due := false
		for _, x := range p.Charges {
			if c.Charge != "" && x.Charge != c.Charge || !x.Charged {
				continue
			}
			due = true
			add(text(say("claims.evidence.due", "charge", w.charge(x.Charge))), x.Amount+" "+p.Currency, x.Tier, x.Source, x.Clause)
		}
		if c.Charge != "" && !due {
			add(text(say("claims.evidence.due", "charge", w.charge(c.Charge))), d.word("evidence.not_due"))
		}
	}
	for _, x := range proof.Scans {
		add(text(d.words.term("node", x.Node)), x.At.In(zone).Format("2006-01-02 15:04 -07:00"))
	}
	return out
}

func weighs(n, unit string) string {
	if n == "" {
		return ""
	}
	return n + " " + unit
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
