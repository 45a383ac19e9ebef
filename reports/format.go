package reports

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/shopspring/decimal"

	"waybill/pipeline/metric"
)

const (
	minus = "−" // U+2212, as wide as a plus
	none  = number("—")
)

// count writes 1204 as 1,204.
func count(n int64) number {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = minus, s[1:]
	}
	return number(sign + thousands(s))
}

func thousands(digits string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// percent writes a share with one decimal; NaN (an empty cohort) is a dash.
func percent(share float64) number {
	if math.IsNaN(share) || math.IsInf(share, 0) {
		return none
	}
	return number(strconv.FormatFloat(100*share, 'f', 1, 64) + "%")
}

func ratio(num, den int64) float64 {
	if den == 0 {
		return math.NaN()
	}
	return float64(num) / float64(den)
}

// ratePercent is percent, with up to three decimals more where one decimal
// would read as if a missed target had been met, or a met one missed.
func ratePercent(p metric.Point, higher bool) number {
	target, err := decimal.NewFromString(p.Target)
	if p.Den == 0 || err != nil || p.Met == "" {
		return percent(ratio(p.Num, p.Den))
	}
	hundred := decimal.NewFromInt(100)
	exact := decimal.NewFromInt(p.Num).Mul(hundred).DivRound(decimal.NewFromInt(p.Den), 12)
	for places := int32(1); places <= 4; places++ {
		shown := exact.Round(places)
		side := shown.Cmp(target.Mul(hundred))
		met := side >= 0
		switch {
		case p.Op == "<":
			met = side < 0
		case !higher:
			met = side <= 0
		}
		if met == (p.Met == "yes") || places == 4 {
			return number(shown.StringFixed(places) + "%")
		}
	}
	return percent(ratio(p.Num, p.Den))
}

// lowPercent and highPercent are the ends of what a rate may become, rounded as
// the rate itself, which may be one of them.
func lowPercent(b metric.Bounds) number { return endPercent(b.LowNum, b.LowDen) }

func highPercent(b metric.Bounds) number { return endPercent(b.HighNum, b.HighDen) }

func endPercent(num, den int64) number {
	if den == 0 {
		return none
	}
	return percent(ratio(num, den))
}

// targetText writes the pack's fraction with its comparison, as ≥ 80%, ≤ 2.5% or
// < 4%; without one it takes that of the metric's good side.
func targetText(op, target string, higher bool) number {
	if target == "" {
		return none
	}
	d, err := decimal.NewFromString(target)
	if err != nil {
		return number(target)
	}
	sign := "≥ "
	switch {
	case op == "<":
		sign = "< "
	case op == "<=", op == "" && !higher:
		sign = "≤ "
	}
	return number(sign + d.Mul(decimal.NewFromInt(100)).String() + "%")
}

// signed writes a difference of shares in percentage points.
func signed(diff float64) number {
	v := math.Round(diff*1000) / 10
	switch {
	case v > 0:
		return number("+" + strconv.FormatFloat(v, 'f', 1, 64))
	case v < 0:
		return number(minus + strconv.FormatFloat(-v, 'f', 1, 64))
	}
	return "±0.0"
}

// tenth writes days or hours with one decimal.
func tenth(v float64) number {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return none
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', 1, 64)
	whole, frac, _ := strings.Cut(s, ".")
	if v < 0 && s != "0.0" {
		return number(minus + thousands(whole) + "." + frac)
	}
	return number(thousands(whole) + "." + frac)
}

// noCents are currencies whose amounts have no minor unit.
var noCents = map[string]bool{"JPY": true, "KRW": true, "VND": true, "CLP": true}

// money writes an amount with its currency code: USD 1,204.50.
func money(amount, currency string) string {
	if amount == "" {
		return string(none)
	}
	d, err := decimal.NewFromString(amount)
	if err != nil {
		return strings.TrimSpace(currency + " " + amount)
	}
	places := int32(2)
	if noCents[currency] {
		places = 0
	}
	sign := ""
	if d.IsNegative() {
		sign, d = minus, d.Neg()
	}
	whole, frac, cents := strings.Cut(d.StringFixed(places), ".")
	s := sign + thousands(whole)
	if cents {
		s += "." + frac
	}
	return strings.TrimSpace(currency + " " + s)
}

// weekLabel writes 2026-W46 (11-09 – 11-15).
func weekLabel(w metric.Week) number {
	if len(w.Start) != 10 || len(w.End) != 10 {
		return number(w.ID)
	}
	return number(w.ID + " (" + w.Start[5:] + " – " + w.End[5:] + ")")
}

// shortWeek writes W46 of 2026-W46.
func shortWeek(w metric.Week) string {
	if _, short, ok := strings.Cut(w.ID, "-"); ok {
		return short
	}
	return w.ID
}

// clock prints instants in the zone of the page.
type clock struct{ loc *time.Location }

func (c clock) minute(t time.Time) number { return number(t.In(c.loc).Format("2006-01-02 15:04")) }

func (c clock) date(t time.Time) number { return number(t.In(c.loc).Format("2006-01-02")) }

func (c clock) maybe(t *time.Time) number {
	if t == nil {
		return none
	}
	return c.minute(*t)
}

// offset writes the zone's distance from UTC at an instant: UTC−08:00.
func (c clock) offset(t time.Time) string {
	return "UTC" + strings.Replace(t.In(c.loc).Format("-07:00"), "-", minus, 1)
}

// sortTime orders instants as text; an unknown one comes last.
func sortTime(t *time.Time) string {
	if t == nil {
		return "9999"
	}
	return t.UTC().Format("20060102150405")
}

// scriptLanguage guesses the language of a carrier's text from its letters, as
// far as a screen reader or a font needs it; empty means not known.
func scriptLanguage(s string) string {
	lang := ""
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Hiragana, r), unicode.Is(unicode.Katakana, r):
			return "ja"
		case unicode.Is(unicode.Hangul, r):
			return "ko"
		case unicode.Is(unicode.Han, r):
			lang = "zh"
		case lang != "":
		case unicode.Is(unicode.Arabic, r):
			lang = "ar"
		case unicode.Is(unicode.Hebrew, r):
			lang = "he"
		case unicode.Is(unicode.Cyrillic, r):
			lang = "ru"
		case unicode.Is(unicode.Thai, r):
			lang = "th"
		}
	}
	return lang
}

// short cuts a text for a chart label; the table beside it has the whole.
func short(s string, runes int) string {
	r := []rune(s)
	if len(r) <= runes {
		return s
	}
	return string(r[:runes-1]) + "…"
}
