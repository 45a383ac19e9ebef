package rate_test

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"waybill/pipeline/rate"
)

// rival prices a parcel in fractions, from what card.go says of a card: it
// knows neither the tables that a card compiles to nor the SQL.
type rival struct {
	v        rate.Version
	currency string
	files    map[string]string // CSV by name
}

// rivalPrice is compared whole with what the SQL says.
type rivalPrice struct {
	problem, assumed, zone string
	weight                 *big.Rat
	charges                []rivalCharge
}

type rivalCharge struct {
	n       int
	charge  string
	amount  *big.Rat // nil: problem says why
	problem string
	group   string
	charged bool
}

var (
	gramsIn       = map[string]*big.Rat{"g": rat("1"), "kg": rat("1000"), "oz": rat("28.349523125"), "lb": rat("453.59237")}
	millimetresIn = map[string]*big.Rat{"mm": rat("1"), "cm": rat("10"), "in": rat("25.4")}
	grainOfMoney  = rat("0.00000001")
	wholeZip      = regexp.MustCompile(`^[0-9]{5}(-[0-9]{4})?$`)
)

// rat reads a decimal; an empty one is nil.
func rat(s string) *big.Rat {
	if s == "" {
		return nil
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil
	}
	return r
}

func zero() *big.Rat               { return new(big.Rat) }
func plus(a, b *big.Rat) *big.Rat  { return zero().Add(a, b) }
func times(a, b *big.Rat) *big.Rat { return zero().Mul(a, b) }
func over(a, b *big.Rat) *big.Rat  { return zero().Quo(a, b) }
func more(a, b *big.Rat) bool      { return a.Cmp(b) > 0 }
func most(a, b *big.Rat) *big.Rat  { return map[bool]*big.Rat{true: a, false: b}[more(a, b)] }
func orNone(a *big.Rat) *big.Rat   { return cmp.Or(a, zero()) }
func inUnit(s, unit, of string, units map[string]*big.Rat) *big.Rat {
	return over(times(rat(s), units[unit]), units[of])
}

// rounded brings x, which is not negative, to a multiple of step.
func rounded(mode string, x, step *big.Rat) *big.Rat {
	q := over(x, step)
	down := new(big.Int).Quo(q.Num(), q.Denom())
	rest := zero().Sub(q, new(big.Rat).SetInt(down)).Cmp(big.NewRat(1, 2))
	isUp := false
	switch mode {
	case "up":
		isUp = !q.IsInt()
	case "nearest", "half_up", "":
		isUp = rest >= 0
	case "half_even":
		isUp = rest > 0 || rest == 0 && down.Bit(0) == 1
	}
	if isUp {
		down.Add(down, big.NewInt(1))
	}
	return times(new(big.Rat).SetInt(down), step)
}

func (r rival) rows(name string) []map[string]string {
	all, err := csv.NewReader(strings.NewReader(r.files[name])).ReadAll()
	if err != nil || len(all) == 0 {
		return nil
	}
	var out []map[string]string
	for _, cells := range all[1:] {
		m := map[string]string{}
		for i, c := range cells {
			m[all[0][i]] = c
		}
		out = append(out, m)
	}
	return out
}

// byZip finds the row of the narrowest range around a ZIP.
func byZip(rows []map[string]string, zip string) map[string]string {
	if !wholeZip.MatchString(zip) {
		return nil
	}
	zip = zip[:5]
	var best map[string]string
	width := 1 << 30
	for _, row := range rows {
		from, to := row["zip_from"], cmp.Or(row["zip_to"], row["zip_from"])
		if from == "" {
			continue
		}
		for len(from) < 5 {
			from += "0"
		}
		for len(to) < 5 {
			to += "9"
		}
		if n := number(to) - number(from); from <= zip && zip <= to && n < width {
			best, width = row, n
		}
	}
	return best
}

func number(digits string) int {
	n := 0
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}

func (r rival) zone(p rate.Ask) (zone string, ok bool) {
	if r.v.Zones == "" {
		return "", true
	}
	rows := r.rows(r.v.Zones)
	if row := byZip(rows, p.ZIP); row != nil {
		return row["zone"], true
	}
	for _, row := range rows {
		if row["state"] != "" && row["state"] == p.State {
			return row["zone"], true
		}
	}
	return "", false
}

// sides gives the rounded sides in the card's unit, longest first.
func (r rival) sides(p rate.Ask) []*big.Rat {
	v := r.v.Volumetric
	if v == nil || p.Length == "" || p.Width == "" || p.Height == "" {
		return nil
	}
	var out []*big.Rat
	for _, s := range []string{p.Length, p.Width, p.Height} {
		x := inUnit(s, p.LengthUnit, v.Unit, millimetresIn)
		if v.Sides != nil {
			x = rounded(v.Sides.Round, x, rat(v.Sides.To))
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b *big.Rat) int { return b.Cmp(a) })
	return out
}

func (r rival) counts(actual, volumetric, volume, longest *big.Rat) bool {
	at := rat(r.v.Volumetric.At)
	switch r.v.Volumetric.Rule {
	case "ratio":
		return volumetric.Cmp(times(at, actual)) >= 0
	case "volume_over":
		return more(volume, at)
	case "side_from":
		return longest.Cmp(at) >= 0
	}
	return true
}

func (r rival) price(p rate.Ask) rivalPrice {
	var out rivalPrice
	w := r.v.Weight
	sides := r.sides(p)
	if r.v.Volumetric != nil && sides == nil {
		out.assumed = "no_sides"
	}
	if p.Weight == "" {
		out.problem = "no_weight"
		return out
	}
	actual := inUnit(p.Weight, p.WeightUnit, w.Unit, gramsIn)
	out.weight = rounded("up", actual, rat(w.Step))
	isInstead := r.v.Volumetric != nil && r.v.Volumetric.Rule == "instead"
	if isInstead && sides == nil {
		out.problem = "sides_needed"
		return out
	}
	if isInstead {
		out.weight = zero()
	}
	if sides != nil {
		volume := times(times(sides[0], sides[1]), sides[2])
		volumetric := over(volume, rat(r.v.Volumetric.Divisor))
		if r.counts(actual, volumetric, volume, sides[0]) {
			out.weight = most(out.weight, rounded("up", volumetric, rat(w.Step)))
		}
	}
	tooHeavy := w.Max != "" && more(out.weight, rat(w.Max))
	out.weight = most(out.weight, orNone(rat(w.Min)))
	zone, ok := r.zone(p)
	out.zone = zone
	switch {
	case tooHeavy:
		out.problem = "over_max"
		return out
	case !ok:
		out.problem = "no_zone"
		return out
	}
	freight := rivalCharge{charge: rate.Freight, charged: true}
	if x := r.freight(zone, out.weight); x != nil {
		freight.amount = r.charge(x)
	} else { // sides rounded down to nothing, and their volume is the weight
		freight.problem = "no_band"
	}
	out.charges = append(out.charges, freight)
	r.amounts(p, &out, actual, sides)
	r.percentages(p, &out, actual, sides)
	r.total(&out)
	return out
}

// charge rounds what is charged: by the card at the stage of charges, and in any
// case to the grain of money.
func (r rival) charge(x *big.Rat) *big.Rat {
	x = rounded("half_up", x, grainOfMoney)
	if r.v.Round.Stage == "total" {
		return x
	}
	return rounded(r.v.Round.Mode, x, rat(cmp.Or(r.v.Round.To, "0.01")))
}

func (r rival) freight(zone string, w *big.Rat) *big.Rat {
	minimum := orNone(rat(r.v.Minimum))
	if r.v.Matrix != "" {
		for _, row := range r.rows(r.v.Matrix) {
			if more(w, rat(row["up_to"])) {
				continue
			}
			cell, own := row[zone]
			if !own {
				cell = row[""]
			}
			return most(rat(cell), minimum)
		}
		return nil
	}
	rows := r.rows(r.v.Prices)
	own := slices.ContainsFunc(rows, func(b map[string]string) bool { return b["zone"] == zone })
	before := "0" // up_to of the row before
	for _, b := range rows {
		if own && b["zone"] != zone || !own && b["zone"] != "" {
			continue
		}
		above := cmp.Or(b["over"], before)
		before = b["up_to"]
		if !more(w, rat(above)) || b["up_to"] != "" && more(w, rat(b["up_to"])) {
			continue
		}
		sum := orNone(rat(b["fixed"]))
		if price := rat(b["unit_price"]); price != nil {
			rest := most(zero().Sub(w, orNone(rat(b["from_weight"]))), zero())
			if unit := rat(b["unit"]); unit != nil {
				rest = over(rounded("up", rest, unit), unit)
			}
			sum = plus(sum, times(rest, price))
		}
		return most(most(sum, minimum), orNone(rat(b["minimum"])))
	}
	return nil
}

// holds says whether all conditions of a surcharge are met, and its tier.
func (r rival) holds(s rate.Surcharge, p rate.Ask, got *rivalPrice, actual *big.Rat, sides []*big.Rat) (tier string, ok bool) {
	w := s.When
	if s.From != "" && p.Day < s.From || s.To != "" && p.Day >= s.To {
		return "", false
	}
	if len(w.Features) > 0 && !slices.ContainsFunc(w.Features, func(f string) bool { return slices.Contains(p.Features, f) }) {
		return "", false
	}
	if w.Zips != "" {
		row := byZip(r.rows(w.Zips), p.ZIP)
		if row == nil {
			return "", false
		}
		tier = row["tier"]
	}
	if len(w.Zones) > 0 && !slices.Contains(w.Zones, got.zone) || len(w.States) > 0 && !slices.Contains(w.States, p.State) {
		return "", false
	}
	exceeded := func(bound string, x *big.Rat) bool { return bound == "" || x != nil && more(x, rat(bound)) }
	var longest, second, girth, both, volume *big.Rat
	if sides != nil {
		longest, second = sides[0], sides[1]
		girth = times(rat("2"), plus(sides[1], sides[2]))
		both = plus(longest, girth)
		volume = times(times(sides[0], sides[1]), sides[2])
	}
	return tier, exceeded(w.ActualOver, actual) && exceeded(w.ChargeableOver, got.weight) && exceeded(w.LongestOver, longest) && exceeded(w.SecondOver, second) &&
		exceeded(w.GirthOver, girth) && exceeded(w.LengthGirthOver, both) && exceeded(w.VolumeOver, volume)
}

func bounded(s rate.Surcharge, x *big.Rat) *big.Rat {
	x = most(x, orNone(rat(s.Minimum)))
	if m := rat(s.Maximum); m != nil && more(x, m) {
		return m
	}
	return x
}

func (r rival) amounts(p rate.Ask, got *rivalPrice, actual *big.Rat, sides []*big.Rat) {
	highest := map[string]int{} // of a group
	var exact []*big.Rat        // before rounding; nil: not known
	for i, s := range r.v.Surcharges {
		tier, ok := r.holds(s, p, got, actual, sides)
		if s.Percent != "" || s.Percents != "" || !ok {
			continue
		}
		c := rivalCharge{n: i + 1, charge: s.Charge, group: s.Group, charged: s.Group == ""}
		var x *big.Rat
		switch {
		case s.Fixed != "":
			x = rat(s.Fixed)
		case len(s.ByTier) > 0:
			x = rat(s.ByTier[tier])
		case len(s.ByZone) > 0:
			x = rat(s.ByZone[got.zone])
		case s.PerWeight != "":
			x = times(got.weight, rat(s.PerWeight))
		case p.Value == "":
			c.problem = "no_declared_value"
		case p.ValueCurrency != r.currency:
			c.problem = "other_currency"
		default:
			x = over(times(rat(p.Value), rat(s.OfValue)), rat("100"))
		}
		if x != nil {
			x = bounded(s, rounded("half_up", x, grainOfMoney))
			c.amount = r.charge(x)
		}
		got.charges = append(got.charges, c)
		exact = append(exact, x)
		if s.Group == "" {
			continue
		}
		// what is not known might be the highest
		here := len(exact) - 1
		best, seen := highest[s.Group]
		if !seen || exact[best] != nil && (x == nil || more(x, exact[best])) {
			highest[s.Group] = here
		}
	}
	for _, i := range highest {
		got.charges[len(got.charges)-len(exact)+i].charged = true
	}
}

func (r rival) percentages(p rate.Ask, got *rivalPrice, actual *big.Rat, sides []*big.Rat) {
	for order := 1; order <= 2; order++ {
		known := slices.Clone(got.charges)
		for i, s := range r.v.Surcharges {
			if s.Percent == "" && s.Percents == "" || cmp.Or(s.Order, 1) != order {
				continue
			}
			if _, ok := r.holds(s, p, got, actual, sides); !ok {
				continue
			}
			c := rivalCharge{n: i + 1, charge: s.Charge, charged: true}
			percent := rat(s.Percent)
			for _, row := range r.rows(s.Percents) {
				if row["from"] <= p.Day && p.Day < row["to"] {
					percent = rat(row["percent"])
				}
			}
			base, has := zero(), false
			for _, k := range known {
				if !k.charged || !slices.Contains(s.Of, k.charge) && !slices.Contains(s.Of, "all") {
					continue
				}
				has = true
				if k.amount == nil || base == nil {
					base = nil
					continue
				}
				base = plus(base, k.amount)
			}
			switch {
			case !has:
				continue
			case percent == nil:
				c.problem = "no_percent"
			case base == nil:
				c.problem = "unknown_base"
			default:
				c.amount = r.charge(bounded(s, rounded("half_up", over(times(base, percent), rat("100")), grainOfMoney)))
			}
			got.charges = append(got.charges, c)
		}
	}
}

// total adds what rounding the sum adds.
func (r rival) total(got *rivalPrice) {
	sum := got.sum()
	if r.v.Round.Stage != "total" || sum == nil {
		return
	}
	if d := zero().Sub(rounded(r.v.Round.Mode, sum, rat(cmp.Or(r.v.Round.To, "0.01"))), sum); d.Sign() != 0 {
		got.charges = append(got.charges, rivalCharge{n: 1_000_000, charge: rate.Rounding, amount: d, charged: true})
	}
}

// sum is nil where a charge is not known.
func (p *rivalPrice) sum() *big.Rat {
	sum := zero()
	for _, c := range p.charges {
		if c.charged && c.amount == nil {
			return nil
		}
		if c.charged {
			sum = plus(sum, c.amount)
		}
	}
	return sum
}

// line is the price in words, as session.lines says those of the SQL.
func (p *rivalPrice) line() string {
	head := p.problem
	if p.problem == "" {
		head = "no total"
		if sum := p.sum(); sum != nil {
			head = sum.FloatString(8)
		}
		head += fmt.Sprintf(" weight %s zone %q", p.weight.FloatString(4), p.zone)
	}
	parts := []string{head + " " + p.assumed}
	slices.SortStableFunc(p.charges, func(a, b rivalCharge) int { return cmp.Compare(a.n, b.n) })
	for _, c := range p.charges {
		s := fmt.Sprintf("%d %s %s", c.n, c.charge, c.problem)
		if c.amount != nil {
			s += c.amount.FloatString(8)
		}
		if !c.charged {
			s += " not charged"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "\n  ")
}
