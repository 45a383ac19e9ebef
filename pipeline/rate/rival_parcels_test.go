package rate_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"waybill/pipeline/rate"
)

func (d *cardDraw) surcharges(v *rate.Version, zones []string) {
	words := []string{"remote", "fuel", "handling", "duty", "peak"}
	count := d.upTo("surcharges", 6)
	type kind struct {
		word  string
		order int // 0: an amount
	}
	kinds := make([]kind, count)
	for i := range kinds {
		kinds[i] = kind{word: one(d.t, "charge", words...)}
		if d.often("percentage", 35) {
			kinds[i].order = one(d.t, "order", 1, 1, 2)
		}
	}
	for i, k := range kinds {
		s := rate.Surcharge{Charge: k.word, When: d.when(v, zones, i), Minimum: d.maybe("least", 20, drawnMoney)}
		if d.often("most?", 20) {
			s.Maximum = dec(number64(s.Minimum) + one(d.t, "most", drawnMoney...))
		}
		if d.often("days", 15) {
			from := d.upTo("from day", len(drawnDays)-2)
			s.From = drawnDays[from]
			if d.often("to?", 60) {
				s.To = drawnDays[from+1+d.upTo("to day", len(drawnDays)-2-from)]
			}
		}
		if k.order == 0 {
			d.amount(&s, zones)
			s.Group = one(d.t, "group", "", "", "g", "g", "h")
		} else {
			known := []string{rate.Freight}
			for j, o := range kinds {
				if j != i && o.order < k.order {
					known = append(known, o.word)
				}
			}
			s.Of = []string{"all"}
			if d.often("some", 60) {
				s.Of = rapid.SliceOfNDistinct(rapid.SampledFrom(known), 1, -1, rapid.ID[string]).Draw(d.t, "of")
			}
			if k.order == 2 || d.often("say order", 30) {
				s.Order = k.order
			}
			if s.Percent = dec(one(d.t, "percent", drawnRates...)); d.often("by day", 35) {
				s.Percent, s.Percents = "", fmt.Sprintf("fuel%d.csv", i)
				days := drawnDays[d.upTo("first", 2):]
				d.files[s.Percents] = "from,to,percent\n"
				for j := range 1 + d.upTo("more days", len(days)-2) {
					d.files[s.Percents] += fmt.Sprintf("%s,%s,%s\n", days[j], days[j+1], dec(one(d.t, "percent of the day", drawnRates...)))
				}
			}
		}
		v.Surcharges = append(v.Surcharges, s)
	}
}

func (d *cardDraw) when(v *rate.Version, zones []string, n int) (w rate.When) {
	if d.often("features", 25) {
		w.Features = rapid.SliceOfNDistinct(rapid.SampledFrom(rate.Features[:4]), 1, 3, rapid.ID[string]).Draw(d.t, "of features")
	}
	if d.often("zips", 25) {
		w.Zips = fmt.Sprintf("remote%d.csv", n)
		d.files[w.Zips] = "zip_from,zip_to,tier\n"
		for _, r := range d.ranges("remote", 4) {
			d.files[w.Zips] += fmt.Sprintf("%s,%s,%s\n", r[0], r[1], one(d.t, "tier", "near", "far", "3"))
		}
	}
	if len(zones) > 0 && d.often("in zones", 15) {
		w.Zones = rapid.SliceOfNDistinct(rapid.SampledFrom(zones), 1, -1, rapid.ID[string]).Draw(d.t, "zones")
	}
	if d.often("in states", 15) {
		w.States = []string{"CA", "NY"}
	}
	w.ActualOver, w.ChargeableOver = d.maybe("actual over", 10, d.weights), d.maybe("chargeable over", 10, d.weights)
	if v.Volumetric == nil {
		return w
	}
	w.LongestOver, w.SecondOver = d.maybe("longest over", 12, d.sides), d.maybe("second over", 10, d.sides)
	w.GirthOver = d.maybe("girth over", 10, []int64{2 * (d.sides[0] + d.sides[1]), 4 * d.sides[2]})
	w.LengthGirthOver = d.maybe("length and girth over", 10, []int64{d.sides[0] + 2*(d.sides[1]+d.sides[2]), 5 * d.sides[0]})
	if d.often("volume over", 10) {
		w.VolumeOver = d.cube()
	}
	return w
}

func (d *cardDraw) amount(s *rate.Surcharge, zones []string) {
	kinds := []string{"fixed", "per_weight", "of_value"}
	if s.When.Zips != "" {
		kinds = append(kinds, "by_tier", "by_tier")
	}
	if len(zones) > 0 {
		kinds = append(kinds, "by_zone")
	}
	switch one(d.t, "kind", kinds...) {
	case "fixed":
		s.Fixed = d.money("amount")
	case "per_weight":
		s.PerWeight = d.money("per weight")
	case "of_value":
		s.OfValue = dec(one(d.t, "of value", drawnRates...))
	case "by_tier":
		s.ByTier = map[string]string{}
		for _, t := range []string{"near", "far", "3"} {
			if strings.Contains(d.files[s.When.Zips], ","+t+"\n") {
				s.ByTier[t] = d.money("tier amount")
			}
		}
	case "by_zone":
		s.ByZone = map[string]string{}
		for _, z := range zones {
			s.ByZone[z] = d.money("zone amount")
		}
	}
}

// asIn gives x, in a unit, as a decimal of another, cut to 0.0001.
func asIn(x *big.Rat, of, in string, units map[string]*big.Rat) *big.Rat {
	return rounded("down", over(times(x, units[of]), units[in]), rat("0.0001"))
}

func (d *cardDraw) parcel(name string) rate.Ask {
	t, v := d.t, d.card.Versions[0]
	p := rate.Ask{Parcel: name, Card: d.card.ID, Day: one(t, "day", drawnDays...), Country: "US", State: one(t, "state", append([]string{""}, drawnStates...)...)}
	p.WeightUnit, p.LengthUnit = one(t, "unit", append([]string{v.Weight.Unit, v.Weight.Unit}, rate.WeightUnits...)...), "cm"
	tick := rat("0.0001")
	near := func(label string, x *big.Rat) *big.Rat {
		switch one(t, label, 0, 0, 1, -1) {
		case 1:
			return plus(x, tick)
		case -1:
			return zero().Sub(x, tick)
		}
		return x
	}
	var sides []*big.Rat
	cube := rat("1")
	if x := v.Volumetric; x != nil {
		p.LengthUnit = one(t, "length unit", append([]string{x.Unit, x.Unit, x.Unit}, rate.LengthUnits...)...)
		for range 3 {
			s := near("near a side", asIn(rat(dec(one(t, "of sides", d.sides...))), x.Unit, p.LengthUnit, millimetresIn))
			sides = append(sides, s)
			cube = times(cube, s)
		}
	}
	w := rat(dec(one(t, "of weights", d.weights...)))
	if x := v.Volumetric; x != nil && d.often("weight of the volume", 30) {
		w = over(times(cube, rat("1")), rat(x.Divisor))
		if x.Rule == "ratio" {
			w = over(w, rat(x.At))
		}
	}
	w = near("near a weight", asIn(w, v.Weight.Unit, p.WeightUnit, gramsIn))
	if w.Sign() <= 0 || w.Cmp(rat("2000")) > 0 {
		w = rat("0.5")
	}
	if !d.often("no weight", 3) {
		p.Weight = w.FloatString(4)
	}
	if len(sides) == 3 && !d.often("no sides", 5) {
		for i, s := range sides {
			if s.Sign() <= 0 {
				sides[i] = rat("1")
			}
		}
		p.Length, p.Width, p.Height = sides[0].FloatString(4), sides[1].FloatString(4), sides[2].FloatString(4)
	}
	if len(d.zips) > 0 {
		p.ZIP = one(t, "zip", d.zips...)
		switch d.upTo("form of the zip", 15) {
		case 0:
			p.ZIP += "-1234"
		case 1:
			p.ZIP = one(t, "no zip", "", "9021", "12-45", "123456", "9021O", "-1234", "90210-", "90210-12345", "100000000")
		}
	}
	p.Features = rapid.SliceOfNDistinct(rapid.SampledFrom(rate.Features[:5]), 0, 2, rapid.ID[string]).Draw(t, "features of it")
	p.Value, p.ValueCurrency = one(t, "value", "", "0", "100", "33.33", "3.3333", "0.01"), one(t, "currency", "CNY", "CNY", "CNY", "USD", "")
	return p
}

// lines says each price that the SQL made as rivalPrice.line does.
func (s *session) lines() (map[string]string, error) {
	ctx := context.Background()
	rows, err := s.r.Engine.Query(ctx, `select m.name, coalesce(t.problem, ''), coalesce(t.total_e8, -1), t.chargeable_ticks, t.zone, coalesce(t.assumed, ''), c.n, c.charge, coalesce(c.problem, ''), c.amount_e8, c.charged
from rated_totals as t join rated_names as m on m.parcel = t.parcel left join rated_charges as c on c.parcel = t.parcel and c.v = t.v order by m.name, c.n`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	parts := map[string][]string{}
	e8 := func(n int64) string { return big.NewRat(n, 1e8).FloatString(8) }
	for rows.Next() {
		var parcel, problem, zone, assumed string
		var total int64
		var weight, n, amount *int64
		var charge, missing *string
		var charged *bool
		if err := rows.Scan(&parcel, &problem, &total, &weight, &zone, &assumed, &n, &charge, &missing, &amount, &charged); err != nil {
			return nil, err
		}
		if parts[parcel] == nil {
			head := problem
			if charge != nil {
				head = e8(total)
				if total < 0 {
					head = "no total"
				}
				head += fmt.Sprintf(" weight %s zone %q", big.NewRat(*weight, 10_000).FloatString(4), zone)
			}
			parts[parcel] = []string{head + " " + assumed}
		}
		if charge == nil {
			continue
		}
		line := fmt.Sprintf("%d %s %s", *n, *charge, *missing)
		if amount != nil {
			line += e8(*amount)
		}
		if !*charged {
			line += " not charged"
		}
		parts[parcel] = append(parts[parcel], line)
	}
	out := map[string]string{}
	for p, list := range parts {
		out[p] = strings.Join(list, "\n  ")
	}
	return out, rows.Err()
}

// take installs the drawn cards and puts their parcels before the rater.
func (s *session) take(cards []*cardDraw, asks []rate.Ask) error {
	ctx := context.Background()
	var parsed []*rate.Card
	var rows []*rate.Rows
	for _, d := range cards {
		c, r, err := rate.Parse(d.fsys(), d.card.ID)
		if err != nil {
			return err
		}
		parsed, rows = append(parsed, c), append(rows, r)
	}
	for _, a := range asks {
		if err := a.Check(); err != nil {
			return err
		}
	}
	if err := s.r.Install(ctx, parsed, rows); err != nil {
		return err
	}
	return s.r.Ask(ctx, asks)
}

func (d *cardDraw) fsys() fs.FS {
	m := fstest.MapFS{}
	for name, text := range d.files {
		m[d.card.ID+"/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func (d *cardDraw) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(d.files)) {
		fmt.Fprintf(&b, "%s:\n%s", name, d.files[name])
	}
	return b.String()
}

// TestRivalAgrees: SQL and fractions give every charge of every parcel alike, to
// the last digit, under any card; whether each parcel is priced by itself, or
// once for those that the card does not tell apart.
func TestRivalAgrees(t *testing.T) {
	s := open(t, map[string]string{"a/card.yaml": leastCard, "a/prices.csv": "unit_price\n1\n"})
	shared := 0
	rapid.Check(t, func(t *rapid.T) {
		var cards []*cardDraw
		var asks []rate.Ask
		want := map[string]string{}
		of := map[string]*cardDraw{}
		byItself := rapid.Bool().Draw(t, "by itself")
		for _, id := range []string{"a", "b"} {
			d := drawCard(t, id)
			cards = append(cards, d)
			r := rival{d.card.Versions[0], d.card.Currency, d.files}
			for i := range 50 {
				p := d.parcel(fmt.Sprintf("%s%02d", id, i))
				if i >= 10 { // few weights, sides and lists in many places on many days
					like := asks[len(asks)-i+i%5]
					p.Weight, p.WeightUnit, p.Length, p.Width, p.Height, p.LengthUnit = like.Weight, like.WeightUnit, like.Length, like.Width, like.Height, like.LengthUnit
					if i%2 == 0 {
						p.Features, p.Value, p.ValueCurrency = like.Features, like.Value, like.ValueCurrency
					}
				}
				price := r.price(p)
				asks, want[p.Parcel], of[p.Parcel] = append(asks, p), price.line(), d
			}
		}
		if err := s.take(cards, asks); err != nil {
			t.Fatalf("%v\n%v", err, cards)
		}
		do := s.r.Total
		if byItself {
			do = s.r.Explain
		}
		if err := do(context.Background()); err != nil {
			t.Fatalf("%v\n%v", err, cards)
		}
		got, err := s.lines()
		if err != nil {
			t.Fatalf("%v\n%v", err, cards)
		}
		for _, p := range asks {
			if !byItself { // only what is charged is kept
				want[p.Parcel] = notCharged.ReplaceAllString(want[p.Parcel], "")
			}
			if got[p.Parcel] != want[p.Parcel] {
				t.Fatalf("%+v\nSQL   %s\nrival %s\n%s", p, got[p.Parcel], want[p.Parcel], of[p.Parcel])
			}
		}
		if !byItself {
			shared += s.count(t, "select cast(coalesce(sum(n), 0) as bigint) from (select count(*) - 1 as n from rated_totals where total_e8 is not null group by class) as x")
		}
	})
	if shared == 0 {
		t.Error("no parcel was priced with another")
	}
}

var notCharged = regexp.MustCompile(`\n[^\n]* not charged`)

func (s *session) count(t interface{ Fatal(...any) }, query string) (n int) {
	rows, err := s.r.Engine.Query(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

const leastCard = `{card: a, title: a, provider: p, channels: [C], currency: CNY, tz: UTC, versions: [{from: 2026-01-01, weight: {unit: kg, step: 1}, prices: prices.csv}]}`
