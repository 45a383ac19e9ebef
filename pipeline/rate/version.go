package rate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// version is one version while it is checked and compiled.
type version struct {
	*checker
	at    string // its YAML path
	v     int64
	in    *Version
	row   VersionRow
	zones map[string]bool // that zones.csv leads to
}

func (c *checker) checkVersion(i int) {
	in := &c.card.Versions[i]
	s := &version{checker: c, at: fmt.Sprintf("$.versions[%d]", i), v: int64(i), in: in, zones: map[string]bool{}}
	k := c.card
	s.row = VersionRow{V: s.v, Card: k.ID, Currency: k.Currency, Clause: in.Clause}
	s.days()
	s.weight()
	s.volume()
	s.rounding()
	s.months()
	s.zoneTable()
	s.prices()
	for n := range in.Surcharges {
		s.surcharge(n)
	}
	s.percentsOf()
	s.terms()
	c.rows.Versions = append(c.rows.Versions, s.row)
	if i == 0 {
		for _, ch := range k.Channels {
			c.rows.Channels = append(c.rows.Channels, ChannelRow{k.Provider, ch, k.ID})
		}
	}
}

// among is a list as the rater looks into it.
func among(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "," + strings.Join(list, ",") + ","
}

// apart takes such a list apart.
func apart(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func (s *version) days() {
	from, given := s.day(s.at+".from", s.in.From)
	if s.in.From == "" {
		s.bad(s.at+".from", "the version has no from: the first day on which it holds")
	}
	s.row.From, s.row.Recorded = from, from
	if to, ok := s.day(s.at+".to", s.in.To); ok {
		s.row.To = &to
		if given && !to.After(from) {
			s.bad(s.at+".to", "the version ends on %s, before it begins; try: the first day that no longer belongs", s.in.To)
		}
	}
	if rec, ok := s.day(s.at+".recorded_at", s.in.RecordedAt); ok {
		s.row.Recorded = rec
	}
	for j, country := range s.in.Countries {
		if len(country) != 2 || strings.ToUpper(country) != country {
			s.bad(fmt.Sprintf("%s.countries[%d]", s.at, j), "country %q is no code of ISO 3166; try: US", country)
		}
	}
}

func (s *version) weight() {
	w, at := s.in.Weight, s.at+".weight"
	s.choice(at+".unit", w.Unit, WeightUnits)
	s.row.WeightUnit = w.Unit
	s.row.WeightTick, _ = WeightTick(w.Unit)
	s.row.Step = s.positive(at+".step", w.Step)
	s.within(at+".step", s.row.Step, 1, mostWeight)
	s.row.Min, _ = s.scaled(at+".min", w.Min)
	if m, ok := s.scaled(at+".max", w.Max); ok {
		s.row.Max = &m
		if m <= s.row.Min {
			s.bad(at+".max", "max is not above min")
		}
	}
	if s.row.Step > 0 && s.row.Min%s.row.Step != 0 {
		s.bad(at+".min", "min %s is not a whole number of steps of %s", w.Min, w.Step)
	}
}

func (s *version) volume() {
	v, at := s.in.Volumetric, s.at+".volumetric"
	if v == nil {
		s.row.VolRule = "none"
		return
	}
	s.choice(at+".unit", v.Unit, LengthUnits)
	s.row.LengthUnit = v.Unit
	s.row.LengthTick, _ = LengthTick(v.Unit)
	s.row.VolRule = cmp.Or(v.Rule, "greater")
	s.choice(at+".rule", s.row.VolRule, VolRules)
	s.row.Divisor = s.positive(at+".divisor", v.Divisor)
	s.within(at+".divisor", s.row.Divisor, leastDivide, mostDivide)
	switch {
	case s.row.VolRule != "greater" && s.row.VolRule != "instead":
		s.row.VolAt = s.positive(at+".at", v.At)
	case v.At != "":
		s.bad(at+".at", "the rule %s has no bound; try: leave it out, or rule: ratio", s.row.VolRule)
	}
	s.row.SideRound = "none"
	if v.Sides != nil {
		s.choice(at+".sides.round", v.Sides.Round, SideRounds)
		s.row.SideRound = v.Sides.Round
		if v.Sides.Round == "nearest" {
			s.row.SideRound = "half_up"
		}
		s.row.SideStep = s.positive(at+".sides.to", v.Sides.To)
	}
}

func (s *version) rounding() {
	r, at := s.in.Round, s.at+".round"
	s.row.RoundMode = cmp.Or(r.Mode, "half_up")
	s.row.RoundStage = cmp.Or(r.Stage, "charge")
	s.choice(at+".mode", s.row.RoundMode, RoundModes)
	s.choice(at+".stage", s.row.RoundStage, RoundStages)
	s.row.RoundTo = s.positive(at+".to", cmp.Or(r.To, "0.01")) * moneyScale
	least, _ := s.scaled(s.at+".minimum", s.in.Minimum)
	s.row.Minimum = least * moneyScale
}

// months reads what depends on a month as a whole. No price of a parcel does.
func (s *version) months() {
	if v, at := s.in.Volume, s.at+".volume"; v != nil {
		s.choice(at+".by", v.By, Periods)
		if len(v.Tiers) == 0 {
			s.bad(at, "the volume has no tiers; try: tiers: [{from: 10000, percent: 5}]")
		}
		var from, percent int64
		for i, t := range v.Tiers {
			at := fmt.Sprintf("%s.tiers[%d]", at, i)
			n, p := s.positive(at+".from", t.From), s.positive(at+".percent", t.Percent)
			s.within(at+".percent", p, 1, 100*10_000)
			if n%10_000 != 0 {
				s.bad(at+".from", "%s is no whole number of parcels", t.From)
			}
			if i > 0 && (n <= from || p <= percent) {
				s.bad(at+".from", "a tier begins with more parcels, and gives more, than that before it")
			}
			from, percent = n, p
			s.rows.Volumes = append(s.rows.Volumes, VolumeRow{s.v, n / 10_000, p})
		}
	}
	if m, at := s.in.Least, s.at+".minimum_spend"; m != nil {
		s.choice(at+".by", m.By, Periods)
		s.row.Spend = s.positive(at+".amount", m.Amount) * moneyScale
	}
}

func (s *version) zoneTable() {
	if s.in.Zones == "" {
		return
	}
	t := s.table(s.at+".zones", s.in.Zones, []string{"zip_from", "zip_to", "state", "zone"}, []string{"zone"})
	if t == nil {
		return
	}
	s.row.HasZones = true
	var list []zipRange
	states := map[string]int{}
	for _, r := range t.rows {
		zone, state := r.text("zone"), r.text("state")
		if zone != "" {
			s.zones[zone] = true
		}
		switch {
		case zone == "":
			r.bad("zone", "the zone is empty")
		case strings.Contains(zone, ","):
			r.bad("zone", "zone %q has a comma", zone)
		case state != "" && r.text("zip_from")+r.text("zip_to") != "":
			r.bad("state", "a row is of a state or of ZIPs, not of both")
		case state != "":
			if line := states[state]; line > 0 {
				r.bad("state", "state %s stands in line %d too", state, line)
			}
			states[state] = r.line
			s.rows.Zones = append(s.rows.Zones, ZoneRow{V: s.v, State: state, Zone: zone, Line: int64(r.line)})
		default:
			if z, ok := r.zips(zone); ok {
				list = append(list, z)
			}
		}
	}
	for _, z := range t.flat(list) {
		from, to := int64(z.from), int64(z.to)
		s.rows.Zones = append(s.rows.Zones, ZoneRow{V: s.v, ZipFrom: &from, ZipTo: &to, Zone: z.value, Line: int64(z.line)})
	}
}

func (s *version) prices() {
	var bands []PriceRow
	var t *table
	switch {
	case s.in.Prices != "" && s.in.Matrix != "":
		s.bad(s.at+".matrix", "a version has prices or a matrix, not both")
		return
	case s.in.Matrix != "":
		t, bands = s.matrix()
	case s.in.Prices != "":
		t, bands = s.bands()
	default:
		s.bad(s.at, "the version has neither prices nor matrix")
		return
	}
	if t == nil {
		return
	}
	of := map[string][]PriceRow{}
	for _, b := range bands {
		of[b.Zone] = append(of[b.Zone], b)
	}
	for _, zone := range slices.Sorted(maps.Keys(of)) {
		list := of[zone]
		slices.SortStableFunc(list, func(a, b PriceRow) int { return cmp.Compare(a.Over, b.Over) })
		name := ""
		if zone != "" {
			name = " of zone " + zone
		}
		if s.row.HasZones && zone != "" && !s.zones[zone] {
			t.fail(int(list[0].Line), 1, "no ZIP of %s leads to zone %s", s.in.Zones, zone)
		}
		if !s.row.HasZones && zone != "" {
			t.fail(int(list[0].Line), 1, "zone %s, but the version names no zones; try: zones: zones.csv", zone)
		}
		if list[0].Over >= max(s.row.Min, 1) {
			t.fail(int(list[0].Line), 1, "the bands%s begin above %s, and lighter parcels have no price", name, ticks(list[0].Over))
		}
		for i, b := range list[1:] {
			switch p := list[i]; {
			case p.UpTo == nil || *p.UpTo > b.Over:
				t.fail(int(b.Line), 1, "the band%s overlaps that of line %d", name, p.Line)
			case *p.UpTo < b.Over:
				t.fail(int(b.Line), 1, "no band%s holds above %s up to %s, after line %d", name, ticks(*p.UpTo), ticks(b.Over), p.Line)
			}
		}
		if last := list[len(list)-1]; last.UpTo != nil && (s.row.Max == nil || *last.UpTo < *s.row.Max) {
			t.fail(int(last.Line), 1, "no band%s holds above %s; try: weight.max, or an empty up_to", name, ticks(*last.UpTo))
		}
	}
	for _, zone := range slices.Sorted(maps.Keys(s.zones)) {
		if of[zone] == nil && of[""] == nil {
			t.fail(1, 1, "zone %s of %s has no price", zone, s.in.Zones)
		}
	}
	for _, b := range bands {
		if b.Zone != "" || !s.row.HasZones {
			s.rows.Prices = append(s.rows.Prices, b)
			continue
		}
		// a band of any zone holds for each that has none of its own
		for _, zone := range slices.Sorted(maps.Keys(s.zones)) {
			if of[zone] == nil {
				b.Zone = zone
				s.rows.Prices = append(s.rows.Prices, b)
			}
		}
	}
}

// ticks prints whole 0.0001 as a decimal.
func ticks(n int64) string {
	s := fmt.Sprintf("%d.%04d", n/10_000, n%10_000)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// bands are rows of zone, over (else up_to of the row before), up_to and prices.
func (s *version) bands() (*table, []PriceRow) {
	t := s.table(s.at+".prices", s.in.Prices, []string{"zone", "over", "up_to", "fixed", "from_weight", "unit", "unit_price", "minimum"}, nil)
	if t == nil {
		return nil, nil
	}
	if !t.has["fixed"] && !t.has["unit_price"] {
		t.fail(1, 1, "neither column fixed nor column unit_price is there")
	}
	var out []PriceRow
	above := map[string]int64{} // up_to of the row before, by zone
	for _, r := range t.rows {
		p := PriceRow{V: s.v, Zone: r.text("zone"), File: s.in.Prices, Line: int64(r.line)}
		var ok bool
		if p.Over, ok = r.scaled("over"); !ok {
			p.Over = above[p.Zone]
		}
		if n, ok := r.scaled("up_to"); ok {
			p.UpTo = &n
			if n <= p.Over {
				r.bad("up_to", "up_to is not above %s", ticks(p.Over))
			}
			above[p.Zone] = n
		}
		fixed, _ := r.scaled("fixed")
		p.Fixed = fixed * moneyScale
		p.From, _ = r.scaled("from_weight")
		if n, ok := r.scaled("unit"); ok {
			p.Unit = &n
			if n == 0 {
				r.bad("unit", "unit is zero")
			}
		}
		p.UnitPrice, _ = r.scaled("unit_price")
		hasFixed, hasPrice := r.text("fixed") != "", r.text("unit_price") != ""
		if !hasFixed && !hasPrice {
			r.bad("fixed", "the band has neither a fixed nor a unit price")
		}
		if p.Unit != nil && !hasPrice {
			r.bad("unit", "unit without unit_price")
		}
		least, _ := r.scaled("minimum")
		p.Minimum = least * moneyScale
		out = append(out, p)
	}
	return t, out
}

// matrix is a table of weights by zones: column up_to, then one per zone.
func (s *version) matrix() (*table, []PriceRow) {
	t := s.table(s.at+".matrix", s.in.Matrix, nil, []string{"up_to"})
	if t == nil {
		return nil, nil
	}
	var out []PriceRow
	var over int64
	for i, r := range t.rows {
		up, ok := r.scaled("up_to")
		if !ok && r.text("up_to") != "" {
			continue
		}
		if !ok || up <= over && i > 0 {
			r.bad("up_to", "up_to is missing or not above that of the line before")
			continue
		}
		for _, zone := range t.head {
			if zone == "up_to" {
				continue
			}
			amount, ok := r.scaled(zone)
			if !ok {
				if r.text(zone) == "" {
					r.bad(zone, "the cell of zone %s is empty", zone)
				}
				continue
			}
			end := up
			out = append(out, PriceRow{V: s.v, Zone: zone, Over: over, UpTo: &end, Fixed: amount * moneyScale, File: s.in.Matrix, Line: int64(r.line)})
		}
		over = up
	}
	return t, out
}
