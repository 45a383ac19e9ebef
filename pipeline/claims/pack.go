package claims

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Pack is what a provider gets to see: claims in its language, with totals.
type Pack struct {
	Provider string      `json:"provider"`
	Title    string      `json:"title"`
	Contact  string      `json:"contact,omitempty"`
	Language string      `json:"language"`
	Batch    string      `json:"batch"` // the same lines and amounts give the same one
	AsOf     time.Time   `json:"as_of"`
	Day      string      `json:"day"` // of the as-of, where the deadlines' midnight is
	Lines    []Claim     `json:"-"`
	Rules    []PackTotal `json:"rules"`
	Totals   []PackTotal `json:"totals"` // by currency
}

// PackTotal sums lines of one currency.
type PackTotal struct {
	Rule     string `json:"rule,omitempty"`
	Currency string `json:"currency"`
	Claims   int    `json:"claims"`
	Claimed  Amount `json:"claimed"`
}

// Packs gives a pack per provider that has claims in one of the states, in the
// order of names; provider empty: of all. What the audit does not find any more
// is left out, and, unless somebody queued it, what is below the provider's minimum.
func (b *Book) Packs(provider string, states []string) []Pack {
	by := map[string]*Pack{}
	for _, c := range b.Claims {
		if provider != "" && c.Provider != provider || !slices.Contains(states, c.State) || c.Gone || c.TooSmall && c.decided == Detected {
			continue
		}
		p := by[c.Provider]
		if p == nil {
			p = &Pack{Provider: c.Provider, Title: c.Provider, Language: b.in.Profiles.language(c.Provider), AsOf: b.AsOf.UTC(), Day: b.AsOf.In(b.in.Zone).Format(time.DateOnly)}
			if known := b.in.Profiles[c.Provider]; known != nil {
				p.Title, p.Contact = known.Title, known.Contact
			}
			by[c.Provider] = p
		}
		p.Lines = append(p.Lines, c)
	}
	out := make([]Pack, 0, len(by))
	for _, p := range by {
		p.total()
		out = append(out, *p)
	}
	slices.SortFunc(out, func(x, y Pack) int { return cmp.Compare(x.Provider, y.Provider) })
	return out
}

func (p *Pack) total() {
	slices.SortFunc(p.Lines, func(x, y Claim) int {
		return cmp.Or(cmp.Compare(x.BillDate, y.BillDate), cmp.Compare(x.BillNo, y.BillNo), cmp.Compare(x.Number, y.Number), cmp.Compare(x.Charge, y.Charge), cmp.Compare(x.ID, y.ID))
	})
	h := sha256.New()
	for _, c := range p.Lines {
		fmt.Fprintf(h, "%q %s %s\n", c.ID, c.Claimed, c.Currency)
		p.Rules = addTo(p.Rules, c.Rule, c)
		p.Totals = addTo(p.Totals, "", c)
	}
	order := func(x, y PackTotal) int {
		return cmp.Or(cmp.Compare(x.Currency, y.Currency), cmp.Compare(x.Rule, y.Rule))
	}
	slices.SortFunc(p.Rules, order)
	slices.SortFunc(p.Totals, order)
	p.Batch = fileName(p.Provider) + "-" + p.Day + "-" + hex.EncodeToString(h.Sum(nil)[:4])
}

func addTo(list []PackTotal, rule string, c Claim) []PackTotal {
	i := slices.IndexFunc(list, func(t PackTotal) bool { return t.Rule == rule && t.Currency == c.Currency })
	if i < 0 {
		i = len(list)
		list = append(list, PackTotal{Rule: rule, Currency: c.Currency})
	}
	list[i].Claims++
	list[i].Claimed += c.Claimed
	return list
}

// fileName is a name that any file system takes.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, s)
	return cmp.Or(strings.Trim(s, "_"), "provider")
}
