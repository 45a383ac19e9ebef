package rate_test

import (
	"context"
	"flag"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"waybill/pipeline/rate"
)

// totals prices asks and gives their totals in e8; -1 where there is none.
func (s *session) totals(t interface {
	Helper()
	Fatal(...any)
}, asks []rate.Ask) map[string]int64 {
	t.Helper()
	ctx := context.Background()
	for _, a := range asks {
		if err := a.Check(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.r.Ask(ctx, asks); err != nil {
		t.Fatal(err)
	}
	if err := s.r.Rate(ctx); err != nil {
		t.Fatal(err)
	}
	rows, err := s.r.Engine.Query(ctx, "select n.name, coalesce(total_e8, -1) from rated_totals as t join rated_names as n on n.parcel = t.parcel")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]int64{}
	for rows.Next() {
		var p string
		var n int64
		if err := rows.Scan(&p, &n); err != nil {
			t.Fatal(err)
		}
		out[p] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// twins are the same parcel said otherwise: its sides in each order, its
// measures in each unit that four decimals can say them in.
func twins(p rate.Ask) []rate.Ask {
	var out []rate.Ask
	add := func(change func(*rate.Ask)) {
		q := p
		change(&q)
		q.Parcel = fmt.Sprintf("%s twin %d", p.Parcel, len(out))
		out = append(out, q)
	}
	if p.Length != "" {
		for _, o := range [][3]string{{p.Length, p.Height, p.Width}, {p.Width, p.Length, p.Height}, {p.Width, p.Height, p.Length}, {p.Height, p.Length, p.Width}, {p.Height, p.Width, p.Length}} {
			add(func(q *rate.Ask) { q.Length, q.Width, q.Height = o[0], o[1], o[2] })
		}
		for _, u := range rate.LengthUnits {
			l, okL := exactly(p.Length, p.LengthUnit, u, millimetresIn)
			w, okW := exactly(p.Width, p.LengthUnit, u, millimetresIn)
			h, okH := exactly(p.Height, p.LengthUnit, u, millimetresIn)
			if u != p.LengthUnit && okL && okW && okH {
				add(func(q *rate.Ask) { q.Length, q.Width, q.Height, q.LengthUnit = l, w, h, u })
			}
		}
	}
	for _, u := range rate.WeightUnits {
		if w, ok := exactly(p.Weight, p.WeightUnit, u, gramsIn); ok && u != p.WeightUnit {
			add(func(q *rate.Ask) { q.Weight, q.WeightUnit = w, u })
		}
	}
	return out
}

// exactly says a measure in another unit, where four decimals can and the rater
// takes it.
func exactly(s, of, in string, units map[string]*big.Rat) (string, bool) {
	if s == "" {
		return "", false
	}
	x := inUnit(s, of, in, units)
	text := x.FloatString(4)
	return text, rat(text).Cmp(x) == 0 && x.Cmp(rat("99999")) < 0
}

// monotone makes the bands of a drawn card cost more the heavier the parcel is,
// and leaves out what may make a heavier one cheaper by itself: a group, in
// which a charge gives way to a higher one of which no percentage is taken, and
// the ratio, under which the volume of a heavier parcel does not count.
func (d *cardDraw) monotone() {
	v := &d.card.Versions[0]
	for i := range v.Surcharges {
		v.Surcharges[i].Group = ""
	}
	if x := v.Volumetric; x != nil && x.Rule == "ratio" {
		x.Rule, x.At = "", ""
	}
	v.Matrix, v.Prices = "", "prices.csv"
	step := number64(v.Weight.Step)
	text := "over,up_to,fixed,from_weight,unit,unit_price,minimum\n"
	at, fixed, least := int64(0), one(d.t, "first price", drawnMoney...), int64(0)
	for left := d.upTo("bands", 3); left >= 0; left-- {
		end, upTo := at+step*one(d.t, "band", int64(1), 2, 7)+one(d.t, "beside a step", int64(0), 1), ""
		if left > 0 {
			upTo = dec(end)
		}
		unit, price := one(d.t, "unit", step, 3_000, 10_000), one(d.t, "unit price", drawnMoney...)
		least += one(d.t, "band minimum", int64(0), 0, 10_050)
		d.weights = append(d.weights, end)
		text += fmt.Sprintf("%s,%s,%s,%s,%s,%s,%s\n", dec(at), upTo, dec(fixed), dec(at), dec(unit), dec(price), dec(least))
		fixed += (end - at + unit - 1) / unit * price
		at = end
	}
	d.files["prices.csv"] = text
	d.files["card.yaml"] = yamlText(reflect.ValueOf(d.card)) + "\n"
}

// fewer makes rapid check a quarter as often: the rival knows neither an order
// of sides nor units, and checks the more.
func fewer(t *testing.T) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	all := f.Value.String()
	n, err := strconv.Atoi(all)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Value.Set(strconv.Itoa(max(n/4, 1))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Value.Set(all); err != nil {
			t.Error(err)
		}
	})
}

// TestTwinsAndHeavier: the order of the sides and the units do not matter, and
// under bands that rise a heavier parcel never costs less.
func TestTwinsAndHeavier(t *testing.T) {
	s := open(t, map[string]string{"a/card.yaml": leastCard, "a/prices.csv": "unit_price\n1\n"})
	fewer(t)
	twin, heavier := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		free, rising := drawCard(t, "a"), drawCard(t, "b")
		rising.monotone()
		var asks []rate.Ask
		same := map[string]string{}
		for i := range 8 {
			p := free.parcel(fmt.Sprintf("a%d", i))
			if p.Weight != "" && rapid.Bool().Draw(t, "round weight") {
				p.Weight, p.WeightUnit = one(t, "pounds", "1", "10", "20", "0.0625", "7.5"), "lb"
			}
			asks = append(asks, p)
			for _, q := range twins(p) {
				asks, same[q.Parcel] = append(asks, q), p.Parcel
			}
		}
		var chains [][]rate.Ask
		for i := range 3 {
			var chain []rate.Ask
			first := rising.parcel("")
			for j := range 12 {
				p := first
				p.Parcel = fmt.Sprintf("b%d %02d", i, j)
				p.Weight = rounded("down", over(times(gramsIn[rising.card.Versions[0].Weight.Unit], rat(dec(one(t, "of weights", rising.weights...)+int64(one(t, "beside", 0, 0, 1))))), gramsIn[p.WeightUnit]), rat("0.0001")).FloatString(4)
				if w := rat(p.Weight); w.Sign() > 0 && w.Cmp(rat("99999")) < 0 {
					chain = append(chain, p)
				}
			}
			slices.SortFunc(chain, func(a, b rate.Ask) int { return rat(a.Weight).Cmp(rat(b.Weight)) })
			asks, chains = append(asks, chain...), append(chains, chain)
		}
		if err := s.take([]*cardDraw{free, rising}, asks); err != nil {
			t.Fatalf("%v\n%v\n%v", err, free, rising)
		}
		got := s.totals(t, asks)
		for _, p := range asks {
			if of, is := same[p.Parcel]; is && got[p.Parcel] != got[of] {
				t.Fatalf("%+v costs %d, and %d said otherwise\n%s", p, got[p.Parcel], got[of], free)
			} else if is {
				twin++
			}
		}
		for _, chain := range chains {
			for i, p := range chain[:max(len(chain)-1, 0)] {
				q := chain[i+1]
				if a, b := got[p.Parcel], got[q.Parcel]; b < a && b != -1 || a == -1 && b != -1 {
					t.Fatalf("%+v costs %d, and %d at %s\n%s", p, a, b, q.Weight, rising)
				} else if a < b {
					heavier++
				}
			}
		}
	})
	if twin == 0 || heavier == 0 {
		t.Errorf("%d twins, %d dearer: nothing was held against anything", twin, heavier)
	}
}

// TestAboveAStepIsTheNext: 0.0001 more than a whole number of steps is one step
// more, in every unit and for every step, and the whole number is not.
func TestAboveAStepIsTheNext(t *testing.T) {
	files := map[string]string{}
	var asks []rate.Ask
	want := map[string]int64{}
	for _, unit := range rate.WeightUnits {
		for i, step := range []string{"0.0001", "0.001", "0.05", "0.1", "0.3", "0.5", "1", "10"} {
			id := fmt.Sprintf("%s%d", unit, i)
			files[id+"/card.yaml"] = fmt.Sprintf("{card: %s, title: a, provider: p, channels: [C%s], currency: CNY, tz: UTC, versions: [{from: 2026-01-01, weight: {unit: %s, step: %s}, prices: p.csv}]}", id, id, unit, step)
			files[id+"/p.csv"] = fmt.Sprintf("unit,unit_price\n%s,1\n", step) // a price of 1 for each step
			for _, k := range []int64{1, 2, 3, 7, 10, 21, 999} {
				for more := range int64(2) {
					w := k*number64(step) + more
					p := rate.Ask{Parcel: fmt.Sprintf("%s %d %d", id, k, more), Card: id, Day: "2026-03-02", Weight: dec(w), WeightUnit: unit}
					asks, want[p.Parcel] = append(asks, p), (k+more)*1e8
				}
			}
		}
	}
	s := open(t, files)
	got := s.totals(t, asks)
	for _, p := range asks {
		if got[p.Parcel] != want[p.Parcel] {
			t.Errorf("%s %s %s costs %d, not %d", p.Parcel, p.Weight, p.WeightUnit, got[p.Parcel], want[p.Parcel])
		}
	}
}
