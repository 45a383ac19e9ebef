package cell_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/pipeline/cell"
)

// rivalMoney reads an amount without any pattern, by hand and with fractions:
// what it says the SQL must say.
func rivalMoney(text, decimal string) (value, unit string) {
	const none = "∅"
	s := strings.Map(func(r rune) rune {
		switch {
		case r >= 0xff01 && r <= 0xff5e:
			return r - 0xff01 + '!'
		case r == 0xa0 || r == 0x202f:
			return ' '
		case r == 0xffe5:
			return '¥'
		}
		return r
	}, text)
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "'"); ok {
		rest = strings.TrimSpace(rest)
		if rest = strings.TrimSpace(strings.TrimSuffix(rest, "'")); strings.Contains(rest, "'") {
			return none, none
		}
		s = rest
	}
	names := map[string]string{"USD": "USD", "EUR": "EUR", "CNY": "CNY", "US$": "USD", "元": "CNY", "€": "EUR", "$": "$", "¥": "¥", "XYZ": "?"}
	take := func(from []string) (string, bool) {
		s = strings.TrimLeft(s, " \t")
		for _, n := range from {
			if rest, ok := strings.CutPrefix(s, n); ok {
				s = rest
				return n, true
			}
		}
		return "", false
	}
	all := []string{"US$", "USD", "EUR", "CNY", "XYZ", "元", "€", "$", "¥"}
	var signs string
	var found []string
	sign := func(set ...string) {
		if n, ok := take(set); ok {
			signs += n
		}
	}
	coin := func(set []string) {
		if n, ok := take(set); ok {
			found = append(found, names[n])
		}
	}
	sign("-", "+", "(")
	coin(all)
	coin([]string{"€", "$", "¥"})
	sign("-", "+", "(")
	s = strings.TrimLeft(s, " \t")
	n := 0
	for n < len(s) && strings.IndexByte("0123456789., '", s[n]) >= 0 {
		n++
	}
	body := strings.TrimRight(s[:n], " ")
	s = s[n:]
	sign("-", ")")
	coin(all)
	sign("-", ")")
	if strings.TrimSpace(s) != "" || body == "" || !strings.ContainsAny(body, "0123456789") || strings.ContainsAny(body[:1], " '") {
		return none, none
	}
	code := ""
	for _, f := range found {
		if f == "?" || len(f) == 3 && code != "" && code != f {
			return none, none
		}
		if len(f) == 3 {
			code = f
		}
	}
	dollar, yen := slices.Contains(found, "$"), slices.Contains(found, "¥")
	if dollar && (yen || code != "" && code != "USD") || yen && code != "" && code != "CNY" {
		return none, none
	}
	if unit = code; unit == "" {
		unit = none
	}
	amount := rivalNumber(body, decimal)
	switch {
	case amount == nil || signs != "" && signs != "+" && signs != "-" && signs != "()":
		return none, unit
	case signs == "-" || signs == "()":
		amount.Neg(amount)
	}
	// what lies beyond the ninth place is the noise of a float
	if amount, _ = new(big.Rat).SetString(amount.FloatString(9)); amount == nil {
		return none, unit
	}
	places := new(big.Rat).Mul(amount, big.NewRat(10000, 1))
	if !places.IsInt() || new(big.Rat).Abs(amount).Cmp(big.NewRat(1e14, 1)) >= 0 {
		return none, unit
	}
	return amount.FloatString(4), unit
}

// rivalNumber reads the number under each decimal mark that the mode allows.
func rivalNumber(body, mode string) *big.Rat {
	if mode != "comma" {
		if r := underMark(body, '.', true); r != nil {
			return r
		}
	}
	if mode == "point" {
		return nil
	}
	r := underMark(body, ',', mode == "comma")
	if mode == "" && r != nil && strings.Count(body, ",") == 1 && !strings.ContainsAny(body, ". '") {
		if _, after, _ := strings.Cut(body, ","); len(after) == 3 {
			return nil // thousands or places
		}
	}
	return r
}

func underMark(body string, mark rune, loose bool) *big.Rat {
	whole, places, has := strings.Cut(body, string(mark))
	if strings.Trim(places, "0123456789") != "" || has && !loose && (whole == "" || places == "") || whole == "" && places == "" {
		return nil
	}
	var marks string
	for _, r := range whole {
		if r < '0' || r > '9' {
			if r == mark || marks != "" && !strings.ContainsRune(marks, r) {
				return nil
			}
			marks = string(r)
		}
	}
	if marks != "" {
		groups := strings.Split(whole, marks)
		if len(groups[0]) < 1 || len(groups[0]) > 3 || groups[0][0] == '0' {
			return nil
		}
		for _, g := range groups[1:] {
			if len(g) != 3 {
				return nil
			}
		}
		whole = strings.Join(groups, "")
	}
	if whole == "" {
		whole = "0"
	}
	r, ok := new(big.Rat).SetString(whole + "." + places + "0")
	if !ok {
		return nil
	}
	return r
}

func TestMoneyAgainstARival(t *testing.T) {
	e := open(t)
	pieces := []string{"0", "1", "12", "123", "234", "500", "1234", "5", "99999", ",", ".", ",", ".", " ", "'", "-", "+", "(", ")", "$", "¥", "￥", "US$", "USD", "EUR", "CNY", "XYZ", "元", "€", "\u00a0", "１", "，", "．", "\t"}
	shape := rapid.Custom(func(t *rapid.T) string {
		// half of the texts are near to an amount
		if rapid.Bool().Draw(t, "near") {
			return rapid.SampledFrom([]string{"", "$", "-", "USD ", "(", "¥", "\t"}).Draw(t, "front") +
				rapid.StringMatching(`[0-9]{1,4}([,. '][0-9]{2,4}){0,3}([,.][0-9]{0,5})?`).Draw(t, "number") +
				rapid.SampledFrom([]string{"", "", " EUR", "-", ")", "元", "\t", " USD"}).Draw(t, "back")
		}
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 7).Draw(t, "pieces"), "")
	})
	values := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		decimal := rapid.SampledFrom([]string{"", "point", "comma"}).Draw(rt, "decimal")
		texts := rapid.SliceOfN(shape, 40, 40).Draw(rt, "texts")
		s := cell.Spec{Type: "decimal(18,4)", Kind: "money", Decimal: decimal}
		for i, g := range read(t, e, s, texts) {
			value, unit := rivalMoney(texts[i], decimal)
			if g.value != value || value != "∅" && g.unit != unit {
				rt.Fatalf("decimal %q: %q is %s %s, the rival says %s %s", decimal, texts[i], g.value, g.unit, value, unit)
			}
			if value != "∅" {
				values[value]++
			}
		}
	})
	if len(values) < 100 {
		t.Errorf("only %d amounts were read", len(values))
	}
}

// What exports put around an id comes off, the id itself stays.
func TestIDsKeepTheirDigits(t *testing.T) {
	e := open(t)
	around := [][2]string{{"", ""}, {"'", ""}, {"'", "'"}, {`"`, `"`}, {`="`, `"`}, {"`", ""}, {"", "\t"}, {" ", "\r"}, {"\ufeff", "\u00a0"}, {"\u200b", "\u3000"}, {"\t\"", "\"\n"}}
	rapid.Check(t, func(rt *rapid.T) {
		ids := rapid.SliceOfN(rapid.StringMatching(`[0-9A-Z]{1,4}[0-9A-Za-z_-]{2,20}[0-9A-Z]`), 30, 30).Draw(rt, "ids")
		texts := make([]string, len(ids))
		for i, id := range ids {
			a := rapid.SampledFrom(around).Draw(rt, "around")
			texts[i] = a[0] + id + a[1]
		}
		for i, g := range read(t, e, cell.Spec{Type: "varchar", Kind: "id"}, texts) {
			if g.value != ids[i] {
				rt.Fatalf("%q is %s, want %s", texts[i], g.value, ids[i])
			}
		}
		for i, g := range read(t, e, cell.Spec{Type: "varchar", Kind: "id"}, ids) {
			if g.value != ids[i] {
				rt.Fatalf("clean %q is %s", ids[i], g.value)
			}
		}
	})
}
