package cell

import (
	"slices"

	"waybill/pipeline/engine"
)

// Marks of numbers. Both the SQL and Why read them; the syntax is RE2's.
const (
	body = `(?:\d[\d., ']*|[.,]\d+)(?:[eE][-+]?\d{1,3})?`

	pointed = `(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?`
	commaed = `(?:\d+,?\d*|,\d+)(?:[eE][-+]?\d{1,3})?`
	// thousands apart by one mark, then a point
	groupedPoint = `[1-9]\d{0,2}(?:(?:,\d{3})+|(?: \d{3})+|(?:'\d{3})+)(?:\.\d*)?`
	// thousands apart by one mark, then a comma
	groupedComma = `[1-9]\d{0,2}(?:(?:\.\d{3})+|(?: \d{3})+|(?:'\d{3})+),\d+`
	groupedDots  = `[1-9]\d{0,2}(?:\.\d{3}){2,}`
	groupedAny   = `[1-9]\d{0,2}(?:(?:\.\d{3})+|(?: \d{3})+|(?:'\d{3})+)(?:,\d*)?`
	// one comma that cannot stand before thousands
	looseComma = `\d+,(?:\d{1,2}|\d{4,})`
)

// canonical is SQL that writes an unsigned number with digits and a point, or
// NULL where it can be read in two ways.
//
//	decimal  1,234.50  1.234,50  35,91  1,234  0,500  1234,567  1.234  1.234.567
//	""       1234.50   1234.50   35.91  1234   -      -         1.234  1234567
//	point    1234.50   -         -      1234   -      -         1.234  -
//	comma    -         1234.50   35.91  1.234  0.500  1234.567  1234   1234567
func canonical(b, decimal string) string {
	strip := func(marks string) string { return "regexp_replace(" + b + ", " + engine.Literal(marks) + ", '', 'g')" }
	point := "when " + full(b, pointed) + " then " + b + " when " + full(b, groupedPoint) + " then " + strip("[, ']")
	switch decimal {
	case "point":
		return "case " + point + " end"
	case "comma":
		return "case when " + full(b, commaed) + " then replace(" + b + ", ',', '.') when " + full(b, groupedAny) +
			" then replace(" + strip("[. ']") + ", ',', '.') end"
	}
	return "case " + point +
		" when " + full(b, groupedComma) + " then replace(" + strip("[. ']") + ", ',', '.')" +
		" when " + full(b, looseComma) + " then replace(" + b + ", ',', '.')" +
		" when " + full(b, groupedDots) + " then replace(" + b + ", '.', '') end"
}

// exact is SQL that makes a number of the type from a text of digits with at
// most a sign, a point and an exponent, NULL where the type cannot hold it.
//
// A decimal is read with nine places and must then end after the fourth: what
// lies beyond the ninth (0.30000000000000004) is the noise of a float that a
// spreadsheet wrote out. The engine rounds small exponents wrongly (5.5E-17
// becomes one in the last place), so those are set apart.
func exact(n, typ string) string {
	nine := "try_cast(" + n + " as decimal(18,9))"
	switch typ {
	case "decimal(18,4)":
		return "case when " + nine + " % 0.0001 = 0 then cast(" + nine + " as decimal(18,4))" +
			" when " + full(n, `\s*[-+]?(?:0*\d{10,14}(?:\.\d{0,4}0*)?|\d(?:\.\d{1,9})?[eE]\+?(?:9|1[0-3]))\s*`) + " then try_cast(" + n + " as decimal(18,4))" +
			" when " + full(n, `\s*[-+]?\d(?:\.\d*)?[eE]-0*(?:1[1-9]|[2-9]\d|\d{3})\s*`) + " then cast(0 as decimal(18,4)) end"
	case "integer", "bigint":
		return "case when " + nine + " % 1.0 = 0 then cast(" + nine + " as " + typ + ")" +
			" when " + full(n, `\s*[-+]?0*\d{10,19}(?:\.0*)?\s*`) + " then try_cast(" + n + " as " + typ + ") end"
	}
	return "case when isfinite(try_cast(" + n + " as double)) then try_cast(" + n + " as double) end"
}

// clean is what the cast alone reads right.
func clean(typ, decimal string) string {
	switch {
	case typ == "bigint":
		return `-?\d{1,18}`
	case typ == "integer":
		return `-?\d{1,9}`
	case decimal == "comma":
		return `-?\d{1,14}`
	}
	return `-?\d{1,14}(?:\.\d{1,4})?`
}

// plainNumber is a number without any kind.
func plainNumber(x, typ string) string {
	mended := "case when " + x + " is not null then " + tidy(x, "_c", exact("_c", typ)) + " end"
	nine := "try_cast(" + x + " as decimal(18,9))"
	switch typ {
	case "decimal(18,4)":
		return "case when " + nine + " % 0.0001 = 0 then cast(" + nine + " as decimal(18,4)) else " + mended + " end"
	case "integer":
		return "case when " + nine + " % 1.0 = 0 then cast(" + nine + " as integer) else " + mended + " end"
	case "bigint":
		return "case when " + full(x, clean(typ, "")) + " then try_cast(" + x + " as bigint) else " + mended + " end"
	}
	return "coalesce(" + exact(x, typ) + ", " + mended + ")"
}

// marked is a number with marks.
func marked(x string, s Spec) string {
	parts := `^\s*([-+]?)\s*(` + body + `)\s*(-?)\s*$`
	read := bind("regexp_extract(_c, "+engine.Literal(parts)+", ['s', 'b', 't'])", "_p",
		bind("case _p.s || _p.t when '' then '' when '+' then '' when '-' then '-' end || "+canonicalOf("trim(_p.b)", s.Decimal), "_v", exact("_v", s.Type)))
	return fast(x, s, tidy(x, "_c", read))
}

func canonicalOf(b, decimal string) string { return bind(b, "_b", canonical("_b", decimal)) }

// fast puts the common forms before mended: digits alone, and for amounts
// digits with thousands marks as a US export writes them.
func fast(x string, s Spec, mended string) string {
	arms := "when " + full(x, clean(s.Type, s.Decimal)) + " then try_cast(" + x + " as " + s.Type + ")"
	if s.Type == "decimal(18,4)" {
		switch {
		case s.Decimal == "comma":
			arms += " when " + full(x, `-?\d{1,14},\d{1,4}`) + " then try_cast(replace(" + x + ", ',', '.') as decimal(18,4))"
		case s.Kind == "weight" || s.Kind == "length":
			arms += " when " + full(x, `-?\d{1,14}(?:\.\d{1,4})? ?(?:`+commonUnits[s.Kind]+`)`) + " then try_cast(regexp_extract(" + x + ", '^[-\\d.]+') as decimal(18,4))"
		case s.Kind == "money":
			arms += " when " + full(x, codedMoney) + " and substr(" + x + ", 1, 3) in (" + codes + ") then try_cast(replace(substr(" + x + ", 4), ',', '') as decimal(18,4))"
			others := foreignSigns(s.Unit)
			us := usMoney
			if slices.Contains(others, "$") {
				us = plainMoney
			}
			arms += " when " + full(x, us) + " then try_cast(replace(replace(" + x + ", '$', ''), ',', '') as decimal(18,4))"
			if !slices.Contains(others, "¥") {
				arms += " when " + full(x, yenMoney) + " then try_cast(replace(substr(" + x + ", 2), ',', '') as decimal(18,4))"
			}
		}
	}
	return "case " + arms + " when " + x + " is not null then " + mended + " end"
}
