package rate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// orders of percentages: those of order 2 see those of order 1.
const orders = 2

func (s *version) surcharge(n int) {
	in := &s.in.Surcharges[n]
	at := fmt.Sprintf("%s.surcharges[%d]", s.at, n)
	r := SurchargeRow{V: s.v, N: int64(n + 1), Charge: in.Charge, Name: in.Name, Group: in.Group, Clause: in.Clause}
	if !word.MatchString(in.Charge) || in.Charge == Freight || in.Charge == Rounding {
		s.bad(at+".charge", "charge %q; try: a word such as fuel, remote, registration", in.Charge)
	}
	for key, p := range map[string]**time.Time{"from": &r.From, "to": &r.To} {
		text := in.From
		if key == "to" {
			text = in.To
		}
		if d, ok := s.day(at+"."+key, text); ok {
			*p = &d
		}
	}
	if r.From != nil && r.To != nil && !r.To.After(*r.From) {
		s.bad(at+".to", "the surcharge ends on %s, before it begins; try: the first day that no longer belongs", in.To)
	}
	s.conditions(at+".when", in.When, &r)
	s.amount(at, in, &r)
	least, _ := s.scaled(at+".minimum", in.Minimum)
	r.Minimum = least * moneyScale
	if m, ok := s.scaled(at+".maximum", in.Maximum); ok {
		m *= moneyScale
		r.Maximum = &m
		if m < r.Minimum {
			s.bad(at+".maximum", "maximum is below minimum")
		}
	}
	if in.Group != "" && r.Kind == "percent" {
		s.bad(at+".group", "a percentage of other charges has no group: only amounts compete for the highest")
	}
	s.rows.Surcharges = append(s.rows.Surcharges, r)
}

func (s *version) conditions(at string, w When, r *SurchargeRow) {
	for j, f := range w.Features {
		s.choice(fmt.Sprintf("%s.features[%d]", at, j), f, Features)
		s.rows.Features = append(s.rows.Features, FeatureRow{s.v, r.N, f})
		r.HasFeatures = true
	}
	for j, z := range w.Zones {
		if !s.zones[z] {
			s.bad(fmt.Sprintf("%s.zones[%d]", at, j), "no ZIP of the version leads to zone %s", z)
		}
	}
	for j, state := range w.States {
		if len(state) != 2 || strings.ToUpper(state) != state {
			s.bad(fmt.Sprintf("%s.states[%d]", at, j), "state %q is no code of two letters; try: CA", state)
		}
	}
	r.Zones, r.States = among(w.Zones), among(w.States)
	sides := false
	for _, b := range []struct {
		key, text string
		to        **int64
		side      bool
	}{
		{"actual_over", w.ActualOver, &r.ActualOver, false}, {"chargeable_over", w.ChargeableOver, &r.ChargeOver, false},
		{"longest_over", w.LongestOver, &r.LongestOver, true}, {"second_over", w.SecondOver, &r.SecondOver, true},
		{"girth_over", w.GirthOver, &r.GirthOver, true}, {"length_girth_over", w.LengthGirthOver, &r.LengthGirth, true},
		{"volume_over", w.VolumeOver, &r.VolumeOver, true},
	} {
		if v, ok := s.scaled(at+"."+b.key, b.text); ok {
			*b.to = &v
			sides = sides || b.side
		}
	}
	if sides && s.in.Volumetric == nil {
		s.bad(at, "a condition on sides needs the unit of volumetric; try: volumetric with rule: side_from, or greater")
	}
	if w.Zips == "" {
		return
	}
	t := s.table(at+".zips", w.Zips, []string{"zip_from", "zip_to", "tier"}, []string{"zip_from"})
	if t == nil {
		return
	}
	r.HasZips = true
	var list []zipRange
	for _, row := range t.rows {
		if z, ok := row.zips(row.text("tier")); ok {
			list = append(list, z)
		}
	}
	for _, z := range t.flat(list) {
		s.rows.Zips = append(s.rows.Zips, ZipRow{s.v, r.N, int64(z.from), int64(z.to), z.value, w.Zips, int64(z.line)})
	}
}

// amount reads the one amount that a surcharge has.
func (s *version) amount(at string, in *Surcharge, r *SurchargeRow) {
	var given []string
	add := func(key string, is bool) {
		if is {
			given = append(given, key)
		}
	}
	add("fixed", in.Fixed != "")
	add("by_tier", len(in.ByTier) > 0)
	add("by_zone", len(in.ByZone) > 0)
	add("per_weight", in.PerWeight != "")
	add("percent", in.Percent != "")
	add("percents", in.Percents != "")
	add("of_value", in.OfValue != "")
	if len(given) != 1 {
		s.bad(at, "the surcharge has %d amounts; try: one of fixed, by_tier, by_zone, per_weight, percent, percents, of_value", len(given))
		return
	}
	key := given[0]
	switch key {
	case "fixed":
		n, _ := s.scaled(at+".fixed", in.Fixed)
		r.Kind, r.Amount = "fixed", n*moneyScale
	case "per_weight":
		n, _ := s.scaled(at+".per_weight", in.PerWeight)
		s.within(at+".per_weight", n, 1, mostPrice)
		r.Kind, r.Amount = "weight", n
	case "of_value":
		r.Kind = "value"
		r.Amount, _ = s.scaled(at+".of_value", in.OfValue)
		s.within(at+".of_value", r.Amount, 1, mostPercent)
	case "by_tier":
		r.Kind = "tier"
		s.amounts(at+".by_tier", in.ByTier, r, s.tiersOf(r.N))
		if in.When.Zips == "" {
			s.bad(at+".by_tier", "tiers come from a list of ZIPs; try: when: {zips: remote.csv}")
		}
	case "by_zone":
		r.Kind = "zone"
		s.amounts(at+".by_zone", in.ByZone, r, slices.Sorted(maps.Keys(s.zones)))
	case "percent":
		r.Kind = "percent"
		r.Amount, _ = s.scaled(at+".percent", in.Percent)
		s.within(at+".percent", r.Amount, 1, mostPercent)
	case "percents":
		r.Kind, r.ByDay = "percent", true
		s.percents(at, in, r.N)
	}
	r.Order = int64(cmp.Or(in.Order, 1))
	switch {
	case r.Kind != "percent" && (in.Order != 0 || len(in.Of) > 0):
		s.bad(at, "of and order belong to percentages of other charges")
	case r.Order < 1 || r.Order > orders:
		s.bad(at+".order", "order is 1 or %d", orders)
	case r.Kind == "percent" && len(in.Of) == 0:
		s.bad(at, "a percentage has no of; try: of: [freight], or of: [all]")
	}
}

func (s *version) tiersOf(n int64) []string {
	var out []string
	for _, z := range s.rows.Zips {
		if z.V == s.v && z.N == n && !slices.Contains(out, z.Tier) {
			out = append(out, z.Tier)
		}
	}
	slices.Sort(out)
	return out
}

// amounts reads the amount of each key and holds them against the keys there are.
func (s *version) amounts(at string, list map[string]string, r *SurchargeRow, known []string) {
	for _, key := range slices.Sorted(maps.Keys(list)) {
		n, _ := s.scaled(under(at, key), list[key])
		if !slices.Contains(known, key) {
			hint := ""
			if len(known) > 0 {
				hint = "; there are: " + strings.Join(known, ", ")
			}
			s.bad(at, "no ZIP leads to %q%s", key, hint)
		}
		s.rows.Amounts = append(s.rows.Amounts, AmountRow{s.v, r.N, key, n * moneyScale})
	}
	for _, key := range known {
		if _, ok := list[key]; !ok {
			s.bad(at, "%q has no amount", key)
		}
	}
}

// percents reads percentages by day. They must cover the days of the surcharge
// without gap or overlap from their first on; a later day has none and gets no
// price.
func (s *version) percents(at string, in *Surcharge, n int64) {
	t := s.table(at+".percents", in.Percents, []string{"from", "to", "percent", "edition"}, []string{"from", "to", "percent"})
	if t == nil {
		return
	}
	var last *PercentRow
	for _, w := range t.rows {
		p := PercentRow{V: s.v, N: n, Edition: w.text("edition"), File: in.Percents, Line: int64(w.line)}
		var err error
		if p.From, err = time.Parse(time.DateOnly, w.text("from")); err != nil {
			w.bad("from", "%q is no day; try: 2026-03-02", w.text("from"))
			continue
		}
		if p.To, err = time.Parse(time.DateOnly, w.text("to")); err != nil {
			w.bad("to", "%q is no day; try: 2026-03-09", w.text("to"))
			continue
		}
		percent, ok := w.scaled("percent")
		if percent > mostPercent {
			w.bad("percent", "more than %s", ticks(mostPercent))
		}
		p.Percent = percent
		switch {
		case !ok && w.text("percent") == "":
			w.bad("percent", "percent is missing")
		case !p.To.After(p.From):
			w.bad("to", "to is not after from; try: the first day that no longer belongs")
		case last != nil && last.To.After(p.From):
			w.bad("from", "the days overlap those of line %d", last.Line)
		case last != nil && last.To.Before(p.From):
			w.bad("from", "no percentage holds from %s on, after line %d", last.To.Format(time.DateOnly), last.Line)
		}
		last = &p
		s.rows.Percents = append(s.rows.Percents, p)
	}
}

// percentsOf names the charges of which each percentage is taken.
func (s *version) percentsOf() {
	for n, in := range s.in.Surcharges {
		at := fmt.Sprintf("%s.surcharges[%d].of", s.at, n)
		order := cmp.Or(in.Order, 1)
		var before []string // charges that are known by then
		before = append(before, Freight)
		for m, other := range s.in.Surcharges {
			percent := other.Percent != "" || other.Percents != ""
			if m != n && (!percent || cmp.Or(other.Order, 1) < order) && !slices.Contains(before, other.Charge) {
				before = append(before, other.Charge)
			}
		}
		of := in.Of
		if slices.Equal(of, []string{"all"}) {
			of = before
		}
		for j, charge := range of {
			if !slices.Contains(before, charge) {
				s.bad(fmt.Sprintf("%s[%d]", at, j), "%q is no charge that is known by then; try: %s", charge, strings.Join(before, ", "))
			}
			if slices.Index(of, charge) == j {
				s.rows.Of = append(s.rows.Of, OfRow{s.v, int64(n + 1), int64(order), charge})
			}
		}
	}
}
