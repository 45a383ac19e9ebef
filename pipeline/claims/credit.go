package claims

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Credit is a line of class credit on a bill.
type Credit struct {
	Line     string `json:"line_id"`
	Provider string `json:"provider"`
	Account  string `json:"account,omitempty"`
	BillNo   string `json:"bill_no"`
	BillDate string `json:"bill_date,omitempty"`
	Shipment string `json:"shipment_id,omitempty"` // that its numbers mean; empty: none, or several
	Number   string `json:"tracking_number,omitempty"`
	Charge   string `json:"charge,omitempty"`
	Currency string `json:"currency"`
	Amount   Amount `json:"amount"` // that comes back to us: above 0
}

// How a credit was matched.
const (
	ByAmount       = "number and amount"
	ByNumber       = "number"
	ByParcelAmount = "parcel and amount" // under another of its numbers
	ByParcel       = "parcel"
)

// Match is a credit that belongs to a claim.
type Match struct {
	Credit
	ID  string `json:"finding_id"`
	How string `json:"how"`
}

// Loose is a credit that belongs to no claim for certain.
type Loose struct {
	Credit
	Why string   `json:"why"`
	IDs []string `json:"finding_ids,omitempty"` // of the claims that it may belong to
}

// creditSource is what a decision read from a credit bears.
func creditSource(c Credit) string { return "credit " + c.Line }

// outstanding is what a claim still waits for; 0 where it waits for nothing.
func (c *Claim) outstanding() Amount {
	if c.decided != Submitted && c.decided != Approved {
		return 0
	}
	return c.due() - c.Credited
}

// waiting are the claims that wait for money, by parcel and by number.
type waiting struct{ parcels, numbers map[string][]*Claim }

// of gives those on the parcel of a credit: by the parcel where it is known of
// both, since a number may be given to another parcel later; else by the number.
func (w waiting) of(k Credit) []*Claim {
	var out []*Claim
	if k.Shipment != "" {
		out = append(out, w.parcels[k.Shipment]...)
	}
	for _, c := range w.numbers[k.Number] {
		if k.Shipment == "" || c.Shipment == "" {
			out = append(out, c)
		}
	}
	return out
}

// MatchCredits matches credits to the claims that wait for money: of the same
// provider, account, currency and parcel, or tracking number, found on an earlier
// bill than the credit's. First by what the claim waits for to the cent, then by
// the parcel alone where its credits fit into one claim. A credit with several
// such claims, or a claim with several such credits, stays loose. Credits that a
// decision was made of already are left out. The order of credits plays no part.
func (b *Book) MatchCredits(credits []Credit) (matched []Match, loose []Loose) {
	credits = slices.Clone(credits)
	slices.SortFunc(credits, func(x, y Credit) int {
		return cmp.Or(cmp.Compare(x.BillDate, y.BillDate), cmp.Compare(x.BillNo, y.BillNo), cmp.Compare(x.Line, y.Line))
	})
	used := map[string]bool{}
	open := waiting{map[string][]*Claim{}, map[string][]*Claim{}}
	for i := range b.Claims {
		c := &b.Claims[i]
		for s := range c.sources {
			used[s] = true
		}
		if c.outstanding() <= 0 {
			continue
		}
		if c.Number != "" {
			open.numbers[c.Number] = append(open.numbers[c.Number], c)
		}
		if c.Shipment != "" {
			open.parcels[c.Shipment] = append(open.parcels[c.Shipment], c)
		}
	}
	credits = slices.DeleteFunc(credits, func(k Credit) bool { return k.Amount <= 0 || used[creditSource(k)] })
	taken := map[string]Amount{} // by claim
	fits := func(k Credit, exact bool) []*Claim {
		var out []*Claim
		for _, c := range open.of(k) {
			left := c.outstanding() - taken[c.ID]
			if c.Provider == k.Provider && c.Currency == k.Currency && (k.Account == "" || c.Account == "" || c.Account == k.Account) &&
				(k.BillNo != c.BillNo && k.BillDate >= c.BillDate) && left > 0 && (k.Amount == left || !exact && k.Amount < left) {
				out = append(out, c)
			}
		}
		return out
	}
	place := map[string]Match{}
	pass := func(exact bool, byNumber, byParcel string) {
		want := map[string][]Credit{}
		for _, k := range credits {
			if _, done := place[k.Line]; done || k.Number == "" && k.Shipment == "" {
				continue
			}
			if f := fits(k, exact); len(f) == 1 {
				want[f[0].ID] = append(want[f[0].ID], k)
			}
		}
		for id, list := range want {
			var all Amount
			for _, k := range list {
				all += k.Amount
			}
			c := b.Find(id)
			if exact && len(list) > 1 || all > c.outstanding()-taken[id] {
				continue
			}
			taken[id] += all
			for _, k := range list {
				place[k.Line] = Match{k, id, byNumber}
				if k.Number != c.Number {
					place[k.Line] = Match{k, id, byParcel}
				}
			}
		}
	}
	pass(true, ByAmount, ByParcelAmount)
	pass(false, ByNumber, ByParcel)
	for _, k := range credits {
		if m, ok := place[k.Line]; ok {
			matched = append(matched, m)
			continue
		}
		l := Loose{Credit: k}
		for _, c := range open.of(k) {
			if c.Provider == k.Provider {
				l.IDs = append(l.IDs, c.ID)
			}
		}
		slices.Sort(l.IDs)
		switch {
		case k.Number == "" && k.Shipment == "":
			l.Why = "it names no parcel"
		case len(l.IDs) == 0:
			l.Why = "no claim on this parcel waits for money"
		case len(fits(k, false)) == 0:
			l.Why = "it is more than the claims on this parcel wait for, in another currency, or not on a later bill"
		default:
			l.Why = "it may belong to " + strings.Join(l.IDs, ", ") + ", or another credit belongs there"
		}
		loose = append(loose, l)
	}
	return matched, loose
}

// Decision is what a match decides.
func (m Match) Decision() Decision {
	return Decision{ID: m.ID, State: Credited, Amount: m.Amount, Source: creditSource(m.Credit)}
}

// Note says where a credit stood.
func (m Match) Note() string {
	return fmt.Sprintf("credit on bill %s, found by %s", m.BillNo, m.How)
}
