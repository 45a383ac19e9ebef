package cell

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// narrower does in Go what narrow does in SQL.
var narrower = func() *strings.Replacer {
	to := []rune(plain)
	var pairs []string
	for i, r := range []rune(wide) {
		as := ""
		if i < len(to) {
			as = string(to[i])
		}
		pairs = append(pairs, string(r), as)
	}
	return strings.NewReplacer(pairs...)
}()

func whole(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) }

var (
	reScientific = whole(`[-+]?` + `(?:` + scientific + `|\d[eE]\d{2,3})`)
	reSheetError = whole(`#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)`)
	reHashes     = whole(`#{3,}`)
	reMoney      = whole(moneyParts)
	reBody       = regexp.MustCompile(body)
	rePointed    = whole(`[-+]?(?:` + pointed + `)`)
	rePoint      = whole(pointed + `|` + groupedPoint)
	reComma      = whole(commaed + `|` + groupedAny)
	reLoose      = whole(pointed + `|` + groupedPoint + `|` + groupedComma + `|` + looseComma + `|` + groupedDots)
	rePlaces     = regexp.MustCompile(`[.,]\d{4}\d*[1-9]`)
	reWeight     = whole(`(?i)[-+]?\s*(?:` + body + `)\s*(?:` + words("weight") + `)\.?`)
	reLength     = whole(`(?i)[-+]?\s*(?:` + body + `)\s*(?:` + words("length") + `)\.?`)
	reUnit       = whole(`[-+]?\s*(?:` + body + `)\s*([\pL"']+)\.?`)

	reDigits  = whole(`\d+(?:\.0+)?`)
	reSerial  = whole(`[1-9]\d{4}(?:\.\d+)?`)
	reSlashes = regexp.MustCompile(`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:\D|$)`)
	reISO     = regexp.MustCompile(`^\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:\D|$)`)
	reHours   = regexp.MustCompile(`\d ?(?:CST|CDT|IST|BST|AST|[A-Z]{3,4}T)$`)
	reWords   = regexp.MustCompile(`\pL`)
)

// Why says what is wrong with a text that gave no value and what to do about
// it; "" where nothing special is known. Of the text it repeats a number, a
// currency or a unit at most.
func Why(s Spec, value string) string {
	if s.Type == "varchar" && s.Kind == "" {
		return ""
	}
	if !utf8.ValidString(value) {
		return "is not valid UTF-8; try: encoding: gb18030, or the encoding that the export has"
	}
	if len(value) > longest {
		return "far too long for its column; try: look at the mapping's columns and the file's delimiter"
	}
	v := strings.TrimSpace(narrower.Replace(value))
	v = strings.TrimSpace(strings.Trim(strings.TrimPrefix(v, "="), "\"'`"))
	switch {
	case v == "" || strings.Trim(v, "- ") == "":
		return ""
	case reSheetError.MatchString(v):
		return "an error of a spreadsheet's formula; try: repair it there, or name the text under sentinels"
	case reHashes.MatchString(v):
		return "the spreadsheet's column was too narrow and its value is lost; try: widen the column and export again"
	}
	switch {
	case s.Kind == "id":
		if reScientific.MatchString(v) {
			return lostDigits
		}
		return ""
	case s.Type == "timestamptz" || s.Type == "date":
		return s.whyTime(v)
	case s.Type == "boolean":
		return "neither yes nor no; try: a map of the values to true and false"
	}
	return s.whyNumber(v)
}

// longest is more bytes than any number, time or id has.
const longest = 200

const lostDigits = "scientific notation: digits are lost and nothing restores them; try: format the column as text and export again"

func (s Spec) whyNumber(v string) string {
	b := strings.TrimRight(reBody.FindString(v), " ")
	switch {
	case strings.HasSuffix(v, "%"):
		return "a percentage; try: another column, or expr to divide it by 100"
	case b == "" && reWords.MatchString(v):
		return "a text where a number belongs; try: name it under sentinels if it stands for no value"
	case b == "":
		return ""
	}
	if hint := s.whyKind(v, b); hint != "" {
		return hint
	}
	readable := map[string]*regexp.Regexp{"": reLoose, "point": rePoint, "comma": reComma}[s.Decimal]
	switch {
	case readable == nil:
		return ""
	case s.Kind == "" && s.Decimal != "comma" && !rePointed.MatchString(v) && reLoose.MatchString(strings.TrimLeft(v, "+-")):
		return "has thousands marks or a decimal comma; try: as: number, or as: money"
	case !readable.MatchString(b) && rePoint.MatchString(b) && !reComma.MatchString(b):
		return "the mapping says decimal: comma and this has a decimal point; try: decimal: point"
	case !readable.MatchString(b) && s.Decimal == "point" && reComma.MatchString(b):
		return "the mapping says decimal: point and this has a decimal comma; try: decimal: comma"
	case !readable.MatchString(b) && reComma.MatchString(b):
		return fmt.Sprintf("two decimal readings are possible (%s); try: decimal: comma or point in the mapping", short(b))
	case !readable.MatchString(b):
		return "its marks stand where no number has them; try: look at the cell, it may hold two numbers"
	case s.Type == "integer" || s.Type == "bigint":
		if reScientific.MatchString(v) {
			return lostDigits
		}
		return "is not whole or too large; try: a decimal column, or look at the cell"
	case rePlaces.MatchString(b):
		return "has more than 4 decimals; try: round it in the export, nothing is rounded here"
	case strings.ContainsAny(b, "eE"):
		return "scientific notation that is no exact amount; try: format the column as a number and export again"
	}
	return ""
}

// whyKind looks at what stands around the number.
func (s Spec) whyKind(v, b string) string {
	switch s.Kind {
	case "", "number":
		switch {
		case strings.ContainsAny(v, "$€£¥元()") && reMoney.MatchString(v):
			return "has a currency or parentheses; try: as: money"
		case reWeight.MatchString(v):
			return "has a unit of weight; try: as: weight"
		case reLength.MatchString(v):
			return "has a unit of length; try: as: length"
		case reMoney.MatchString(v) && reWords.MatchString(strings.Replace(v, b, "", 1)):
			return "has a currency; try: as: money"
		}
	case "money":
		m := reMoney.FindStringSubmatch(v)
		if m == nil {
			if reWords.MatchString(v) {
				return "a text beside the amount; try: name the cell under sentinels, or another column"
			}
			return ""
		}
		var found []string
		for _, t := range []string{m[2], m[3], m[7]} {
			if t == "" {
				continue
			}
			if c := isoCode(t); c == "" {
				return fmt.Sprintf("%s is no currency of ISO 4217; try: look at the cell", strings.ToUpper(t))
			} else if !slices.Contains(found, c) {
				found = append(found, c)
			}
		}
		if len(found) == 1 && slices.Contains(foreignSigns(s.Unit), found[0]) {
			return fmt.Sprintf("%s is no sign of %s, the currency of the column; try: the feed's currency, or a column that names it", found[0], s.Unit)
		}
		signs := m[1] + m[4] + m[6] + m[8]
		switch {
		case len(found) > 1 && !agree(found):
			return "two currencies (" + strings.Join(found, ", ") + "); try: look at the cell"
		case signs != "" && signs != "+" && signs != "-" && signs != "()":
			return "two signs, or one parenthesis; try: look at the cell"
		}
	case "weight", "length":
		if reWeight.MatchString(v) || reLength.MatchString(v) {
			if s.Kind == "weight" != reWeight.MatchString(v) {
				return "a unit of another kind than " + s.Kind + "; try: look at the mapping's columns"
			}
			return ""
		}
		if m := reUnit.FindStringSubmatch(v); m != nil && m[1] != "" {
			return fmt.Sprintf("unit %s is not known; try: %s", short(m[1]), map[string]string{"weight": "g, kg, oz, lb", "length": "mm, cm, in, m, ft"}[s.Kind])
		}
	}
	return ""
}

// isoCode is what code is in SQL: the code or sign of a token, "" for letters
// that are no currency.
func isoCode(t string) string {
	t = strings.ToUpper(t)
	for _, s := range signs {
		if s[0] == t {
			return s[1]
		}
	}
	if t == "$" || t == "¥" || slices.Contains(currencies, t) {
		return t
	}
	return ""
}

// agree tells whether several different codes and signs can be one currency.
func agree(found []string) bool {
	code, signs := "", ""
	for _, f := range found {
		switch {
		case len(f) != 3:
			signs += f
		case code != "":
			return false
		default:
			code = f
		}
	}
	return signs == "$" && slices.Contains(dollars, code) || signs == "¥" && (code == "CNY" || code == "JPY")
}

func (s Spec) whyTime(v string) string {
	known := func(f string) bool { return slices.Contains(s.Formats, f) }
	has := func(part string) bool {
		return slices.ContainsFunc(s.Formats, func(f string) bool { return strings.Contains(f, part) })
	}
	if reDigits.MatchString(v) {
		digits, _, _ := strings.Cut(v, ".")
		switch n := len(digits); {
		case strings.Trim(digits, "0") == "":
			return "0 is no time; try: sentinels: {\"0\": absent}"
		case n == 8 && !has("%Y%m%d"):
			return "year, month and day without marks; try: formats: [\"%Y%m%d\"]"
		case n == 9 || n == 10:
			return epochHint(known("epoch_s"), "seconds", "epoch_s")
		case n == 12 || n == 13:
			return epochHint(known("epoch_ms"), "milliseconds", "epoch_ms")
		case n == 15 || n == 16:
			return epochHint(known("epoch_us"), "microseconds", "epoch_us")
		}
	}
	if reScientific.MatchString(v) {
		return lostDigits
	}
	if reSerial.MatchString(v) && !has("excel_") {
		return "an Excel serial; try: formats: [excel_1900]"
	}
	if m := reSlashes.FindStringSubmatch(v); m != nil {
		return s.whyOrder(m[1], m[2])
	}
	switch {
	case strings.Contains(v, "年") || strings.Contains(v, "上午") || strings.Contains(v, "下午"):
		if known("chinese") {
			return "no such time in the Chinese form; try: look at the cell"
		}
		return "a time in the Chinese form; try: formats: [chinese]"
	case reHours.MatchString(v):
		return "the zone's abbreviation is that of more than one zone, or not known; try: cut it off in the export and set zone"
	case reISO.MatchString(v) && len(s.Formats) > 0 && !known("iso") && !has("%Y-%m-%d") && !has("%Y/%m/%d"):
		return "year first; try: formats: [iso]"
	case reISO.MatchString(v):
		return "no such day or hour, or something stands behind the time; try: look at the cell"
	case !strings.ContainsAny(v, "0123456789"):
		return "a text where a time belongs; try: name it under sentinels if it stands for no time"
	}
	return ""
}

func epochHint(declared bool, unit, word string) string {
	if declared {
		return "is not between 1990 and 2100 in " + unit + "; try: look at the cell"
	}
	return unit + " since 1970; try: formats: [" + word + "]"
}

// whyOrder looks at 13/12/2025: which of the first two is the day.
func (s Spec) whyOrder(first, second string) string {
	over := func(d string) bool { return len(d) == 2 && d > "12" }
	month, day := false, false
	for _, f := range s.Formats {
		switch {
		case strings.HasPrefix(f, "%m") || strings.HasPrefix(f, "%-m"):
			month = true
		case strings.HasPrefix(f, "%d") || strings.HasPrefix(f, "%-d"):
			day = true
		}
	}
	switch {
	case over(first) && over(second):
		return "neither of the first two numbers is a month; try: look at the cell"
	case over(first) && month && !day:
		return "looks like day/month/year; the mapping says month first; try: formats that begin with %d"
	case over(second) && day && !month:
		return "looks like month/day/year; the mapping says day first; try: formats that begin with %m"
	case month || day:
		return "the day's form fits, the rest does not; try: a format with this cell's hour, AM or PM, or year of two digits"
	case over(first):
		return "looks like day/month/year; try: formats that begin with %d"
	case over(second):
		return "looks like month/day/year; try: formats that begin with %m"
	}
	return "day or month may come first; try: formats that begin with %m or with %d, whichever the source documents"
}

// short is a text for a message.
func short(s string) string {
	if r := []rune(s); len(r) > 24 {
		return string(r[:24]) + "…"
	}
	return s
}
