package rate_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"waybill/pipeline/rate"
)

// cardDraw draws a card with its tables and parcels that land on its edges.
// Numbers are drawn in ticks of 0.0001.
type cardDraw struct {
	t       *rapid.T
	card    rate.Card
	files   map[string]string
	weights []int64 // where something changes, in ticks of the card's unit
	sides   []int64 // as above, of length
	zips    []string
}

var (
	drawnDays   = []string{"2026-01-01", "2026-01-31", "2026-02-01", "2026-02-02", "2026-03-01", "2026-12-31"}
	drawnStates = []string{"CA", "NY", "TX"}
	// money in ticks: halves of cents among them, and what no coin can pay
	drawnMoney = []int64{0, 1, 49, 50, 51, 100, 250, 5_000, 10_000, 10_050, 23_450, 33_333, 64_500, 95_000, 125_000, 999_950, 1_800_000}
	drawnRates = []int64{1, 5_000, 10_000, 25_000, 62_500, 125_000, 152_500, 333_333, 1_000_000, 1_200_000}
)

func one[T any](t *rapid.T, label string, from ...T) T {
	return rapid.SampledFrom(from).Draw(t, label)
}

func (d *cardDraw) often(label string, percent int) bool {
	return rapid.IntRange(1, 100).Draw(d.t, label) > 100-percent
}

func (d *cardDraw) upTo(label string, n int) int { return rapid.IntRange(0, n).Draw(d.t, label) }

// dec writes ticks as a decimal.
func dec(n int64) string {
	s := fmt.Sprintf("%d.%04d", n/10_000, n%10_000)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

func (d *cardDraw) money(label string) string { return dec(one(d.t, label, drawnMoney...)) }

func (d *cardDraw) maybe(label string, percent int, from []int64) string {
	if !d.often(label+"?", percent) {
		return ""
	}
	return dec(one(d.t, label, from...))
}

func drawCard(t *rapid.T, id string) *cardDraw {
	d := &cardDraw{t: t, files: map[string]string{}}
	v := rate.Version{From: "2026-01-01"}
	v.Weight.Unit = one(t, "weight unit", rate.WeightUnits...)
	steps := []int64{1, 10, 500, 1_000, 3_000, 5_000, 10_000, 25_000}
	if v.Weight.Unit == "g" {
		steps = []int64{1, 10_000, 70_000, 100_000, 500_000, 5_000_000}
	}
	step := one(t, "step", steps...)
	v.Weight.Step = dec(step)
	low := step * one(t, "min", int64(0), 1, 2, 10)
	if low > 0 {
		v.Weight.Min = dec(low)
	}
	var high int64
	if d.often("max?", 60) {
		high = low + step*one(t, "max", int64(3), 20, 37, 1000) + one(t, "max beside a step", int64(0), 0, 1)
		v.Weight.Max = dec(high)
	}
	d.weights = []int64{step, 3 * step, 7 * step, 10 * step, 21 * step, low, high, 1}
	d.volumetric(&v, step)
	zones := d.zones(&v)
	if d.often("matrix?", 25) {
		d.matrix(&v, zones, step, max(high, step))
	} else {
		d.bands(&v, zones, step, low, high)
	}
	v.Minimum = d.maybe("minimum", 25, drawnMoney)
	v.Round = rate.Round{
		To:    d.maybe("round to", 60, []int64{1, 100, 500, 1_000, 2_500, 10_000, 50_000}),
		Mode:  one(t, "mode", append([]string{""}, rate.RoundModes...)...),
		Stage: one(t, "stage", append([]string{""}, rate.RoundStages...)...),
	}
	d.surcharges(&v, zones)
	d.card = rate.Card{ID: id, Title: id, Provider: "p", Channels: []string{"C" + id}, Currency: "CNY", Zone: "Asia/Shanghai", Versions: []rate.Version{v}}
	d.files["card.yaml"] = yamlText(reflect.ValueOf(d.card)) + "\n"
	return d
}

func (d *cardDraw) volumetric(v *rate.Version, step int64) {
	d.sides = []int64{10_000, 100_000}
	if !d.often("volumetric?", 80) {
		return
	}
	u := one(d.t, "side unit", rate.LengthUnits...)
	scale := map[string]int64{"mm": 10, "cm": 1, "in": 1}[u]
	d.sides = nil
	for range 5 {
		d.sides = append(d.sides, scale*one(d.t, "side", int64(2_500), 5_000, 10_000, 15_000, 60_000, 100_000, 125_000, 200_000, 300_000, 400_050, 600_000, 1_210_000))
	}
	x := &rate.Volumetric{Unit: u, Divisor: one(d.t, "divisor", "139", "166", "5000", "6000", "8000", "40.5", "1000.0001")}
	if u == "mm" {
		x.Divisor = one(d.t, "divisor of mm", "5000000", "8000000", "40500", "1000000.5")
	}
	switch x.Rule = one(d.t, "rule", append([]string{""}, rate.VolRules...)...); x.Rule {
	case "ratio":
		x.At = one(d.t, "ratio", "1", "1.5", "2", "3", "0.3333")
	case "volume_over":
		x.At = d.cube()
	case "side_from":
		x.At = dec(one(d.t, "from", d.sides...))
	}
	if d.often("sides?", 60) {
		to := scale * one(d.t, "side step", int64(2_500), 5_000, 10_000, 3_333, 1)
		x.Sides = &rate.Sides{Round: one(d.t, "side round", rate.SideRounds...), To: dec(to)}
		for _, s := range slices.Clone(d.sides) {
			d.sides = append(d.sides, s+to/2)
		}
	}
	v.Volumetric = x
}

// cube is the volume of sides that parcels have, where it is a decimal.
func (d *cardDraw) cube() string {
	n := new(big.Rat).SetInt64(1)
	for range 3 {
		n.Mul(n, rat(dec(one(d.t, "side of the bound", d.sides...))))
	}
	if whole := n.FloatString(4); rat(whole).Cmp(n) == 0 && n.Cmp(rat("999999999")) < 0 && n.Sign() > 0 {
		return whole
	}
	return "1728"
}

// ranges draws spans of ZIPs of which each two are apart or one in the other.
func (d *cardDraw) ranges(label string, most int) (out [][2]string) {
	seen := map[string]bool{}
	for range 1 + d.upTo(label+" ranges", most) {
		p := ""
		for range 1 + d.upTo("more digits", 4) {
			p += one(d.t, "digit", "9", "0", "1")
		}
		r := [2]string{p, ""}
		if len(p) < 5 && d.often("span", 40) {
			r = [2]string{p + "1", p + "4"}
			if len(p) < 4 && d.often("full span", 50) {
				r = [2]string{(p + "1000")[:5], (p + "4999")[:5]}
			}
		}
		if len(r[0]) == 4 { // no card may hold such: a lost zero
			r = [2]string{r[0] + "0", cmp.Or(r[1], r[0]) + "9"}
		}
		key := p + map[bool]string{true: " span"}[r[1] != ""]
		if seen[key] {
			continue
		}
		seen[key] = true
		out = append(out, r)
		from, to := (r[0] + "0000")[:5], (cmp.Or(r[1], r[0]) + "9999")[:5]
		d.zips = append(d.zips, from, to, fmt.Sprintf("%05d", (number(to)+1)%100_000), fmt.Sprintf("%05d", max(number(from)-1, 0)))
	}
	return out
}

func (d *cardDraw) zones(v *rate.Version) []string {
	if !d.often("zones?", 60) {
		return nil
	}
	names := []string{"1", "A", "02", "far off"}
	led := map[string]bool{}
	b := &strings.Builder{}
	b.WriteString("zip_from,zip_to,state,zone\n")
	add := func(from, to, state string) {
		z := one(d.t, "zone", names...)
		led[z] = true
		fmt.Fprintf(b, "%s,%s,%s,%s\n", from, to, state, z)
	}
	for _, r := range d.ranges("zone", 6) {
		add(r[0], r[1], "")
	}
	for _, s := range drawnStates[:d.upTo("states", 2)] {
		add("", "", s)
	}
	v.Zones = "zones.csv"
	d.files["zones.csv"] = b.String()
	return slices.Sorted(maps.Keys(led))
}

func (d *cardDraw) matrix(v *rate.Version, zones []string, step, top int64) {
	cols := slices.Clone(zones)
	if len(zones) == 0 || d.often("any zone", 40) {
		cols = append(slices.Clone(zones[:min(len(zones), d.upTo("own zones", 3))]), "")
	}
	b := &strings.Builder{}
	fmt.Fprintf(b, "up_to,%s\n", strings.Join(cols, ","))
	up := int64(0)
	for up < top {
		up += step * one(d.t, "row", int64(1), 2, 10, 500)
		if v.Weight.Max != "" && d.often("last row", 20) {
			up = max(up, top)
		}
		d.weights = append(d.weights, up)
		b.WriteString(dec(up))
		for range cols {
			b.WriteString("," + d.money("cell"))
		}
		b.WriteByte('\n')
	}
	if v.Weight.Max == "" { // a matrix has an end
		v.Weight.Max = dec(max(up, number64(v.Weight.Min)+step))
		if up < number64(v.Weight.Max) {
			fmt.Fprintf(b, "%s%s\n", v.Weight.Max, strings.Repeat(",7.77", len(cols)))
		}
	}
	v.Matrix = "matrix.csv"
	d.files["matrix.csv"] = b.String()
}

// number64 reads a decimal as ticks.
func number64(s string) int64 {
	if s == "" {
		return 0
	}
	n, err := rate.Scaled(s, 4)
	if err != nil {
		return 0
	}
	return n
}

func (d *cardDraw) bands(v *rate.Version, zones []string, step, low, high int64) {
	var lists []string
	if len(zones) == 0 || d.often("bands of any zone", 50) {
		lists = append(lists, "")
	}
	for _, z := range zones {
		if len(lists) == 0 || lists[0] != "" || d.often("own bands", 50) {
			lists = append(lists, z)
		}
	}
	b := &strings.Builder{}
	b.WriteString("zone,over,up_to,fixed,from_weight,unit,unit_price,minimum\n")
	for _, z := range lists {
		at := int64(0)
		if low > step {
			at = one(d.t, "first over", 0, step, low-1)
		}
		isFirst := true
		for left := 1 + d.upTo("bands", 3); left > 0; left-- {
			above := dec(at)
			if (at == 0 || !isFirst) && d.often("above the row before", 40) {
				above = ""
			}
			isFirst = false
			end := at + step*one(d.t, "band", int64(1), 2, 5, 20) + one(d.t, "beside a step", int64(0), 0, 0, 1)
			upTo := dec(end)
			d.weights = append(d.weights, end)
			if left == 1 {
				if upTo = ""; high > at && d.often("closed", 50) {
					upTo = dec(high)
				}
			}
			price, fixed, unit := d.maybe("unit price", 70, drawnMoney), d.maybe("fixed", 50, drawnMoney), ""
			if price == "" && fixed == "" {
				fixed = "9.995"
			}
			if price != "" && d.often("unit?", 40) {
				unit = dec(one(d.t, "unit", step, 10_000, 5*step, 3_000))
			}
			fmt.Fprintf(b, "%s,%s,%s,%s,%s,%s,%s,%s\n", z, above, upTo, fixed, d.maybe("from weight", 40, []int64{at, at + step, end}), unit, price, d.maybe("band minimum", 20, drawnMoney))
			at = end
		}
	}
	v.Prices = "prices.csv"
	d.files["prices.csv"] = b.String()
}

var plain = regexp.MustCompile(`^([1-9][0-9]*|0)?(\.[0-9]+)?$|^[a-z][a-z_.]*$|^[0-9-]{10}$`)

// yamlText writes a struct of a card in flow style, without what is empty;
// numbers stand there as people write them.
func yamlText(v reflect.Value) string {
	var parts []string
	switch v.Kind() {
	case reflect.Pointer:
		return yamlText(v.Elem())
	case reflect.String:
		if s := v.String(); s != "" && plain.MatchString(s) {
			return s
		}
		return fmt.Sprintf("%q", v.String())
	case reflect.Slice:
		for i := range v.Len() {
			parts = append(parts, yamlText(v.Index(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case reflect.Map:
		for _, k := range v.MapKeys() {
			parts = append(parts, fmt.Sprintf("%q: %s", k.String(), yamlText(v.MapIndex(k))))
		}
		slices.Sort(parts)
	case reflect.Struct:
		for i := range v.NumField() {
			key, f := v.Type().Field(i).Tag.Get("yaml"), v.Field(i)
			if key != "" && key != "-" && !f.IsZero() {
				parts = append(parts, key+": "+yamlText(f))
			}
		}
	default:
		return fmt.Sprint(v.Interface())
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
