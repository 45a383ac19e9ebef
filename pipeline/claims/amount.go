package claims

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Amount is money in ten-thousandths of a currency's unit.
type Amount int64

// unit is one unit of a currency.
const unit = 10_000

var plainAmount = regexp.MustCompile(`^(-?)(\d{1,14})(?:\.(\d{1,4})0*)?$`)

// ParseAmount reads -1234.5: a plain decimal with at most 4 places.
func ParseAmount(s string) (Amount, error) {
	m := plainAmount.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("%q is no amount; try: 12.34", s)
	}
	n, err := strconv.ParseInt(m[1]+m[2]+m[3]+strings.Repeat("0", 4-len(m[3])), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no amount; try: 12.34", s)
	}
	return Amount(n), nil
}

var (
	fullWidth = strings.NewReplacer("０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9", "．", ".", "，", ",", "－", "-", "（", "(", "）", ")", "\u00a0", " ", "\u3000", " ")
	signs     = regexp.MustCompile(`(?i)^(?:CNY|RMB|USD|US\$|HK\$|[¥￥$])\s*|\s*(?:CNY|RMB|USD|元)$`)
	grouped   = regexp.MustCompile(`^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$`)
)

// currencies are those that a sign beside an amount, or a word for a currency, can
// mean.
var currencies = map[string][]string{
	"¥": {"CNY", "JPY"}, "￥": {"CNY", "JPY"}, "元": {"CNY", "HKD", "TWD"}, "RMB": {"CNY"}, "人民币": {"CNY"},
	"$": {"USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD"}, "US$": {"USD"}, "美元": {"USD"}, "美金": {"USD"}, "HK$": {"HKD"}, "港币": {"HKD"}, "港元": {"HKD"},
}

// fits says that a sign can mean a currency. What is neither a sign that is known
// nor a code of ISO 4217 says nothing.
func fits(sign, currency string) bool {
	sign = strings.ToUpper(sign)
	if of := currencies[sign]; of != nil {
		return slices.Contains(of, currency)
	}
	return !currencyRE.MatchString(sign) || sign == currency
}

// signsOf are the signs of currencies that readAmount passes over.
func signsOf(s string) (out []string) {
	t := strings.Trim(fullWidth.Replace(s), " \t'")
	for m := signs.FindString(t); m != ""; m = signs.FindString(t) {
		out = append(out, strings.TrimSpace(m))
		t = strings.TrimSpace(strings.Replace(t, m, "", 1))
	}
	return out
}

// readAmount reads an amount as people write it in a sheet: ￥1,234.50, (12.50).
func readAmount(s string) (Amount, error) {
	t := strings.Trim(fullWidth.Replace(s), " \t'")
	t = strings.TrimSpace(signs.ReplaceAllString(signs.ReplaceAllString(t, ""), ""))
	if in, ok := strings.CutPrefix(t, "("); ok && strings.HasSuffix(in, ")") && !strings.HasPrefix(in, "-") {
		t = "-" + strings.TrimSuffix(in, ")")
	}
	if grouped.MatchString(t) {
		t = strings.ReplaceAll(t, ",", "")
	}
	a, err := ParseAmount(t)
	if err != nil {
		return 0, fmt.Errorf("%q is no amount; try: 12.34", s)
	}
	return a, nil
}

// String is the decimal with two places, more where they are needed.
func (a Amount) String() string {
	sign, n := "", uint64(a)
	if a < 0 {
		sign, n = "-", -uint64(a)
	}
	part := strings.TrimRight(fmt.Sprintf("%04d", n%unit), "0")
	return fmt.Sprintf("%s%d.%s%s", sign, n/unit, part, strings.Repeat("0", max(0, 2-len(part))))
}

// MarshalJSON writes a text: a number of JSON would be read as a double.
func (a Amount) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }

// UnmarshalJSON reads the text.
func (a *Amount) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	var err error
	*a, err = ParseAmount(s)
	return err
}

// part is a·num/den, rounded half up, for a >= 0 and den > 0.
func (a Amount) part(num, den int64) Amount {
	x := new(big.Int).Mul(big.NewInt(int64(a)), big.NewInt(num))
	return Amount(divide(x, den))
}

// divide is x/den rounded half up, for x >= 0 and den > 0.
func divide(x *big.Int, den int64) int64 {
	d := big.NewInt(den)
	x = new(big.Int).Add(new(big.Int).Lsh(x, 1), d)
	return x.Div(x, d.Lsh(d, 1)).Int64()
}
