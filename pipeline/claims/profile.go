package claims

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/yamldoc"
)

// Profile is what we know of who bills us, beside its rate cards: one file of
// data/providers.
type Profile struct {
	Provider string   `yaml:"provider"`
	Title    string   `yaml:"title"`
	Language string   `yaml:"language"`
	Accounts []string `yaml:"accounts"`
	Claims   Terms    `yaml:"claims"`
	Contact  string   `yaml:"contact"`

	File string `yaml:"-"`
}

// Terms say until when a provider takes claims, and of what size.
type Terms struct {
	WindowDays *int                 `yaml:"window_days"`
	From       string               `yaml:"from"`
	Minimum    string               `yaml:"minimum"`
	Cap        *Cap                 `yaml:"cap"`
	Rules      map[string]RuleTerms `yaml:"rules"` // by rule
}

// RuleTerms are those of one rule; what they leave out holds as in Terms.
type RuleTerms struct {
	WindowDays *int   `yaml:"window_days"`
	From       string `yaml:"from"`
	Minimum    string `yaml:"minimum"`
	Cap        *Cap   `yaml:"cap"`
}

// general are the terms of a rule that has none of its own.
func (t Terms) general() RuleTerms { return RuleTerms{t.WindowDays, t.From, t.Minimum, t.Cap} }

// Cap is the most that is paid for one claim.
type Cap struct {
	Amount   string `yaml:"amount"`
	Currency string `yaml:"currency"`
}

// Froms are the days from which a window runs.
var Froms = []string{"bill_date", "ship_date", "delivered"}

// Languages are those of a dispute pack.
var Languages = []string{"zh", "en"}

// Shape describes Profile for its JSON Schema.
func Shape() yamldoc.Shape {
	s := yamldoc.Shape{
		Docs: map[string]string{
			"provider": "Who sends the bill, as the bills and shipments.provider hold it.",
			"title":    "For people: the name on a dispute pack.",
			"language": "Of the dispute pack.",
			"accounts": "Our accounts there; a bill of another one is not ours.",
			"claims":   "Until when claims are taken, and of what size. A deadline of a contract or card goes before it.",
			"contact":  "Where a pack goes. Nothing is sent by itself.",
		},
		Words:    map[string][]string{"language": Languages},
		Required: map[string][]string{"": {"provider"}, "claims.cap": {"amount", "currency"}, "claims.rules.cap": {"amount", "currency"}},
		Loose:    map[string]bool{},
		Patterns: map[string]string{},
	}
	for _, at := range []string{"claims.", "claims.rules."} {
		s.Docs[at+"window_days"] = "Days after that of from on which a claim is still taken; left out: no deadline."
		s.Docs[at+"from"] = "bill_date (default), ship_date or delivered."
		s.Docs[at+"minimum"] = "Least amount, in the currency of the bill; less is not exported."
		s.Docs[at+"cap"] = "The most that is paid for one claim; it bounds claims in its own currency."
		s.Docs[at+"cap.amount"] = "In the currency beside it."
		s.Docs[at+"cap.currency"] = "ISO 4217."
		s.Words[at+"from"] = Froms
		s.Loose[at+"minimum"], s.Loose[at+"cap.amount"] = true, true
		s.Patterns[at+"cap.currency"] = currencyRE.String()
	}
	s.Docs["claims.rules"] = "Other terms for single rules, by their id as A08."
	return s
}

var currencyRE = regexp.MustCompile(`^[A-Z]{3}$`)

// ParseProfile reads one profile; every mistake is file:line:col.
func ParseProfile(name string, b []byte) (*Profile, error) {
	p := &Profile{File: name}
	if err := yamldoc.Decode(name, b, p); err != nil {
		return nil, err
	}
	var errs []error
	bad := func(at, format string, args ...any) {
		line, col := yamldoc.Position(b, at)
		for line == 0 && strings.Contains(at, ".") {
			at = at[:strings.LastIndex(at, ".")]
			line, col = yamldoc.Position(b, at)
		}
		if at == "$" {
			line, col = 1, 1
		}
		errs = append(errs, fmt.Errorf("%s:%d:%d: %s", name, max(line, 1), max(col, 1), fmt.Sprintf(format, args...)))
	}
	word := func(at, value string, known []string) {
		if value == "" || slices.Contains(known, value) {
			return
		}
		hint := ""
		if len(value) > 3 { // fr is no slip of zh
			hint = yamldoc.Nearest(value, known)
		}
		if hint == "" {
			hint = strings.Join(known, ", ")
		}
		bad(at, "unknown word %q; try: %s", value, hint)
	}
	if p.Provider == "" {
		bad("$.provider", "the profile has no provider; try: the name that the bills hold")
	}
	word("$.language", p.Language, Languages)
	if p.Language == "" {
		p.Language = Languages[0]
	}
	if p.Title == "" {
		p.Title = p.Provider
	}
	for i, a := range p.Accounts {
		if a == "" || slices.Index(p.Accounts, a) != i {
			bad(fmt.Sprintf("$.accounts[%d]", i), "account %q stands a second time or is empty", a)
		}
	}
	terms := func(at string, t RuleTerms) {
		if t.WindowDays != nil && (*t.WindowDays < 0 || *t.WindowDays > 3660) {
			bad(at+".window_days", "%d is no number of days from 0 to 3660", *t.WindowDays)
		}
		word(at+".from", t.From, Froms)
		if t.Minimum != "" {
			if a, err := ParseAmount(t.Minimum); err != nil || a < 0 {
				bad(at+".minimum", "%q is no amount; try: 5.00", t.Minimum)
			}
		}
		if t.Cap == nil {
			return
		}
		if a, err := ParseAmount(t.Cap.Amount); err != nil || a <= 0 {
			bad(at+".cap.amount", "%q is no amount above 0; try: 200.00", t.Cap.Amount)
		}
		if !currencyRE.MatchString(t.Cap.Currency) {
			bad(at+".cap.currency", "currency %q is no code of ISO 4217; try: CNY", t.Cap.Currency)
		}
	}
	terms("$.claims", p.Claims.general())
	for _, rule := range slices.Sorted(maps.Keys(p.Claims.Rules)) {
		terms("$.claims.rules."+rule, p.Claims.Rules[rule])
	}
	return p, errors.Join(errs...)
}

// Profiles are those of a workspace, by provider.
type Profiles map[string]*Profile

// ParseProfiles reads dir/*.yaml of fsys, in the order of names. All mistakes
// come together; names in them begin with shown.
func ParseProfiles(fsys fs.FS, names []string, shown string) (Profiles, error) {
	out := Profiles{}
	var errs []error
	for _, n := range names {
		b, err := fs.ReadFile(fsys, n)
		if err != nil {
			return nil, err
		}
		p, err := ParseProfile(path.Join(shown, n), b)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if old := out[p.Provider]; old != nil {
			line, col := yamldoc.Position(b, "$.provider")
			errs = append(errs, fmt.Errorf("%s:%d:%d: provider %q is in %s already", p.File, line, col, p.Provider, old.File))
			continue
		}
		out[p.Provider] = p
	}
	return out, errors.Join(errs...)
}

// terms are those of a provider for a rule.
func (ps Profiles) terms(provider, rule string) RuleTerms {
	p := ps[provider]
	if p == nil {
		return RuleTerms{}
	}
	t, own := p.Claims.general(), p.Claims.Rules[rule]
	if own.WindowDays != nil {
		t.WindowDays = own.WindowDays
	}
	if own.From != "" {
		t.From = own.From
	}
	if own.Minimum != "" {
		t.Minimum = own.Minimum
	}
	if own.Cap != nil {
		t.Cap = own.Cap
	}
	return t
}

// language is that of a provider's pack.
func (ps Profiles) language(provider string) string {
	if p := ps[provider]; p != nil {
		return p.Language
	}
	return Languages[0]
}

// ClaimBy is the last day on which a finding may be claimed: that of the
// contract, else by the window of its card, else by the provider's terms; empty
// where none gives one, or the parcel is not delivered yet. What is of no parcel, as a
// bill's total or a number of nobody, is dated by its bill.
func (ps Profiles) ClaimBy(f Finding) string {
	if f.ClaimBy != "" {
		return f.ClaimBy
	}
	t := ps.terms(f.Provider, f.Rule)
	if f.WindowDays != nil {
		t.WindowDays, t.From = f.WindowDays, f.WindowFrom
	}
	if t.WindowDays == nil {
		return ""
	}
	from := f.BillDate
	switch t.From {
	case "ship_date":
		from = cmp.Or(f.ShipDate, f.BillDate) // no parcel is shipped after its bill
	case "delivered":
		if from = f.Delivered; f.Shipment == "" {
			from = f.BillDate
		}
	}
	day, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return ""
	}
	return day.AddDate(0, 0, *t.WindowDays).Format(time.DateOnly)
}

// claimable is what a finding may claim, and whether it is worth it.
func (ps Profiles) claimable(f Finding) (amount Amount, tooSmall bool) {
	t := ps.terms(f.Provider, f.Rule)
	amount = f.Delta
	switch {
	case f.Cap != nil:
		amount = min(amount, *f.Cap)
	case t.Cap != nil && t.Cap.Currency == f.Currency:
		if limit, err := ParseAmount(t.Cap.Amount); err == nil {
			amount = min(amount, limit)
		}
	}
	if least, err := ParseAmount(t.Minimum); err == nil {
		tooSmall = amount < least
	}
	return amount, tooSmall
}
