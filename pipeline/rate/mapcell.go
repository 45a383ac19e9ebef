package rate

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// marks of money that a cell of a card in the currency may carry.
var moneyMarks = map[string][]string{"CNY": {"人民币", "rmb", "cny", "¥", "元"}, "USD": {"us$", "usd", "$"}}

// unitMarks are weight units as sheets write them, the longer before those that
// they contain.
var unitMarks = []struct{ mark, unit string }{{"kgs", "kg"}, {"kg", "kg"}, {"公斤", "kg"}, {"千克", "kg"}, {"lbs", "lb"}, {"lb", "lb"}, {"磅", "lb"}, {"oz", "oz"}, {"盎司", "oz"}, {"克", "g"}, {"g", "g"}}

var grouped = regexp.MustCompile(`^\d{1,3}(,\d{3})+(\.\d+)?$`)

// plainNumber is a number without commas between its thousands.
func plainNumber(s string) string {
	if grouped.MatchString(s) {
		s = strings.ReplaceAll(s, ",", "")
	}
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// mapMoney reads an amount as the card's tables hold it.
func mapMoney(text, currency string) (string, error) {
	s := Fold(text)
	for _, mark := range append(moneyMarks[currency], strings.ToLower(currency)) {
		if cut := strings.TrimPrefix(s, mark); cut != s {
			s = cut
			break
		}
		if cut := strings.TrimSuffix(s, mark); cut != s {
			s = cut
			break
		}
	}
	n, err := Scaled(plainNumber(s), 4)
	if err != nil {
		return "", fmt.Errorf("%q is no amount in %s of at most four decimals", text, currency)
	}
	return ticks(n), nil
}

// mapWeight reads a weight in the unit that stands behind it, else in unit, and
// gives it in the version's.
func mapWeight(text, unit, into string) (int64, error) {
	s := Fold(text)
	for _, u := range unitMarks {
		if cut := strings.TrimSuffix(s, u.mark); cut != s {
			s, unit = cut, u.unit
			break
		}
	}
	n, err := Scaled(plainNumber(s), 4)
	if err != nil {
		return 0, fmt.Errorf("%q is no weight in %s of at most four decimals", text, unit)
	}
	from, _ := WeightTick(unit)
	to, _ := WeightTick(into)
	if to == 0 || n*from%to != 0 {
		return 0, fmt.Errorf("%q is in %s and not whole in 0.0001 %s", text, unit, into)
	}
	return n * from / to, nil
}

// span is a range of weights as the sheet writes it; upTo nil: no end.
type span struct {
	lower     string
	upTo      *string
	inclusive bool // the lower end belongs, as the sheet writes it
}

// unitOf is the weight unit that a mark means, "" where it means none.
func unitOf(mark string) string {
	for _, u := range unitMarks {
		if u.mark == mark {
			return u.unit
		}
	}
	return ""
}

// unitBehind is a unit behind a number, or in brackets at the end; unitHead one
// in brackets at the end of a column's name.
var (
	unitBehind = regexp.MustCompile(`([0-9])\(?(kgs?|公斤|千克|lbs?|磅|oz|盎司|克|g)\)?`)
	unitHead   = regexp.MustCompile(`[(/](kgs?|公斤|千克|lbs?|磅|oz|盎司|克|g)\)?$`)
)

var (
	between = regexp.MustCompile(`^([0-9.]+)(<|≤)[^0-9.<>≤≥]*(<|≤)([0-9.]+)$`)
	dashed  = regexp.MustCompile(`^([(\[]?)([0-9.]+)[-,]([0-9.]+)([)\]]?)$`)
	upTo    = regexp.MustCompile(`^(?:[^0-9.<>≤≥]*(<|≤)([0-9.]+)|([0-9.]+)(?:及以下|以下|以内))$`)
	above   = regexp.MustCompile(`^(?:[^0-9.<>≤≥]*(>|≥)([0-9.]+)|([0-9.]+)(<|≤)[^0-9.<>≤≥]*|([0-9.]+)(?:以上|\+))$`)
	plainer = strings.NewReplacer("<=", "≤", "=<", "≤", "≦", "≤", "⩽", "≤", ">=", "≥", "=>", "≥", "≧", "≥", "~", "-", "—", "-", "–", "-", "至", "-", "到", "-", "【", "[", "】", "]")
)

// mapSpan takes a range such as 0<W≤0.2, 0-0.2, (0,0.2], ≤0.2, >20 apart. Its
// upper end belongs to it, or it is refused.
func mapSpan(text string) (s span, unit string, err error) {
	t := plainer.Replace(Fold(text))
	for _, m := range unitBehind.FindAllStringSubmatch(t, -1) {
		u := unitOf(m[2])
		if unit != "" && unit != u {
			return s, "", fmt.Errorf("%q has two units", text)
		}
		unit = u
	}
	t = unitBehind.ReplaceAllString(t, "$1")
	open := func() (span, string, error) {
		return s, unit, fmt.Errorf("the upper end of %q does not belong to it, and the bands of a card go up to and with theirs; try: ask the provider for the price at the edge", text)
	}
	if m := between.FindStringSubmatch(t); m != nil {
		if m[3] == "<" {
			return open()
		}
		return span{m[1], &m[4], m[2] == "≤"}, unit, nil
	}
	if m := dashed.FindStringSubmatch(t); m != nil {
		if m[4] == ")" && m[1] != "" {
			return open()
		}
		return span{m[2], &m[3], m[1] == "["}, unit, nil
	}
	if m := upTo.FindStringSubmatch(t); m != nil {
		if m[1] == "<" {
			return open()
		}
		end := m[2] + m[3]
		return span{"0", &end, false}, unit, nil
	}
	if m := above.FindStringSubmatch(t); m != nil {
		return span{m[2] + m[3] + m[5], nil, m[1] == "≥" || m[4] == "≤"}, unit, nil
	}
	return s, unit, fmt.Errorf("%q is no range of weights; try: 0<W≤0.2, 0-0.2, ≤0.2 or >20, or the columns over and up_to", text)
}

// mapPercent reads a percentage; a sign in the cell decides, else as.
func mapPercent(text, as string) (string, error) {
	s := Fold(text)
	cut := strings.TrimSuffix(s, "%")
	places := 4
	if cut == s && as == "fractions" {
		places = 6 // 0.145 with six places is 14.5 with four
	}
	n, err := Scaled(plainNumber(cut), places)
	if err != nil {
		return "", fmt.Errorf("%q is no percentage", text)
	}
	return ticks(n), nil
}

// mapDay reads a day, or the day after it.
func mapDay(text string, after bool) (string, error) {
	s := strings.NewReplacer("/", "-", ".", "-").Replace(strings.TrimSpace(text))
	for _, layout := range []string{time.DateOnly, "2006-1-2", "2006年1月2日", "20060102"} {
		if d, err := time.Parse(layout, s); err == nil {
			if after {
				d = d.AddDate(0, 0, 1)
			}
			return d.Format(time.DateOnly), nil
		}
	}
	return "", fmt.Errorf("%q is no day; try: 2026-03-02", text)
}

// mapZIP gives back the zeros that a number has lost. A ZIP has five digits, a
// prefix three: a shorter one is never taken for another kind.
func mapZIP(text, as string) (string, error) {
	digits := 5
	if as == "prefixes" {
		digits = 3
	}
	s := Fold(text)
	if len(s) > digits || len(s) < digits-2 || strings.Trim(s, "0123456789") != "" {
		return "", fmt.Errorf("%q is no ZIP of %d digits", text, digits)
	}
	return strings.Repeat("0", digits-len(s)) + s, nil
}

// mapZIPs takes a cell of several ZIPs and ranges of them apart.
func mapZIPs(text, as string) (out [][2]string, err error) {
	list := strings.FieldsFunc(Fold(strings.NewReplacer(" ", ",", "\n", ",").Replace(text)), func(r rune) bool { return strings.ContainsRune(",;、，；", r) })
	for _, one := range list {
		first, last, two := strings.Cut(plainer.Replace(one), "-")
		var pair [2]string
		if pair[0], err = mapZIP(first, as); err != nil {
			return nil, err
		}
		if two {
			if pair[1], err = mapZIP(last, as); err != nil {
				return nil, err
			}
		}
		out = append(out, pair)
	}
	return out, nil
}
