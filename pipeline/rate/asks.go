package rate

import (
	"cmp"
	"fmt"
	"strings"
)

// askColumns of a file of parcels.
var askColumns = []string{"parcel", "card", "provider", "channel", "day", "country", "state", "postal_code", "weight", "weight_unit", "length", "width", "height", "length_unit", "features", "declared_value", "declared_currency"}

// ReadAsks reads a CSV of parcels to be priced, with what of base a row leaves
// empty. Rows that cannot be read are mistakes at file:line:col; the others are
// given nevertheless. A row without parcel is called by its line.
func ReadAsks(name string, b []byte, base Ask) ([]Ask, error) {
	c := &checker{file: name, read: func(string) ([]byte, error) { return b, nil }}
	var out []Ask
	c.asks(c.table("$", name, askColumns, nil), base, func(a Ask, _ row) { out = append(out, a) })
	return out, c.err()
}

// asks reads the rows of a table of parcels, each called by one name.
func (c *checker) asks(t *table, base Ask, each func(Ask, row)) {
	if t == nil {
		return
	}
	seen := map[[2]string]int{}
	for _, r := range t.rows {
		a := Ask{
			Parcel: cmp.Or(r.text("parcel"), fmt.Sprintf("line %d", r.line)), Card: cmp.Or(r.text("card"), base.Card), Provider: cmp.Or(r.text("provider"), base.Provider),
			Channel: cmp.Or(r.text("channel"), base.Channel), Day: cmp.Or(r.text("day"), base.Day), Country: cmp.Or(r.text("country"), base.Country), State: cmp.Or(r.text("state"), base.State),
			ZIP: cmp.Or(r.text("postal_code"), base.ZIP), Weight: cmp.Or(r.text("weight"), base.Weight), WeightUnit: cmp.Or(r.text("weight_unit"), base.WeightUnit),
			Length: cmp.Or(r.text("length"), base.Length), Width: cmp.Or(r.text("width"), base.Width), Height: cmp.Or(r.text("height"), base.Height), LengthUnit: cmp.Or(r.text("length_unit"), base.LengthUnit),
			Features: base.Features, Value: cmp.Or(r.text("declared_value"), base.Value), ValueCurrency: cmp.Or(r.text("declared_currency"), base.ValueCurrency),
		}
		if words := strings.FieldsFunc(r.text("features"), func(c rune) bool { return strings.ContainsRune(" ,;", c) }); len(words) > 0 {
			a.Features = words
		}
		if err := a.Check(); err != nil {
			r.bad("", "%v", err)
			continue
		}
		if line := seen[[2]string{a.Parcel, a.Card}]; line > 0 {
			r.bad("parcel", "parcel %s stands in line %d too", a.Parcel, line)
			continue
		}
		seen[[2]string{a.Parcel, a.Card}] = r.line
		each(a, r)
	}
}
