package demo

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Cents is an amount of money in hundredths of its currency; in JSON a text as "-12.30".
type Cents int64

// MarshalJSON writes "-12.30".
func (c Cents) MarshalJSON() ([]byte, error) { return []byte(`"` + money(int64(c)) + `"`), nil }

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Cents) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	v, err := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
	if err != nil || len(text) < 4 || text[len(text)-3] != '.' {
		return fmt.Errorf("demo: %q is no amount", text)
	}
	*c = Cents(v)
	return nil
}

// MoneyTruth is what is so of the bills in the files. Days are those of the
// cards, months those of the bills' dates. All amounts are of the currency beside them.
//
// Billed is all lines of the bills that hold (a resend adds nothing, of a
// supplement or rebill the later word holds), Quoted the price of their
// parcels by the card of the label's day with our weight and sides, once for
// each parcel, on the bill that first has its freight, and the return fee of a
// parcel that came back on the bill that has it. Billed minus Quoted is the sum
// of Effects, exactly; those that are nothing are left out.
type MoneyTruth struct {
	AsOf     time.Time     `json:"as_of"`
	Mistakes []Mistake     `json:"mistakes"`
	Near     []Mistake     `json:"near_misses"`
	Bills    []BillTruth   `json:"bills"`
	Slices   []Slice       `json:"slices"`
	Credits  []CreditTruth `json:"credits"`
	Unbilled []UnbilledOne `json:"unbilled"`
	Pending  []Pending     `json:"pending"`
	Quotes   []QuoteTruth  `json:"quotes"`
	Files    []BillFiles   `json:"files"`
}

// Mistake is something injected into a bill, or what looks like it and is
// right. One of weight, zone or rate speaks of all charges that it moves, the
// freight and what is a percentage of it, and names the freight; each builds
// on those before it of the same parcel. A01, A03, A04 and A05 have one entry
// for each line, A02, I01 and R04 one for the bill, Q01 one for the parcel on the
// last bill that names it. D05 speaks of all charges of its row; near misses of
// it have amounts too, for what a rate a little off costs is no mistake, but part
// of an effect. Soft ones repeat what others say and are no part of an effect;
// R03 and W07 cost nothing by themselves. A08 and A09 are no part of an effect
// either: Expected is what the contract gives back for a parcel that came late,
// Billed what bills have given back, on the last bill with its freight.
type Mistake struct {
	Rule       string `json:"rule"`
	Soft       bool   `json:"soft,omitempty"`
	Provider   string `json:"provider"`
	Account    string `json:"account"`
	BillNo     string `json:"bill_no"`
	Number     string `json:"number,omitempty"`      // as the bill has it; empty: the bill as a whole
	ShipmentID string `json:"shipment_id,omitempty"` // empty: no parcel of ours
	Charge     string `json:"charge,omitempty"`      // word of the charge
	Effect     string `json:"effect,omitempty"`
	Expected   Cents  `json:"expected"`
	Billed     Cents  `json:"billed"`
	Delta      Cents  `json:"delta"`
	Currency   string `json:"currency"`
}

// BillTruth is one version of a bill as one file has it.
type BillTruth struct {
	Provider    string `json:"provider"`
	Account     string `json:"account"`
	BillNo      string `json:"bill_no"`
	BillDate    string `json:"bill_date"`
	Kind        string `json:"kind"`                   // original, resend, supplement, rebill
	Part        bool   `json:"part,omitempty"`         // the file has only what is new or other
	Current     bool   `json:"current"`                // its lines, with those of a part, are the bill
	DuplicateOf string `json:"duplicate_of,omitempty"` // bill with the same lines
	Feed        string `json:"feed"`
	Exported    string `json:"exported_at"`
	Currency    string `json:"currency"`
	Lines       int    `json:"lines"`  // of the bill by then
	Total       Cents  `json:"total"`  // of these lines
	Stated      Cents  `json:"stated"` // as the bill says
}

// Slice is a provider's bills of a month.
type Slice struct {
	Provider string           `json:"provider"`
	Month    string           `json:"month"` // 2026-03
	Currency string           `json:"currency"`
	Billed   Cents            `json:"billed"`
	Quoted   Cents            `json:"quoted"`
	Effects  map[string]Cents `json:"effects"`
}

// CreditTruth is a credit on a later bill for mistakes of an earlier one.
type CreditTruth struct {
	Provider string `json:"provider"`
	Account  string `json:"account"`
	BillNo   string `json:"bill_no"`
	Number   string `json:"number"`
	For      string `json:"for"`    // bill with the mistake
	Amount   Cents  `json:"amount"` // negative
	Currency string `json:"currency"`
}

// UnbilledOne is a parcel that its bill leaves out, and no later one has. Its amount is of the card's currency.
type UnbilledOne struct {
	Provider   string `json:"provider"`
	Account    string `json:"account"`
	ShipmentID string `json:"shipment_id"`
	Number     string `json:"number"`
	Day        string `json:"day"`
	BillDate   string `json:"bill_date"` // of the bill that should have it
	Quoted     Cents  `json:"quoted"`
	Currency   string `json:"currency"`
}

// Pending are parcels scanned by AsOf whose bill is not made yet, in the currency of the card.
type Pending struct {
	Provider string `json:"provider"`
	Parcels  int64  `json:"parcels"`
	Quoted   Cents  `json:"quoted"`
	Currency string `json:"currency"`
}

// QuoteTruth is what all parcels of a channel and month cost by the card: void
// labels too, and the return of those that are known to come back. In the card's currency.
type QuoteTruth struct {
	Channel  string `json:"channel"`
	Month    string `json:"month"` // of the card's day
	Parcels  int64  `json:"parcels"`
	Quoted   Cents  `json:"quoted"`
	Currency string `json:"currency"`
}

// BillFiles counts the files of a feed of bills. Records are rows of the file, totals included.
type BillFiles struct {
	Feed    string `json:"feed"`
	Files   int    `json:"files"`
	Records int64  `json:"records"`
	Lines   int64  `json:"lines"` // charges in these records
}

type sliceKey struct {
	line  uint8
	month string
}

type quoteKey struct {
	service uint8
	month   string
}

// moneyLedger collects the truth while bills are made.
type moneyLedger struct {
	MoneyTruth
	slices map[sliceKey]*Slice
	quotes map[quoteKey]*QuoteTruth
	feeds  [4]feedLedger
	lines  [4]int64
	left   []leftOut
	dear   map[int64]*asked        // by parcel
	late   map[int64]*lateOne      // by parcel
	months map[string]*volumeMonth // of the warehouse, by month of the card's day
}

// leftOut is a parcel that a bill leaves out, which may not be made yet.
type leftOut struct {
	line    uint8
	billDay int64
	scanned int64
	UnbilledOne
}

func newMoneyLedger() *moneyLedger {
	return &moneyLedger{slices: map[sliceKey]*Slice{}, quotes: map[quoteKey]*QuoteTruth{}, dear: map[int64]*asked{}, late: map[int64]*lateOne{}, months: map[string]*volumeMonth{}}
}

func (t *moneyLedger) quote(service uint8, d, total int64) {
	key := quoteKey{service, dateText(d)[:7]}
	q := t.quotes[key]
	if q == nil {
		q = &QuoteTruth{Channel: channels[service].name, Month: key.month, Currency: cardCurrencies[channels[service].line]}
		t.quotes[key] = q
	}
	q.Parcels++
	q.Quoted += Cents(total)
}

// unbill notes a parcel that is left out of a bill.
func (t *moneyLedger) unbill(d *draft, scanned int64) {
	t.left = append(t.left, leftOut{d.line, d.billDay, scanned, UnbilledOne{
		Provider: channels[d.p.service].provider, Account: accounts[d.p.service], ShipmentID: d.p.id(), Number: string(appendNumber(nil, d.p.num)),
		Day: dateText(d.day), BillDate: dateText(d.billDay), Quoted: Cents(d.right.total() + d.owed), Currency: cardCurrencies[d.line],
	}})
}

func (t *moneyLedger) slice(service uint8, date int64) *Slice {
	line := channels[service].line
	key := sliceKey{line, dateText(date)[:7]}
	s := t.slices[key]
	if s == nil {
		s = &Slice{Provider: channels[service].provider, Month: key.month, Currency: currencies[line], Effects: map[string]Cents{}}
		t.slices[key] = s
	}
	return s
}

// count adds the entries of a bill that holds.
func (t *moneyLedger) count(b *bill, no string, date int64) {
	s := t.slice(b.service, date)
	for _, e := range b.entries {
		s.Billed += Cents(e.total())
		s.Quoted += Cents(e.quoted)
		for _, f := range e.effects {
			s.Effects[effectNames[f.kind]] += Cents(f.amount)
		}
		about := Mistake{Provider: s.Provider, Account: b.account(), BillNo: no, Number: e.number(), ShipmentID: e.p.id(), Currency: s.Currency}
		t.follow(e, about, date)
		for _, m := range e.mistakes {
			t.Mistakes = append(t.Mistakes, m.of(about))
		}
		for _, m := range e.near {
			t.Near = append(t.Near, m.of(about))
		}
		if e.p != nil && len(e.lines) > 0 && e.lines[0].charge == chCredit {
			t.Credits = append(t.Credits, CreditTruth{about.Provider, about.Account, no, about.Number, accounts[b.service] + billNumber(b.service, date-creditLag*billDays[b.service]), Cents(e.total()), s.Currency})
		}
	}
}

// of says of which bill and parcel a mistake is.
func (m Mistake) of(about Mistake) Mistake {
	m.Provider, m.Account, m.BillNo, m.Number, m.ShipmentID, m.Currency = about.Provider, about.Account, about.BillNo, about.Number, about.ShipmentID, about.Currency
	return m
}

// id is how the shipment export calls a parcel; empty for one that is not ours.
func (p *parcel) id() string {
	if p == nil || p.serial == 0 {
		return ""
	}
	return "WB" + string(appendPadded(nil, p.serial, 9))
}

func (e *entry) number() string {
	if e.num.none() {
		return ""
	}
	return string(appendNumber(nil, e.num))
}

// finish puts the truth in order.
func (m *biller) finish() MoneyTruth {
	t, g := m.truth, m.g
	t.AsOf = time.Unix(g.asOf(), 0).UTC()
	t.aboveQuote()
	m.volumeTruth()
	t.lateTruth()
	for _, s := range t.slices {
		t.Slices = append(t.Slices, *s)
	}
	sort.Slice(t.Slices, func(i, j int) bool {
		a, b := t.Slices[i], t.Slices[j]
		return a.Provider < b.Provider || a.Provider == b.Provider && a.Month < b.Month
	})
	for _, q := range t.quotes {
		t.Quotes = append(t.Quotes, *q)
	}
	sort.Slice(t.Quotes, func(i, j int) bool {
		a, b := t.Quotes[i], t.Quotes[j]
		return a.Channel < b.Channel || a.Channel == b.Channel && a.Month < b.Month
	})
	for line := range t.feeds {
		t.Files = append(t.Files, BillFiles{billFeeds[line], t.feeds[line].files, t.feeds[line].records, t.lines[line]})
	}
	var pending [4]Pending
	for line := range pending {
		pending[line] = Pending{Provider: providerOf(uint8(line)), Currency: cardCurrencies[line]}
	}
	for key, b := range m.open {
		w := &pending[channels[key.service].line]
		for _, e := range b.entries {
			if e.priced > 0 && !e.returns && e.scanned <= g.asOf() {
				w.Parcels++
				w.Quoted += Cents(e.priced)
			}
		}
	}
	for _, u := range t.left { // from a bill that is not made yet it cannot be missing
		switch w := &pending[u.line]; {
		case u.billDay < g.zone.dayOf(g.asOf()):
			t.Unbilled = append(t.Unbilled, u.UnbilledOne)
		case u.scanned <= g.asOf():
			w.Parcels++
			w.Quoted += u.Quoted
		}
	}
	t.Pending = pending[:]
	return t.MoneyTruth
}

func providerOf(line uint8) string {
	for _, c := range channels {
		if c.line == line {
			return c.provider
		}
	}
	return ""
}
