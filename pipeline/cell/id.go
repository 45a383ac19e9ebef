package cell

import "strconv"

const (
	// scientific is a number whose digits a spreadsheet has dropped.
	scientific = `\d(?:[.,]\d+)?[eE]\+\d{1,3}|\d[.,]\d+[eE]\d{1,3}`
	// spaced is a number in groups, as USPS prints its labels.
	spaced = `\d{2,8}(?: \d{2,8})+`
	// shown is a whole number that was written as one with a fraction.
	shown = `\d{5,}\.0+`
)

// id reads a tracking number or an order's id. It stays as it stands except
// for what is not part of it: blanks, quotes and invisible characters around
// it, full-width forms, the .0 of a number that went through a float.
//
// A number of more than 15 digits that ends in zeros may have lost its last
// digits in a spreadsheet, or not: nothing in it tells, so it is kept.
func id(x string, s Spec) string {
	// a text that has none of these needs nothing; comparing bytes is much
	// cheaper than a pattern: what precedes '0' are blanks, quotes, = and -
	odd := x + " < '0' or strlen(" + x + ") <> length(" + x + ") or (" + x + " >= '=' and " + x + " < '>') or (" + x + " >= '`' and " + x + " < 'a') or contains(" + x + ", ' ')"
	for _, end := range []string{`chr(9)`, `chr(10)`, `chr(13)`, `'"'`, `''''`, "'`'", "'.0'", "'.00'"} {
		odd += " or ends_with(" + x + ", " + end + ")"
	}
	odd += " or " + x + " like '_.%' or " + x + " like '_,%' or (strlen(" + x + ") < 8 and contains(" + x + ", '+'))"
	joined := "case when " + full("_c", spaced) + " and length(replace(_c, ' ', '')) >= 16 then replace(_c, ' ', '')" +
		" when " + full("_c", shown) + " then split_part(_c, '.', 1)" +
		" when " + full("_c", scientific) + " then null" +
		" when " + full("_c", `[-\s]*`) + " then null else _c end"
	// platforms put a tab behind an id, so that a spreadsheet takes it for text
	tabbed := full(x, `[0-9A-Za-z][0-9A-Za-z_-]{3,}\t`)
	value := "case when " + odd + " then case when " + tabbed + " then replace(" + x + ", chr(9), '') else " + tidy(x, "_c", joined) + " end else " + x + " end"
	if s.Width == 0 {
		return value
	}
	// a short number is rare
	return "case when strlen(" + x + ") >= " + strconv.Itoa(s.Width) + " and not (" + odd + ") then " + x +
		" when " + x + " is not null then " + tidy(x, "_c", widen(joined, s.Width)) + " end"
}

// widen puts lost leading zeros back.
func widen(joined string, width int) string {
	if width == 0 {
		return joined
	}
	w := strconv.Itoa(width)
	low := strconv.Itoa(max(1, width-3))
	return bind(joined, "_j", "case when "+full("_j", `\d{`+low+`,`+w+`}`)+" then lpad(_j, "+w+", '0') else _j end")
}

// flag reads a boolean.
func flag(x string) string {
	return "coalesce(try_cast(" + x + " as boolean), case when " + x + " is not null then " +
		tidy(x, "_c", "case when lower(_c) in ('true', 't', 'yes', 'y', '1', '是') then true when lower(_c) in ('false', 'f', 'no', 'n', '0', '否') then false end") + " end)"
}

func blank(x string, s Spec) string {
	if s.Type == "varchar" && s.Kind == "" {
		return "false"
	}
	pattern := blanks
	if s.Kind != "" {
		pattern = blanks + `(?:` + dashes + blanks + `)?`
	}
	// a digit or a letter in front says no for nearly every cell
	return "case when " + x + " is null or (" + x + " >= '0' and " + x + " < ':') or (" + x + " >= 'A' and " + x + " < '[') or (" + x + " >= 'a' and " + x + " < '{') then false else " + bind(x, "_t", full(narrow("_t"), pattern)) + " end"
}
