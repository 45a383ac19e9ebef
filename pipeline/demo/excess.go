package demo

import (
	"maps"
	"slices"
)

// asked is a parcel for which bills have asked for more than the quote.
type asked struct {
	p     *parcel
	about Mistake // of the last bill that names the parcel
}

// follow adds an entry to what its parcel has cost by then.
func (t *moneyLedger) follow(e *entry, about Mistake, date int64) {
	if e.p == nil || e.p.serial == 0 {
		return
	}
	due := len(e.effects) == 0 || e.effects[0].kind != efNotDue
	if channels[e.p.service].line == owUS && e.day > 0 {
		t.followMonth(e, about, date, due)
	}
	if e.p.late > 0 {
		t.followLate(e, about, due)
	}
	if !due || e.lines[0].charge == chCredit {
		return
	}
	e.p.billed += e.total()
	e.p.quoted += e.quoted
	if t.dear[e.p.serial] != nil || e.p.billed > e.p.quoted {
		t.dear[e.p.serial] = &asked{e.p, about}
	}
}

// aboveQuote notes the parcels that cost more than 5 of the currency and a fifth above their quote.
func (t *moneyLedger) aboveQuote() {
	for _, serial := range slices.Sorted(maps.Keys(t.dear)) {
		a := t.dear[serial]
		over := a.p.billed - a.p.quoted
		m := Mistake{Rule: "Q01", Soft: true, Expected: Cents(a.p.quoted), Billed: Cents(a.p.billed), Delta: Cents(over)}.of(a.about)
		switch {
		case over > 500 && over*5 > a.p.quoted:
			t.Mistakes = append(t.Mistakes, m)
		case over > 500 || over > 0 && over*5 > a.p.quoted:
			t.Near = append(t.Near, m)
		}
	}
}
