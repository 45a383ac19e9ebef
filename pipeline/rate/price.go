package rate

import (
	"context"
	"database/sql"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Price is what a parcel costs under a card, with the way from its weight to
// the total. Amounts are decimals of Currency without an exponent; Total is
// empty where Problem says what is missing.
type Price struct {
	Parcel     string   `json:"parcel"`
	Card       string   `json:"card"`
	Clause     string   `json:"clause,omitempty"`
	From       string   `json:"version_from,omitempty"`
	Recorded   string   `json:"recorded_at,omitempty"`
	Day        string   `json:"day,omitempty"` // that decides the version
	Currency   string   `json:"currency,omitempty"`
	Actual     string   `json:"actual_weight,omitempty"`
	Sides      string   `json:"sides,omitempty"` // as the card counts them, with their unit
	Volumetric string   `json:"volumetric_weight,omitempty"`
	Counts     bool     `json:"volume_counts"`
	Chargeable string   `json:"chargeable_weight,omitempty"`
	Basis      string   `json:"basis,omitempty"` // actual, volumetric, minimum
	Unit       string   `json:"weight_unit,omitempty"`
	Zone       string   `json:"zone,omitempty"`
	ZIP        string   `json:"zip,omitempty"`
	Charges    []Charge `json:"charges"`
	Total      string   `json:"total,omitempty"`
	Assumed    string   `json:"assumed,omitempty"`
	Problem    string   `json:"problem,omitempty"`

	How []Step `json:"how"` // how weight and zone came about
}

// Charge is one part of a price.
type Charge struct {
	Charge  string `json:"charge"`
	Name    string `json:"name,omitempty"` // as the bill calls it
	Amount  string `json:"amount,omitempty"`
	Charged bool   `json:"charged"` // false: a higher one of its group is
	How     string `json:"how"`
	Source  string `json:"source,omitempty"` // file:line of the card
	Tier    string `json:"tier,omitempty"`   // of the ZIP, or edition of the percentages
	Clause  string `json:"clause,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// Step is one line of the argument.
type Step struct {
	What   string `json:"what"`
	Value  string `json:"value"`
	How    string `json:"how"`
	Source string `json:"source,omitempty"`
}

// Problems say in words why there is no price, or what it takes for granted.
var Problems = map[string]string{
	"no_card":           "no card prices this channel; try: add the channel to a card in rates/",
	"no_day":            "no instant says on which day it was shipped",
	"no_country":        "the card is by country and the parcel has none",
	"no_version":        "the card has no version for that day and country",
	"no_weight":         "the parcel has no weight, or a unit that is not known",
	"over_max":          "heavier than the card takes",
	"no_zone":           "its ZIP or state is in no zone of the card",
	"no_band":           "no band of the card holds for the weight",
	"sides_needed":      "the card prices by volume and the parcel lacks a side",
	"too_much":          "the freight is more than ten thousand million: the card cannot mean that",
	"sides_too_long":    "a side is longer than 5 m",
	"no_sides":          "without sides, as if the volume did not count",
	"no_declared_value": "the declared value is missing",
	"other_currency":    "the declared value is in another currency than the card",
	"no_percent":        "no percentage stands in the card for that day",
	"unknown_base":      "a charge that it is a percentage of has no amount",
}

// Prices reads what Explain computed, by parcel and card.
func (r *Rater) Prices(ctx context.Context, limit int) ([]Price, error) {
	rows, err := r.Engine.Query(ctx, `select t.parcel, coalesce(n.name, ''), coalesce(t.v, -1), coalesce(t.card, ''), coalesce(v.clause, ''), v.from_day, v.recorded_day, t.rated_on, coalesce(t.currency, ''), coalesce(v.weight_unit, ''),
 w.actual_ticks, cast(w.volume as varchar), w.vol_counts, t.chargeable_ticks, t.basis, t.zone, w.zone_line, t.total_e8, coalesce(t.assumed, ''), coalesce(t.problem, ''),
 coalesce(v.step_ticks, 0), coalesce(v.min_ticks, 0), coalesce(v.vol_rule, 'none'), coalesce(v.vol_at_e4, 0), coalesce(v.divisor_e4, 0), coalesce(v.length_unit, ''), coalesce(v.length_tick, 0),
 w.longest_quanta, w.second_quanta, w.third_quanta, coalesce(w.zip, -1), coalesce(w.state, '')
from rated_totals as t
join rated_names as n on n.parcel = t.parcel
join rated_weights as w on w.parcel = t.parcel and w.card is not distinct from t.card
left join card_versions as v on v.v = t.v
order by n.name, t.parcel, t.card limit ?`, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Price
	at := map[[2]int64]int{}
	for rows.Next() {
		var p Price
		var parcel, v int64
		var from, recorded, day *time.Time
		var actual, chargeable, line, total, a, b, c sql.NullInt64
		var volume sql.NullString
		var basis, zone sql.NullString
		var counts sql.NullBool
		var s scale
		if err := rows.Scan(&parcel, &p.Parcel, &v, &p.Card, &p.Clause, &from, &recorded, &day, &p.Currency, &p.Unit, &actual, &volume, &counts, &chargeable, &basis, &zone, &line, &total, &p.Assumed, &p.Problem,
			&s.step, &s.min, &s.rule, &s.at, &s.divisor, &s.lengthUnit, &s.lengthTick, &a, &b, &c, &s.zip, &s.state); err != nil {
			return nil, err
		}
		p.From, p.Recorded, p.Day = dayText(from), dayText(recorded), dayText(day)
		p.Counts, p.Basis, p.Zone = counts.Bool, basis.String, zone.String
		if actual.Valid {
			p.Actual, p.Chargeable = ticks(actual.Int64), ticks(chargeable.Int64)
		}
		if volume.Valid {
			p.Volumetric = s.weighs(volume.String)
		}
		if total.Valid {
			p.Total = amount(total.Int64)
		}
		s.zoneLine = line.Int64
		if s.zip >= 0 {
			p.ZIP = fmt.Sprintf("%05d", s.zip)
		}
		if a.Valid && s.lengthTick > 0 {
			p.Sides = fmt.Sprintf("%s x %s x %s %s", s.side(a), s.side(b), s.side(c), s.lengthUnit)
		}
		p.How = s.steps(p)
		p.Charges = []Charge{}
		at[[2]int64{parcel, v}] = len(out)
		out = append(out, p)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return out, r.charges(ctx, out, at)
}

func (r *Rater) charges(ctx context.Context, out []Price, at map[[2]int64]int) error {
	rows, err := r.Engine.Query(ctx, `select c.parcel, c.v, c.charge, coalesce(s.name, ''), c.amount_e8, c.computed_e8, c.base_e8, c.percent_e4, coalesce(c.grp, ''), coalesce(c.tier, ''), coalesce(c.file, ''), coalesce(c.line, 0), c.charged, coalesce(c.problem, ''),
 coalesce(s.kind, ''), coalesce(s.amount, 0), coalesce(s.clause, ''), f.fixed_e8, f.unit_price_e4, f.unit_ticks, f.from_ticks, f.more_ticks, f.units, f.minimum_e8
from rated_charges as c
left join card_surcharges as s on s.v = c.v and s.n = c.n
left join rated_weights as w on c.n = 0 and w.parcel = c.parcel and w.v = c.v
left join rated_freight as f on f.v = w.v and f.zone = w.zone and f.chargeable_ticks = w.chargeable_ticks
order by c.parcel, c.v, c.n`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var parcel, v int64
		var group, tier, file, kind, clause string
		var line, rule int64
		var c Charge
		var sum, computed, base, percent, fixed, unitPrice, unit, covered, more, units, least sql.NullInt64
		if err := rows.Scan(&parcel, &v, &c.Charge, &c.Name, &sum, &computed, &base, &percent, &group, &tier, &file, &line, &c.Charged, &c.Problem, &kind, &rule, &clause,
			&fixed, &unitPrice, &unit, &covered, &more, &units, &least); err != nil {
			return err
		}
		i, ok := at[[2]int64{parcel, v}]
		if !ok {
			continue
		}
		p := &out[i]
		if sum.Valid {
			c.Amount = amount(sum.Int64)
		}
		if file != "" {
			c.Source = fmt.Sprintf("%s:%d", file, line)
		}
		switch {
		case c.Charge == Rounding:
			c.How = "of the total " + amount(base.Int64)
		case c.Charge == Freight && fixed.Valid:
			c.How = band{p, fixed.Int64, unitPrice.Int64, unit, covered.Int64, more.Int64, units.Int64, computed.Int64, least.Int64}.how()
		case kind == "percent" && percent.Valid:
			c.How = ticks(percent.Int64) + " % of " + amount(base.Int64)
			if tier != "" {
				c.How += ", " + tier
			}
		case kind == "value":
			c.How = ticks(rule) + " % of the declared value"
		case kind == "weight":
			c.How = fmt.Sprintf("%s %s x %s", p.Chargeable, p.Unit, ticks(rule))
		case kind == "tier":
			c.How = "tier " + tier
		case kind == "zone":
			c.How = "zone " + p.Zone
		case kind == "fixed":
			c.How = "fixed"
		}
		if !c.Charged {
			c.How += "; not charged, a higher one of the group " + group + " is"
		}
		if computed.Valid && sum.Valid && kind != "" && kind != "percent" && computed.Int64 != sum.Int64 {
			c.How += "; before bounds and rounding " + amount(computed.Int64)
		}
		if c.Tier, c.Clause = tier, clause; clause != "" {
			c.How += " (" + clause + ")"
		}
		p.Charges = append(p.Charges, c)
	}
	return rows.Err()
}

// band is the price row that made a freight.
type band struct {
	p                                   *Price
	fixed, unitPrice                    int64
	unit                                sql.NullInt64
	covered, more, units, computed, min int64
}

func (b band) how() string {
	var parts []string
	if b.fixed > 0 || b.unitPrice == 0 {
		t := amount(b.fixed)
		if b.covered > 0 {
			t += " up to " + ticks(b.covered) + " " + b.p.Unit
		}
		parts = append(parts, t)
	}
	switch {
	case b.unitPrice == 0:
	case b.unit.Valid:
		parts = append(parts, fmt.Sprintf("%d x %s per %s %s", b.units, ticks(b.unitPrice), ticks(b.unit.Int64), b.p.Unit))
	default:
		parts = append(parts, fmt.Sprintf("%s %s x %s", ticks(b.more), b.p.Unit, ticks(b.unitPrice)))
	}
	how := strings.Join(parts, " + ") + " = " + amount(b.computed)
	if b.min > b.computed {
		how += ", minimum " + amount(b.min)
	}
	return how
}

// scale is what a version says of weights and sides.
type scale struct {
	step, min, at, divisor, lengthTick int64
	rule, lengthUnit, state            string
	zip, zoneLine                      int64
}

// weighs is the weight of a volume in cubic quanta, up to 0.0001 of a unit.
func (s scale) weighs(volume string) string {
	n, ok := new(big.Int).SetString(volume, 10)
	if !ok {
		return ""
	}
	unit := big.NewInt(s.lengthTick * 10_000)
	d := new(big.Int).Exp(unit, big.NewInt(3), nil)
	d.Mul(d, big.NewInt(s.divisor))
	n.Mul(n, big.NewInt(10_000*10_000))
	n.Add(n, d).Sub(n, big.NewInt(1))
	return ticks(n.Div(n, d).Int64())
}

// side is one in the unit of the card.
func (s scale) side(quanta sql.NullInt64) string { return decimal(quanta.Int64, s.lengthTick) }

func (s scale) steps(p Price) []Step {
	out := []Step{}
	if p.Actual == "" {
		return out
	}
	out = append(out, Step{What: "weight", Value: p.Actual + " " + p.Unit, How: "as measured"})
	if s.rule != "none" && p.Sides != "" {
		how := fmt.Sprintf("%s / %s", p.Sides, ticks(s.divisor))
		does := "counts"
		if !p.Counts {
			does = "does not count"
		}
		switch s.rule {
		case "greater":
			how += "; the greater weight " + does
		case "instead":
			how += "; the volume alone counts"
		case "ratio":
			how += fmt.Sprintf("; %s, the bound is %s x the weight", does, ticks(s.at))
		case "volume_over":
			how += fmt.Sprintf("; %s, the bound is above %s cubic %s", does, ticks(s.at), s.lengthUnit)
		case "side_from":
			how += fmt.Sprintf("; %s, the bound is a side from %s %s", does, ticks(s.at), s.lengthUnit)
		}
		out = append(out, Step{What: "volumetric", Value: p.Volumetric + " " + p.Unit, How: how})
	}
	how := "up to the next " + ticks(s.step) + " " + p.Unit
	switch p.Basis {
	case "minimum":
		how = "the least is " + ticks(s.min) + " " + p.Unit
	case "volumetric":
		how = "volumetric, " + how
	}
	out = append(out, Step{What: "chargeable", Value: p.Chargeable + " " + p.Unit, How: how})
	if p.Zone != "" {
		from := "state " + s.state
		if s.zip >= 0 {
			from = fmt.Sprintf("ZIP %05d", s.zip)
		}
		out = append(out, Step{What: "zone", Value: p.Zone, How: from, Source: fmt.Sprintf("line %d of its zones", s.zoneLine)})
	}
	return out
}

// decimal is quanta in a unit whose 0.0001 has tick of them, to 0.0001.
func decimal(q, tick int64) string {
	if q%tick != 0 {
		return "~" + ticks(q/tick)
	}
	return ticks(q / tick)
}

// amount prints e8: at least two places, more where there are any.
func amount(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := strings.TrimRight(fmt.Sprintf("%d.%08d", n/1e8, n%1e8), "0")
	for len(s)-strings.Index(s, ".") < 3 {
		s += "0"
	}
	return sign + s
}

func dayText(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.DateOnly)
}
