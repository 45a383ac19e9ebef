package cell

import (
	"slices"
	"strings"

	"waybill/pipeline/engine"
)

// Amounts as most exports write them. They name no currency or one code: $ and
// ¥ are those of more than one country.
const (
	usMoney    = `-?(?:\$?[1-9]\d{0,2}(?:,\d{3})+|\$\d{1,14})(?:\.\d{1,4})?`
	plainMoney = `-?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d{1,4})?`
	codedMoney = `[A-Z]{3} ?-?(?:[1-9]\d{0,2}(?:,\d{3})+|\d{1,14})(?:\.\d{1,4})?`
	yenMoney   = `[¥\x{ffe5}]-?(?:[1-9]\d{0,2}(?:,\d{3})+|\d{1,14})(?:\.\d{1,4})?`
)

// currencies are the codes of ISO 4217 that a cell may carry.
var currencies = strings.Fields(`AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD
HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG
QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW`)

// dollars are the currencies that write $.
var dollars = strings.Fields("ARS AUD BBD BMD BND BSD BZD CAD CLP COP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD TWD USD UYU XCD BRL NIO")

// names of currencies beside their codes. $ and ¥ stay signs: which currency
// they mean is not in the cell.
var signs = [][2]string{{"RMB", "CNY"}, {"人民币", "CNY"}, {"元", "CNY"}, {"US$", "USD"}, {"HK$", "HKD"}, {"€", "EUR"}, {"£", "GBP"}}

// codes is the list of currencies in SQL.
var codes = "'" + strings.Join(currencies, "', '") + "'"

// A pattern with every code in it is some ten times slower than any three letters.
const (
	token      = `(?:[A-Za-z]{3}|人民币|元|[Uu][Ss]\$|[Hh][Kk]\$|[$¥€£])`
	moneyParts = `^\s*([-+(]?)\s*(` + token + `?)\s*([$¥€£]?)\s*([-+(]?)\s*(` + body + `)\s*([-)]?)\s*(` + token + `?)\s*([-)]?)\s*$`
)

// code is SQL of the ISO code, or the sign, of a token: NULL for an empty one,
// ? for letters that are no currency.
func code(t string) string {
	var b strings.Builder
	b.WriteString("case upper(" + t + ") when '' then null when '$' then '$' when '¥' then '¥'")
	for _, s := range signs {
		b.WriteString(" when " + engine.Literal(s[0]) + " then " + engine.Literal(s[1]))
	}
	b.WriteString(" else case when upper(" + t + ") in (" + codes + ") then upper(" + t + ") else '?' end end")
	return b.String()
}

// money reads an amount with its currency. Parentheses and a minus before or
// behind mean a negative amount; two of them are no amount. Currencies before
// and behind must agree.
func money(x string, s Spec) (value, unit string) {
	parts := "regexp_extract(_c, " + engine.Literal(moneyParts) + ", ['s1', 'c1', 'c2', 's2', 'b', 's3', 'c3', 's4'])"
	currency := "concat_ws(',', " + code("_p.c1") + ", " + code("_p.c2") + ", " + code("_p.c3") + ")"
	// what is found becomes one code, '' for none and NULL for a contradiction
	settle := bind("regexp_extract(_k, '[A-Z]{3}')", "_i",
		"case when _k = '' then '' when contains(_k, '?') then null"+
			" when regexp_matches(replace(_k, _i, ''), '[A-Z]') then null"+
			" when contains(_k, '$') and (contains(_k, '¥') or (_i <> '' and not regexp_full_match(_i, "+engine.Literal(strings.Join(dollars, "|"))+"))) then null"+
			" when contains(_k, '¥') and _i not in ('', 'CNY', 'JPY') then null"+
			foreign(s.Unit)+declared(s.Unit)+
			" else _i end")
	amount := "case when _u is not null then " +
		bind("case _p.s1 || _p.s2 || _p.s3 || _p.s4 when '' then '' when '+' then '' when '-' then '-' when '()' then '-' end || "+
			canonicalOf("trim(_p.b)", s.Decimal), "_v", exact("_v", s.Type)) + " end"
	with := func(body string) string {
		return tidy(x, "_c", bind(parts, "_p", "case when _p.b <> '' then "+bind(currency, "_k", bind(settle, "_u", body))+" end"))
	}
	value = fast(x, s, with(amount))
	// not a pattern of the value's: what stands twice is worked out for every row
	bare := `[-+(]?\$?[\d.,]+\)?`
	if d := declared(s.Unit); d != "" {
		bare = `[-+(]?[\d.,]+\)?`
	}
	unit = "case when " + full(x, bare) + " then null when " + full(x, codedMoney+` ?`) + " and left(" + x + ", 3) in (" + codes + ") then left(" + x + ", 3)" +
		" when " + x + " is not null then " + with("nullif(_u, '')") + " end"
	return value, unit
}

// foreignSigns are those that are none of a column's own currency: $5 in a
// column of yuan is an amount of something else, and not five yuan.
func foreignSigns(unit string) (out []string) {
	if unit != "" && !slices.Contains(dollars, unit) {
		out = append(out, "$")
	}
	if unit != "" && unit != "CNY" && unit != "JPY" {
		out = append(out, "¥")
	}
	return out
}

// foreign is SQL that refuses such a sign where no code stands beside it.
func foreign(unit string) (arms string) {
	for _, sign := range foreignSigns(unit) {
		arms += " when _i = '' and contains(_k, '" + sign + "') then null"
	}
	return arms
}

// declared lets a sign stand for the column's own currency.
func declared(unit string) string {
	for _, d := range dollars {
		if unit == d {
			return " when _i = '' and contains(_k, '$') then " + engine.Literal(unit)
		}
	}
	if unit == "CNY" || unit == "JPY" {
		return " when _i = '' and contains(_k, '¥') then " + engine.Literal(unit)
	}
	return ""
}
