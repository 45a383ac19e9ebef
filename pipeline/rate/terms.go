package rate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"waybill/pipeline/yamldoc"
)

// ClaimTerms are until when a provider takes claims on parcels of a version, and
// the most that it pays for one. They go before those of the provider's profile:
// a parcel keeps the terms under which it was shipped.
type ClaimTerms struct {
	Window *Window                   `yaml:"window"` // nil: that of the profile
	Cap    *ClaimCap                 `yaml:"cap"`    // nil: that of the profile
	Rules  map[string]RuleClaimTerms `yaml:"rules"`  // of single rules of the audit; what they leave out holds as above
}

// RuleClaimTerms are those of one rule.
type RuleClaimTerms struct {
	Window *Window   `yaml:"window"`
	Cap    *ClaimCap `yaml:"cap"`
}

// Window is the days after that of From on which a claim is still taken.
type Window struct {
	Days string `yaml:"days"`
	From string `yaml:"from"`
}

// ClaimCap is the most that is paid for one claim: an amount, for a parcel or
// for a kilogram of its chargeable weight, or a percentage of its freight.
type ClaimCap struct {
	Amount  string `yaml:"amount"`
	Per     string `yaml:"per"`
	Percent string `yaml:"percent"`
}

// Promise is a day by which a parcel has arrived, and what is paid where it has
// not: exactly one of Percent, Fixed and PerDay.
type Promise struct {
	Days        string   `yaml:"days"`     // open days of the calendar after that of From
	Calendar    string   `yaml:"calendar"` // of data/calendars; empty: every_day
	From        string   `yaml:"from"`
	Zone        string   `yaml:"tz"` // whose days are counted; empty: those of the card
	Percent     string   `yaml:"percent"`
	Of          []string `yaml:"of"` // charges of Percent; empty: the freight
	Fixed       string   `yaml:"fixed"`
	PerDay      string   `yaml:"per_day"` // for each open day beyond
	Maximum     string   `yaml:"maximum"`
	Undelivered bool     `yaml:"undelivered"` // of late: also of parcels that are still under way
	Except      []string `yaml:"except"`
	Clause      string   `yaml:"clause"`
}

// Words of the terms.
var (
	WindowFroms = []string{"bill_date", "ship_date", "delivered"}
	CapPers     = []string{"parcel", "kg"}
	// Excuses are what scans may tell that frees a provider of a promise, beside
	// the features of a parcel.
	Excuses = []string{"customs_held", "address_problem", "attempt_failed"}
)

// everyDay is the calendar without closed days.
const everyDay = "every_day"

// mostDays of a window or promise: ten years.
const mostDays = 3660

// terms reads what depends on what became of a parcel. No price does.
func (s *version) terms() {
	if t, at := s.in.Claims, s.at+".claims"; t != nil {
		if t.Window == nil && t.Cap == nil && len(t.Rules) == 0 {
			s.bad(at, "the terms of claims are empty; try: window: {days: 30, from: bill_date}")
		}
		s.claimTerms(at, "", RuleClaimTerms{t.Window, t.Cap}, RuleClaimTerms{})
		for _, rule := range slices.Sorted(maps.Keys(t.Rules)) {
			s.claimTerms(under(at+".rules", rule), rule, t.Rules[rule], RuleClaimTerms{t.Window, t.Cap})
		}
	}
	s.promise("guarantee", s.in.Guarantee)
	s.promise("late", s.in.Late)
}

// claimTerms adds a row of those of a rule, empty: of all others, with what holds
// where it leaves something out.
func (s *version) claimTerms(at, rule string, t, general RuleClaimTerms) {
	r := ClaimRow{V: s.v, Rule: rule}
	if w := cmp.Or(t.Window, general.Window); w != nil {
		at := at + ".window"
		r.Days = s.days0(at+".days", w.Days, 0)
		r.From = cmp.Or(w.From, WindowFroms[0])
		s.choice(at+".from", r.From, WindowFroms)
	}
	if k := cmp.Or(t.Cap, general.Cap); k != nil {
		at := at + ".cap"
		switch {
		case (k.Amount != "") == (k.Percent != ""):
			s.bad(at, "a cap is one of amount and percent")
		case k.Percent != "":
			r.CapKind, r.Cap = "freight", s.positive(at+".percent", k.Percent)
			s.within(at+".percent", r.Cap, 1, mostPercent)
			if k.Per != "" {
				s.bad(at+".per", "a percentage of the freight is per nothing")
			}
		default:
			r.CapKind = cmp.Or(k.Per, CapPers[0])
			s.choice(at+".per", r.CapKind, CapPers)
			n := s.positive(at+".amount", k.Amount)
			s.within(at+".amount", n, 1, mostPrice)
			r.Cap = n * moneyScale
		}
	}
	s.rows.Claims = append(s.rows.Claims, r)
}

// days0 reads a number of days.
func (s *version) days0(at, text string, least int64) *int64 {
	n, ok := s.scaled(at, text)
	switch {
	case text == "":
		s.bad(at, "days is missing")
	case ok && (n%10_000 != 0 || n < least*10_000 || n > mostDays*10_000):
		s.bad(at, "%s is no number of days from %d to %d", text, least, mostDays)
	}
	n /= 10_000
	return &n
}

func (s *version) promise(kind string, p *Promise) {
	if p == nil {
		return
	}
	at := s.at + "." + kind
	r := PromiseRow{V: s.v, Kind: kind, Days: *s.days0(at+".days", p.Days, 1), Calendar: cmp.Or(p.Calendar, everyDay), From: cmp.Or(p.From, "handed_over"), Zone: cmp.Or(p.Zone, s.card.Zone), Undelivered: p.Undelivered, Clause: p.Clause}
	s.choice(at+".from", r.From, DatedBys)
	if p.Zone != "" && !isZone(p.Zone) {
		s.bad(at+".tz", "%q is no time zone; try: America/New_York", p.Zone)
	}
	if !word.MatchString(r.Calendar) {
		s.bad(at+".calendar", "%q is no calendar; try: %s", p.Calendar, everyDay)
	}
	if p.Undelivered && kind == "guarantee" {
		s.bad(at+".undelivered", "a guarantee pays once the parcel has arrived; try: late, with undelivered")
	}
	of := p.Of
	if len(of) == 0 {
		of = []string{Freight}
	}
	var given []string
	for _, k := range []struct{ kind, text string }{{"percent", p.Percent}, {"fixed", p.Fixed}, {"per_day", p.PerDay}} {
		if k.text == "" {
			continue
		}
		given = append(given, k.kind)
		n := s.positive(at+"."+k.kind, k.text)
		r.Pays, r.Amount = k.kind, n
		if k.kind == "percent" {
			s.within(at+".percent", n, 1, 100*10_000)
			continue
		}
		s.within(at+"."+k.kind, n, 1, mostPrice)
		r.Amount *= moneyScale
	}
	if len(given) != 1 {
		s.bad(at, "the %s pays %d amounts; try: one of percent, fixed, per_day", kind, len(given))
	}
	if len(p.Of) > 0 && r.Pays != "percent" {
		s.bad(at+".of", "of belongs to a percentage")
	}
	charges := []string{Freight}
	for _, x := range s.in.Surcharges {
		charges = append(charges, x.Charge)
	}
	for j, charge := range of {
		if !slices.Contains(charges, charge) {
			s.bad(fmt.Sprintf("%s.of[%d]", at, j), "%q is no charge of the version; try: %s", charge, strings.Join(charges, ", "))
		}
	}
	r.Of = among(of)
	if m, ok := s.scaled(at+".maximum", p.Maximum); ok {
		s.within(at+".maximum", m, 1, mostPrice)
		m *= moneyScale
		r.Maximum = &m
	}
	for j, x := range p.Except {
		s.choice(fmt.Sprintf("%s.except[%d]", at, j), x, slices.Concat(Excuses, Features))
		s.rows.Excepts = append(s.rows.Excepts, ExceptRow{s.v, kind, x})
	}
	s.rows.Promises = append(s.rows.Promises, r)
}

// Calendars says which calendars the card counts by that are not among those
// known.
func (c *Card) Calendars(known []string) (errs []error) {
	for i, v := range c.Versions {
		for _, p := range []struct {
			kind    string
			promise *Promise
		}{{"guarantee", v.Guarantee}, {"late", v.Late}} {
			if p.promise == nil || p.promise.Calendar == "" || slices.Contains(known, p.promise.Calendar) {
				continue
			}
			line, col := yamldoc.Position(c.text, fmt.Sprintf("$.versions[%d].%s.calendar", i, p.kind))
			errs = append(errs, fmt.Errorf("%s:%d:%d: there is no calendar %q; try: %s", c.File, line, col, p.promise.Calendar, strings.Join(known, ", ")))
		}
	}
	return errs
}
