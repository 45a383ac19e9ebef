package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"waybill/pipeline/metric"
)

// fact is one thing that a rule wrote down about its finding.
type evidenceFact struct {
	key   string
	value any // string, json.Number or bool
}

// evidenceOf reads a finding's evidence in the order in which its rule wrote it;
// what is empty is left out. A text that is no object gives nothing.
func evidenceOf(text string) []evidenceFact {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var out []evidenceFact
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return out
		}
		var v any
		if err := d.Decode(&v); err != nil {
			return out
		}
		if name, ok := key.(string); ok && v != nil && v != "" {
			out = append(out, evidenceFact{name, v})
		}
	}
	return out
}

// moneyFacts are evidence in the finding's currency.
var moneyFacts = map[string]bool{"quoted": true, "base": true, "base_billed": true, "unit_price": true, "minimum_billed": true, "minimum_charge_billed": true, "credit_due": true, "per_kg": true, "median_per_kg": true, "claim_cap": true, "credited_already": true, "pays_per_day": true, "shortfall_until_then": true, "billed_until_then": true}

// factWords turn evidence into words.
type factWords struct {
	words  *words
	clock  clock
	charge func(string) phrase
	offset bool // stands behind instants
}

// in are the words for evidence that counts days of a zone of its own: its
// instants stand in that zone, else a parcel that came by midnight there seems to
// have come on another day than the rule says.
func (w factWords) in(facts []evidenceFact) factWords {
	for _, e := range facts {
		if e.key != "days_of" {
			continue
		}
		if zone, err := time.LoadLocation(fmt.Sprint(e.value)); err == nil {
			w.clock, w.offset = clock{zone}, true
		}
	}
	return w
}

// value is how much, in a finding's currency.
func (w factWords) value(currency string, e evidenceFact) phrase {
	text := fmt.Sprint(e.value)
	switch {
	case moneyFacts[e.key], strings.HasSuffix(e.key, "_part"):
		return digitsOf(number(money(text, currency)))
	case strings.HasSuffix(e.key, "percent_e4"), e.key == "percent_of_contract_e4":
		if d, err := decimal.NewFromString(text); err == nil {
			return digitsOf(number(d.Shift(-4).String() + "%"))
		}
	case e.key == "billed_beside":
		return w.charge(text)
	case e.key == "reason":
		return w.words.term("money.gap", text)
	case strings.HasSuffix(e.key, "_at"):
		if at, ok := instantOf(text); ok && w.offset {
			return digitsOf(w.clock.minute(at) + number(at.In(w.clock.loc).Format(" -07:00")))
		} else if ok {
			return digitsOf(w.clock.minute(at))
		}
	}
	return w.words.term("evidence.value", plain(text))
}

func (w factWords) what(e evidenceFact) phrase { return w.words.term("evidence", e.key) }

// fact is one piece of a finding's evidence, of its facts, in words: what, and how much.
func (b *moneyPage) fact(f metric.MoneyFinding, facts []evidenceFact, e evidenceFact) phrase {
	w := factWords{words: b.words, clock: b.clock, charge: b.charge}.in(facts)
	return say("evidence.fact", "what", w.what(e), "value", w.value(f.Currency, e))
}

// plain takes the zeros behind a decimal away, which only say how a rule counts.
func plain(text string) string {
	if d, err := decimal.NewFromString(text); err == nil && strings.Contains(text, ".") {
		return d.String()
	}
	return text
}

// instantOf reads an instant as the engine writes it.
func instantOf(s string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999-07", "2006-01-02 15:04:05.999999-07:00", time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func dayOf(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil
}

// why is a finding's evidence as one cell: a line each in the page, one text in
// the sheet.
func (b *moneyPage) why(f metric.MoneyFinding) cell {
	var lines []phrase
	texts := map[string]string{}
	facts := evidenceOf(f.Evidence)
	for _, e := range facts {
		line := b.fact(f, facts, e)
		lines = append(lines, line)
		for _, lang := range b.words.langs {
			if texts[lang] != "" {
				texts[lang] += "; "
			}
			texts[lang] += b.words.plain(lang, line)
		}
	}
	if len(lines) == 0 {
		return dash()
	}
	return cell{Text: phrase{made: texts}, Order: texts[b.words.langs[0]]}
}
