package cell

import (
	"strings"

	"waybill/pipeline/engine"
)

// measure is a unit as cells write it.
type measure struct {
	words  string // RE2, matched without case
	unit   string // the contract's unit
	factor string // what one is in it
}

// A pound is 16 ounces and a foot 12 inches by definition, a jin 500 g.
var measures = map[string][]measure{
	"weight": {
		{`g|grams?|克`, "g", ""},
		{`kgs?|kilos?|kilograms?|公斤|千克`, "kg", ""},
		{`oz|ounces?|盎司`, "oz", ""},
		{`lbs?|pounds?|磅`, "lb", ""},
		{`斤|市斤`, "g", "500"},
	},
	"length": {
		{`mm|millimet(?:er|re)s?|毫米`, "mm", ""},
		{`cm|centimet(?:er|re)s?|厘米|公分`, "cm", ""},
		{`in|inch|inches|"|英寸`, "in", ""},
		{`m|met(?:er|re)s?|米`, "cm", "100"},
		{`ft|foot|feet|英尺`, "in", "12"},
	},
}

// commonUnits are those that need no conversion, as most exports write them.
var commonUnits = map[string]string{"weight": "kg|g|lb|oz|KG|lbs|LB|OZ", "length": "cm|in|mm|CM|IN"}

// compound is a measure in two units: pounds and ounces, feet and inches.
var compound = map[string]struct{ big, small, unit, factor string }{
	"weight": {`lbs?|pounds?`, `oz|ounces?`, "oz", "16"},
	"length": {`ft|foot|feet`, `in|inch|inches|"`, "in", "12"},
}

// bare is the unit and factor of a number without a unit.
func bare(s Spec) (unit, factor string, ok bool) {
	switch {
	case s.Unit == "":
		return "", "", true
	case s.Kind == "length" && s.Unit == "m":
		return "cm", "100", true
	case s.Kind == "length" && s.Unit == "ft":
		return "in", "12", true
	}
	for _, m := range measures[s.Kind] {
		if m.unit == s.Unit {
			return s.Unit, "", true
		}
	}
	return "", "", false
}

// words is the alternation of all units of a kind.
func words(kind string) string {
	var w []string
	for _, m := range measures[kind] {
		w = append(w, m.words)
	}
	return strings.Join(w, "|")
}

// most is what may be multiplied by any factor and still fit: a product that
// does not fit fails the query.
var most = map[string]string{"decimal(18,4)": "100000000000", "integer": "4000000", "bigint": "10000000000000000", "double": "1e300"}

func times(value, factor, typ string) string {
	if factor == "" {
		return value
	}
	return "case when abs(" + value + ") < " + most[typ] + " then cast(" + value + " * " + factor + " as " + typ + ") end"
}

// measured reads a number with its unit.
func measured(x string, s Spec) (value, unit string) {
	parts := `(?i)^\s*([-+]?)\s*(` + body + `)\s*(` + words(s.Kind) + `|)\s*\.?\s*$`
	two := compound[s.Kind]
	pair := `(?i)^\s*(\d{1,6})\s*(?:` + two.big + `)\s*[,.]?\s*(?:and\s+)?(\d{1,6}(?:\.\d{1,4})?)\s*(?:` + two.small + `)\s*\.?\s*$`
	bareUnit, bareFactor, _ := bare(s)

	number := bind("case _p.s when '-' then '-' else '' end || "+canonicalOf("trim(_p.b)", s.Decimal), "_v", exact("_v", s.Type))
	var byUnit, unitOf strings.Builder
	byUnit.WriteString("case when _p.u = '' then " + times("_a", bareFactor, s.Type))
	unitOf.WriteString("case when _p.u = '' then " + literalOrNull(bareUnit))
	for _, m := range measures[s.Kind] {
		is := " when " + full("_p.u", "(?i)(?:"+m.words+")") + " then "
		byUnit.WriteString(is + times("_a", m.factor, s.Type))
		unitOf.WriteString(is + engine.Literal(m.unit))
	}
	byUnit.WriteString(" end")
	unitOf.WriteString(" end")

	single := func(body string) string {
		return bind("regexp_extract(_c, "+engine.Literal(parts)+", ['s', 'b', 'u'])", "_p", "case when _p.b <> '' then "+body+" end")
	}
	both := bind("regexp_extract(_c, "+engine.Literal(pair)+", ['a', 'b'])", "_q",
		"try_cast(try_cast(_q.a as decimal(18,4)) * "+two.factor+" + try_cast(_q.b as decimal(18,4)) as "+s.Type+")")
	value = tidy(x, "_c", "case when "+full("_c", pair)+" then "+both+" else "+single(bind(number, "_a", byUnit.String()))+" end")
	unit = tidy(x, "_c", "case when "+full("_c", pair)+" then "+engine.Literal(two.unit)+" else "+single(unitOf.String())+" end")
	if bareFactor == "" {
		value = fast(x, s, value)
	} else {
		value = "case when " + x + " is not null then " + value + " end"
	}
	// not a pattern of the value's: what stands twice is worked out for every row
	unit = "case when " + full(x, `[-+]?\d+(?:\.\d*)?`) + " then " + literalOrNull(bareUnit) +
		" when " + full(x, `[-\d.]+ ?(?:kg|g|lb|oz|cm|mm|in)`) + " then regexp_extract(" + x + ", '[a-z]+$')" +
		" when " + x + " is not null then " + unit + " end"
	return value, unit
}

func literalOrNull(s string) string {
	if s == "" {
		return "cast(null as varchar)"
	}
	return engine.Literal(s)
}
