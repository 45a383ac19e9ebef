package feed

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"waybill/pipeline/contract"
)

// families are formats of times that a sample may fit, each with the one that
// reads the same cells with day and month the other way round.
var families = []struct{ format, swapped string }{
	{"%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S %p"}, {"%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S"}, {"%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"}, {"%m/%d/%Y", "%d/%m/%Y"},
	{"%m-%d-%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S"}, {"%m-%d-%Y", "%d-%m-%Y"},
	{"%m.%d.%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S"}, {"%m.%d.%Y", "%d.%m.%Y"},
	{"%Y/%m/%d %H:%M:%S", ""}, {"%Y/%m/%d %H:%M", ""}, {"%Y/%m/%d", ""}, {"%Y.%m.%d", ""}, {"%Y%m%d", ""}, {"%Y%m%d%H%M%S", ""},
	{"%Y-%m-%d %H:%M:%S %z", ""}, {"%d-%b-%y", ""}, {"%d-%b-%Y", ""}, {"%d %b %Y", ""}, {"%b %d, %Y", ""},
	{"epoch_s", ""}, {"epoch_ms", ""}, {"epoch_us", ""}, {"chinese", ""}, {"excel_1900", ""},
}

var offsetRE = regexp.MustCompile(`(?:[zZ]|[+-]\d{2}:?\d{2})$`)

// column writes the mapping of one column. local says that it holds times
// without an offset.
func (d *draft) column(c contract.Column, from string, found map[string]string) (text, comment string, local bool) {
	parts := []string{"from: " + quoted(from)}
	cells := d.cells(from)
	add := func(p string) { parts = append(parts, p) }
	switch c.Type {
	case "timestamptz", "date":
		formats, doubt := timeFormats(cells)
		if doubt != "" {
			comment = d.doubt(c.Name, doubt)
		}
		if len(formats) > 0 {
			q := make([]string, len(formats))
			for i, f := range formats {
				q[i] = quoted(f)
			}
			add("formats: [" + strings.Join(q, ", ") + "]")
		}
		local = c.Type == "timestamptz" && slices.ContainsFunc(cells, func(s string) bool { return !offsetRE.MatchString(s) })
		if len(formats) > 0 && !naive(formats[0]) {
			local = false
		}
	case "decimal(18,4)", "integer", "bigint", "double":
		kind := kindByName(c.Name)
		unit := headerUnit(from)
		target := Names(unitColumns(c.Name, kind)).first()
		odd := slices.ContainsFunc(cells, func(s string) bool { return !plainNumberRE.MatchString(s) })
		switch {
		case kind == "weight" || kind == "length" || (kind == "money" && (odd || unit != "")):
			add("as: " + kind)
			right := slices.Contains(weightUnits, unit) && kind == "weight" || slices.Contains(lengthUnits, unit) && kind == "length" || currencyRE.MatchString(unit) && kind == "money"
			if right && found[target] == "" {
				add("unit: " + unit)
			} else if bare := slices.ContainsFunc(cells, plainNumberRE.MatchString); bare && found[target] == "" && kind != "money" {
				comment = d.doubt(c.Name, "numbers without a unit: unit: … says which")
			}
		case odd:
			add("as: number")
		}
		if comma(cells) {
			add("decimal: comma")
			comment += d.doubt(c.Name, "the sample's numbers have a comma as decimal mark, it seems")
		}
	}
	return "{" + strings.Join(parts, ", ") + "}", comment, local
}

// timeFormats gives the formats that read every cell, none for ISO 8601; doubt
// says what a person has to decide.
func timeFormats(cells []string) (formats []string, doubt string) {
	every := func(format string) bool {
		return !slices.ContainsFunc(cells, func(s string) bool { return !fits(format, s) })
	}
	switch {
	case len(cells) == 0:
		return nil, "the sample has no value: is it ISO 8601?"
	case every("iso"):
		return nil, ""
	}
	for _, f := range families {
		straight, swapped := every(f.format), f.swapped != "" && every(f.swapped)
		switch {
		case straight && swapped:
			return []string{f.format}, "day or month first? " + f.swapped + " reads the sample as well"
		case straight && f.format == "excel_1900":
			return []string{f.format}, "numbers like those of dates in a spreadsheet"
		case straight:
			return []string{f.format}, ""
		case swapped:
			return []string{f.swapped}, ""
		}
	}
	return nil, fmt.Sprintf("no format that is known reads %q", oneLine(cells[0]))
}

// plainNumberRE is a number that needs no kind.
var plainNumberRE = regexp.MustCompile(`^[+-]?\d+(?:\.\d+)?$`)

var commaRE = regexp.MustCompile(`\d,(?:\d{1,2}|\d{4,})(?:\D*)$`)

// comma says that numbers have a comma as decimal mark and none a point.
func comma(cells []string) bool {
	return slices.ContainsFunc(cells, commaRE.MatchString) && !slices.ContainsFunc(cells, func(s string) bool {
		return strings.Contains(s, ".") && !strings.Contains(s, ",")
	})
}

func kindByName(column string) string {
	switch {
	case strings.HasSuffix(column, "amount"), column == "price", column == "freight":
		return "money"
	case column == "weight":
		return "weight"
	case slices.Contains([]string{"length", "width", "height"}, column):
		return "length"
	}
	return ""
}

// quoted is a text as YAML.
func quoted(s string) string {
	plain := s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r != ' ' && !unicode.Is(unicode.Han, r) && (r > unicode.MaxASCII || !unicode.IsLetter(r))
	})
	if plain && strings.TrimSpace(s) == s && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(s)) {
		return s
	}
	return strconv.QuoteToGraphic(s)
}

// oneLine is a text without line ends, for comments.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
