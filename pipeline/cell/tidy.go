package cell

import (
	"strings"

	"waybill/pipeline/engine"
)

// bind evaluates a value once for a body that names it several times. It is
// also what keeps rare work rare: the optimiser lifts an expression that stands
// twice in a query, in whatever branch, to where every row pays for it, but
// takes nothing out of a lambda.
func bind(value, name, body string) string {
	return "list_transform([" + value + "], lambda " + name + ": " + body + ")[1]"
}

// full is SQL that tells whether the whole of a text matches.
func full(text, pattern string) string {
	return "regexp_full_match(" + text + ", " + engine.Literal(pattern) + ")"
}

// wide are characters that stand for a plain one, and its place in plain;
// those without a place are dropped.
var wide, plain = func() (string, string) {
	var from, to strings.Builder
	put := func(r, as rune) { from.WriteRune(r); to.WriteRune(as) }
	for r := rune(0xff01); r <= 0xff5e; r++ {
		put(r, r-0xff01+'!')
	}
	for _, r := range "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000" {
		put(r, ' ')
	}
	for _, r := range "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63" {
		put(r, '-')
	}
	for _, r := range "\u2018\u2019\u02bc\u2032" {
		put(r, '\'')
	}
	for _, r := range "\u201c\u201d\u2033" {
		put(r, '"')
	}
	put('\uffe5', '¥')
	put('\uffe1', '£')
	from.WriteString("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
	return from.String(), to.String()
}()

// wideClass finds one of wide.
const wideClass = `[\x{00a0}\x{00ad}\x{02bc}\x{1680}\x{2000}-\x{2019}\x{201c}\x{201d}\x{2028}\x{2029}\x{202f}\x{2032}\x{2033}\x{205f}\x{2060}\x{2212}\x{3000}\x{fe63}\x{feff}\x{ff01}-\x{ff5e}\x{ffe1}\x{ffe5}]`

// wrapped is a text in the quotes, or behind the apostrophe, that spreadsheets
// put around what they shall not read as a number.
const wrapped = "\\s*(?:=?\"\\s*([^\"]*?)\\s*\"|'\\s*([^']*?)\\s*'?|`\\s*([^`]*?)\\s*`?)\\s*"

// narrow is SQL that makes full-width characters, odd blanks, dashes and
// quotes plain and drops what has no width. Translating is slow, so only where
// there is something to translate.
func narrow(text string) string {
	return "case when strlen(" + text + ") = length(" + text + ") then " + text +
		" when regexp_matches(" + text + ", " + engine.Literal(wideClass) + ") then translate(" + text + ", " + engine.Literal(wide) + ", " + engine.Literal(plain) + ")" +
		" else " + text + " end"
}

// tidy binds name to the narrow text without wrapping quotes and outer blanks,
// for text that is not NULL.
func tidy(text, name, body string) string {
	outer := "case when regexp_matches(_n, '^[\\s=\"''`]|\\s$') then case when " + full("_n", wrapped) +
		" then regexp_extract(_n, " + engine.Literal("^"+wrapped+"$") + ", 1) || regexp_extract(_n, " + engine.Literal("^"+wrapped+"$") + ", 2) || regexp_extract(_n, " + engine.Literal("^"+wrapped+"$") + ", 3)" +
		" else regexp_replace(_n, '^\\s+|\\s+$', '', 'g') end else _n end"
	return bind(text, "_t", bind(narrow("_t"), "_n", bind(outer, name, body)))
}

// blanks is a text that holds nothing; dashes is one that says so.
const (
	blanks = "[\\s\"'=`]*"
	dashes = `[-]+`
)
