package feed

import (
	"regexp"
	"strings"
	"sync"
)

// Shapes of cells, for looking at samples only: what loads a file is the SQL of
// Compile.

// parts are the texts that a strptime specifier reads; months and days are
// checked for their range, so that 13/5 is no month first.
var parts = map[byte]string{
	'Y': `\d{4}`, 'y': `\d{2}`, 'm': `(?:0?[1-9]|1[0-2])`, 'd': `(?:0?[1-9]|[12]\d|3[01])`,
	'H': `(?:[01]?\d|2[0-3])`, 'I': `(?:0?[1-9]|1[0-2])`, 'M': `[0-5]?\d`, 'S': `[0-5]?\d`, 'p': `(?i:am|pm)`,
	'b': `(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)`, 'B': `(?i:january|february|march|april|may|june|july|august|september|october|november|december)`,
	'a': `(?i:mon|tue|wed|thu|fri|sat|sun)`, 'A': `(?i:monday|tuesday|wednesday|thursday|friday|saturday|sunday)`,
	'f': `\d{1,6}`, 'g': `\d{1,3}`, 'j': `\d{1,3}`, 'z': `[+-]\d{2}:?\d{0,2}`, 'Z': `[A-Z]{2,5}`, '%': `%`,
}

var wordShapes = map[string]string{
	"iso":        `\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?Z| ?[+-]\d{2}(?::?\d{2})?)?)?`,
	"epoch_s":    `[1-4]\d{9}`,
	"epoch_ms":   `[1-4]\d{12}`,
	"epoch_us":   `[1-4]\d{15}`,
	"excel_1900": `[3-6]\d{4}(?:\.\d+)?`,
	"excel_1904": `[3-6]\d{4}(?:\.\d+)?`,
	"chinese":    `\d{4}年\d{1,2}月\d{1,2}日.*`,
}

var shapeCache sync.Map // format → *regexp.Regexp

// fits says that a cell looks like a time of this format.
func fits(format, cell string) bool {
	cell = strings.Trim(cell, trimSet)
	if re, ok := shapeCache.Load(format); ok {
		return re.(*regexp.Regexp).MatchString(cell)
	}
	shape, isWord := wordShapes[format]
	if !isWord {
		var b strings.Builder
		for i := 0; i < len(format); i++ {
			if format[i] != '%' || i+1 == len(format) {
				b.WriteString(regexp.QuoteMeta(format[i : i+1]))
				continue
			}
			i++
			if format[i] == '-' && i+1 < len(format) {
				i++
			}
			part, known := parts[format[i]]
			if !known {
				part = `.+`
			}
			b.WriteString(part)
		}
		shape = b.String()
	}
	re, err := regexp.Compile(`^(?:` + shape + `)$`)
	if err != nil {
		return false // bytes of a format that are no text
	}
	shapeCache.Store(format, re)
	return re.MatchString(cell)
}

// fitsAny says that one of the formats fits; none means ISO 8601.
func fitsAny(formats []string, cell string) bool {
	if len(formats) == 0 {
		return fits("iso", cell)
	}
	for _, f := range formats {
		if fits(f, cell) {
			return true
		}
	}
	return false
}
