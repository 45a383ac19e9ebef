package claims

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"waybill/pipeline/ledger"
)

// Bill is a version of a bill that is current.
type Bill struct {
	Provider string `json:"provider"`
	Account  string `json:"account,omitempty"`
	BillNo   string `json:"bill_no"`
	Version  int64  `json:"version"`
	BillDate string `json:"bill_date,omitempty"`
	Currency string `json:"currency"`
	Total    Amount `json:"total"` // of its lines
}

// Approval says that a bill may be paid: the context of a KindApproval.
type Approval struct {
	Bill
	Approved Amount     `json:"approved"`
	Found    []Standing `json:"findings"` // that stood then
	AsOf     time.Time  `json:"as_of"`

	// of its entry, which holds them beside the context
	Seq  int64     `json:"seq,omitzero"`
	At   time.Time `json:"at,omitzero"`
	By   string    `json:"by,omitzero"`
	Note string    `json:"note,omitzero"`
}

// Standing is a claim as it stood when somebody looked.
type Standing struct {
	ID       string `json:"finding_id"`
	Rule     string `json:"rule"`
	BillNo   string `json:"bill_no"`
	Version  int64  `json:"version"`
	Currency string `json:"currency"`
	State    string `json:"state"`
	Delta    Amount `json:"delta"`
	Claimed  Amount `json:"claimed"`
	Approved Amount `json:"approved"`
	Credited Amount `json:"credited"`
	From     string `json:"carried_from,omitempty"` // month of its bill, closed before
}

// Close freezes a month of a provider: the context of a KindClose. Its figures
// are printed from here and never worked out again.
type Close struct {
	Provider string     `json:"provider"`
	Month    string     `json:"month"` // 2026-10, of the bills' dates
	AsOf     time.Time  `json:"as_of"`
	Bills    []Booked   `json:"bills"`
	Claims   []Standing `json:"claims"`
	Totals   []Total    `json:"totals"` // by currency
	Hash     string     `json:"hash"`   // SHA-256 of all above

	// of its entry, which holds them beside the context
	Seq int64     `json:"seq,omitzero"`
	At  time.Time `json:"at,omitzero"`
	By  string    `json:"by,omitzero"`
}

// Booked is a bill in a closed period.
type Booked struct {
	Bill
	From string `json:"carried_from,omitempty"` // its own month, closed before this version came
}

// Total sums a closed period in one currency.
type Total struct {
	Currency string `json:"currency"`
	Bills    int    `json:"bills"`
	Billed   Amount `json:"billed"`
	Claims   int    `json:"claims"`
	Delta    Amount `json:"delta"`
	Claimed  Amount `json:"claimed"` // of what was submitted
	Approved Amount `json:"approved"`
	Credited Amount `json:"credited"`
}

// ErrPeriod says that a month cannot be closed.
var ErrPeriod = errors.New("the period cannot be closed")

// ErrBill says that a bill cannot be approved.
var ErrBill = errors.New("the bill cannot be approved")

func month(day string) string {
	if len(day) < len("2026-11") {
		return ""
	}
	return day[:len("2026-11")]
}

// closed finds the close of a provider's month.
func (b *Book) closed(provider, month string) *Close {
	for i, k := range b.Closes {
		if k.Provider == provider && k.Month == month {
			return &b.Closes[i]
		}
	}
	return nil
}

// next is the first month from one on that is not closed.
func (b *Book) next(provider, from string) string {
	t, err := time.Parse("2006-01", from)
	for err == nil && b.closed(provider, from) != nil {
		t = t.AddDate(0, 1, 0)
		from = t.Format("2006-01")
	}
	return from
}

// period is the month in which a finding is booked, and its bill's month where
// that was closed without it.
func (b *Book) period(provider, own, id string) (booked, carried string) {
	for _, k := range b.Closes {
		if k.Provider != provider {
			continue
		}
		if i := slices.IndexFunc(k.Claims, func(s Standing) bool { return s.ID == id }); i >= 0 {
			return k.Month, k.Claims[i].From
		}
	}
	if booked = b.next(provider, own); booked != own {
		carried = own
	}
	return booked, carried
}

// Booked is the month in which a version of a bill is booked, and its own month
// where that was closed without it.
func (b *Book) Booked(x Bill) (booked, carried string) {
	own := month(x.BillDate)
	for _, k := range b.Closes {
		if i := slices.IndexFunc(k.Bills, func(y Booked) bool {
			return y.Provider == x.Provider && y.Account == x.Account && y.BillNo == x.BillNo && y.Version == x.Version
		}); i >= 0 {
			return k.Month, k.Bills[i].From
		}
	}
	if booked = b.next(x.Provider, own); booked != own {
		carried = own
	}
	return booked, carried
}

func (c *Claim) standing() Standing {
	s := Standing{ID: c.ID, Rule: c.Rule, BillNo: c.BillNo, Version: c.Version, Currency: c.Currency, State: c.State, Delta: c.Delta, Claimed: c.Claimed, Credited: c.Credited, From: c.From}
	if c.Approved != nil {
		s.Approved = *c.Approved
	}
	return s
}

// submitted says that a claim was sent at some time.
func submitted(state string) bool {
	return state == Submitted || state == Approved || state == Denied || state == Credited
}

// Approve approves the newest version of a bill, by its number. A bill of that
// number of several providers or accounts is refused.
func (b *Book) Approve(bills []Bill, billNo string, amount func(Bill) Amount) (Approval, error) {
	var found []Bill
	for _, x := range bills {
		if x.BillNo == billNo {
			found = append(found, x)
		}
	}
	if len(found) != 1 {
		names := make([]string, 0, len(found))
		for _, x := range found {
			names = append(names, fmt.Sprintf("%s %s", x.Provider, x.Account))
		}
		if len(found) > 1 {
			return Approval{}, fmt.Errorf("%w: number %s is that of %d bills: %q; try: --provider, --account", ErrBill, billNo, len(found), names)
		}
		return Approval{}, fmt.Errorf("%w: no bill has the number %s; try: waybill bills", ErrBill, billNo)
	}
	a := Approval{Bill: found[0], Approved: found[0].Total, AsOf: b.AsOf.UTC(), Found: []Standing{}}
	if amount != nil {
		a.Approved = amount(a.Bill)
	}
	if a.Approved < 0 && a.Total >= 0 || a.Approved > max(a.Total, 0) {
		return a, fmt.Errorf("%w: %s is not within its total, %s", ErrBill, a.Approved, a.Total)
	}
	for _, old := range b.Approvals {
		if old.Bill == a.Bill && old.Approved == a.Approved {
			return a, fmt.Errorf("%w: version %d of %s is approved already, decision %d", ErrBill, a.Version, billNo, old.Seq)
		}
	}
	for _, c := range b.Claims {
		if c.Provider == a.Provider && c.Account == a.Account && c.BillNo == a.BillNo {
			a.Found = append(a.Found, c.standing())
		}
	}
	slices.SortFunc(a.Found, func(x, y Standing) int { return cmp.Compare(x.ID, y.ID) })
	return a, nil
}

// onTotal is the effect of a finding on a bill as a whole, beside its lines.
const onTotal = "total"

// Undisputed is what a bill asks less the hard claims on it that are open: not
// denied, withdrawn, expired or credited. What a contract pays for lateness is no
// part of the bill, and is not held back; nor is what a bill asks beyond its lines,
// which their total does not hold.
func (b *Book) Undisputed(x Bill) Amount {
	out := x.Total
	for _, c := range b.Claims {
		if c.Provider != x.Provider || c.Account != x.Account || c.BillNo != x.BillNo || c.Currency != x.Currency || c.Gone || c.Confidence != "hard" || c.Beside || c.Effect == onTotal {
			continue
		}
		switch c.State {
		case Detected, Queued, Submitted, Approved:
			out -= c.Delta
		}
	}
	return out
}

// Entry is the approval as the ledger keeps it.
func (a Approval) Entry(at time.Time, by, note string) (ledger.Entry, error) {
	return entry(KindApproval, subject("bill", a.Provider, a.Account, a.BillNo), at, by, note, a)
}

// Close freezes what a provider's month holds now: its bills, and the claims on
// them, with what months before left to it. A month that is not over at the
// as-of, or is closed already, is ErrPeriod.
func (b *Book) Close(bills []Bill, provider, name string) (Close, error) {
	first, err := time.ParseInLocation("2006-01", name, b.in.Zone)
	if err != nil {
		return Close{}, fmt.Errorf("%w: %q is no month; try: 2026-10", ErrPeriod, name)
	}
	if old := b.closed(provider, name); old != nil {
		return Close{}, fmt.Errorf("%w: %s of %s is closed, by %s at %s", ErrPeriod, name, provider, old.By, old.At.Format(time.RFC3339))
	}
	if end := first.AddDate(0, 1, 0); b.AsOf.Before(end) {
		return Close{}, fmt.Errorf("%w: %s is not over at the as-of %s", ErrPeriod, name, b.AsOf.UTC().Format(time.RFC3339))
	}
	k := Close{Provider: provider, Month: name, AsOf: b.AsOf.UTC(), Bills: []Booked{}, Claims: []Standing{}, Totals: []Total{}}
	known := false
	for _, x := range bills {
		known = known || x.Provider == provider
		if booked, from := b.Booked(x); x.Provider == provider && booked == name {
			k.Bills = append(k.Bills, Booked{x, from})
		}
	}
	for _, c := range b.Claims {
		if c.Provider == provider && c.Period == name {
			k.Claims = append(k.Claims, c.standing())
		}
	}
	if !known && len(k.Claims) == 0 {
		return k, fmt.Errorf("%w: no bill is of a provider %q", ErrPeriod, provider)
	}
	slices.SortFunc(k.Bills, func(x, y Booked) int {
		return cmp.Or(cmp.Compare(x.BillDate, y.BillDate), cmp.Compare(x.Account, y.Account), cmp.Compare(x.BillNo, y.BillNo), cmp.Compare(x.Version, y.Version))
	})
	slices.SortFunc(k.Claims, func(x, y Standing) int { return cmp.Compare(x.ID, y.ID) })
	k.Totals = totals(k)
	k.Hash, err = k.hash()
	return k, err
}

// Closes reads the closed periods of entries.
func Closes(entries []ledger.Entry) ([]Close, error) {
	var out []Close
	for _, e := range entries {
		if e.Kind != KindClose {
			continue
		}
		var k Close
		if err := read(e, &k); err != nil {
			return nil, err
		}
		k.Seq, k.At, k.By = e.Seq, e.At, e.By
		out = append(out, k)
	}
	return out, nil
}

func totals(k Close) []Total {
	out := []Total{}
	at := func(currency string) *Total {
		i := slices.IndexFunc(out, func(t Total) bool { return t.Currency == currency })
		if i < 0 {
			i = len(out)
			out = append(out, Total{Currency: currency})
		}
		return &out[i]
	}
	for _, x := range k.Bills {
		t := at(x.Currency)
		t.Bills++
		t.Billed += x.Total
	}
	for _, s := range k.Claims {
		t := at(s.Currency)
		t.Claims++
		t.Delta += s.Delta
		if submitted(s.State) {
			t.Claimed += s.Claimed
		}
		t.Approved += s.Approved
		t.Credited += s.Credited
	}
	slices.SortFunc(out, func(x, y Total) int { return cmp.Compare(x.Currency, y.Currency) })
	return out
}

// hash is that of the frozen content.
func (k Close) hash() (string, error) {
	k.Hash, k.Seq, k.At, k.By = "", 0, time.Time{}, ""
	text, err := json.Marshal(k)
	if err != nil {
		return "", err
	}
	s := sha256.Sum256(text)
	return hex.EncodeToString(s[:]), nil
}

// Intact says whether a closed period reads as it was written.
func (k Close) Intact() bool {
	h, err := k.hash()
	return err == nil && h == k.Hash
}

// Entry is the closed period as the ledger keeps it.
func (k Close) Entry(at time.Time, by string) (ledger.Entry, error) {
	return entry(KindClose, subject("period", k.Provider, k.Month), at, by, "", k)
}
