package cell_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"waybill/pipeline/cell"
)

const amount = "decimal(18,4)"

func TestWhy(t *testing.T) {
	money := cell.Spec{Type: amount, Kind: "money"}
	monthFirst := cell.Spec{Type: "timestamptz", Formats: []string{"%m/%d/%Y %H:%M"}}
	dayFirst := cell.Spec{Type: "date", Formats: []string{"%d/%m/%Y"}}
	for _, c := range []struct {
		s    cell.Spec
		text string
		want string // part of the answer; "" for none
	}{
		{cell.Spec{Type: "varchar", Kind: "id"}, "5.77E+17", "digits are lost"},
		{cell.Spec{Type: "varchar", Kind: "id"}, "'5.77E+17\t", "format the column as text"},
		{cell.Spec{Type: "bigint"}, "5.77E+17", "digits are lost"},
		{money, "0,500", "two decimal readings are possible (0,500)"},
		{money, "1234,567", "decimal: comma or point"},
		{money, "USD 12 EUR", "two currencies (USD, EUR)"},
		{money, "$12 EUR", "two currencies ($, EUR)"},
		{money, "XYZ 12", "XYZ is no currency"},
		{money, "(-12)", "two signs"},
		{money, "12,34,567.00", "it may hold two numbers"},
		{money, "0.12345", "more than 4 decimals"},
		{money, "1.5E-5", "no exact amount"},
		{money, "Invoiced Separately", "sentinels"},
		{money, "12%", "percentage"},
		{money, "#N/A", "spreadsheet"},
		{money, "######", "too narrow"},
		{money, "-", ""},
		{money, "\u00a0", ""},
		{cell.Spec{Type: amount, Decimal: "comma"}, "12.50", "decimal: point"},
		{cell.Spec{Type: amount, Kind: "money", Decimal: "comma"}, "$12.50", "decimal: point"},
		{cell.Spec{Type: amount, Kind: "money", Decimal: "point"}, "12,50", "decimal: comma"},
		{cell.Spec{Type: amount}, "1,234.50", "as: number"},
		{cell.Spec{Type: amount}, "$1,234.50", "as: money"},
		{cell.Spec{Type: amount}, "USD 12", "as: money"},
		{cell.Spec{Type: amount}, "20lbs", "as: weight"},
		{cell.Spec{Type: amount}, "20 cm", "as: length"},
		{cell.Spec{Type: "integer"}, "12.5", "not whole"},
		{cell.Spec{Type: amount, Kind: "weight"}, "20 stone", "unit stone is not known; try: g, kg, oz, lb"},
		{cell.Spec{Type: amount, Kind: "length"}, "20 kg", "another kind"},
		{monthFirst, "15/12/2025 10:00", "day/month/year; the mapping says month first"},
		{dayFirst, "12/15/2025", "month/day/year; the mapping says day first"},
		{monthFirst, "12/15/2025 10:00:33 AM", "the rest does not"},
		{monthFirst, "45658.39583", "excel_1900"},
		{monthFirst, "1767571200", "epoch_s"},
		{monthFirst, "1767571200123", "formats: [epoch_ms]"},
		{monthFirst, "2026-01-05", "formats: [iso]"},
		{monthFirst, "2026年1月5日", "formats: [chinese]"},
		{monthFirst, "0", "0 is no time"},
		{cell.Spec{Type: "timestamptz"}, "01/05/2026", "day or month may come first"},
		{cell.Spec{Type: "timestamptz"}, "20260105", "%Y%m%d"},
		{cell.Spec{Type: "timestamptz"}, "2026-01-05 08:00 CST", "abbreviation"},
		{cell.Spec{Type: "timestamptz"}, "2026-02-30", "no such day"},
		{cell.Spec{Type: "timestamptz"}, "Date Not Captured", "sentinels"},
		{cell.Spec{Type: "timestamptz", Formats: []string{"epoch_s"}}, "9999999999", "between 1990 and 2100"},
		{cell.Spec{Type: "boolean"}, "maybe", "map"},
		{money, "\xd6\xd0\xb9\xfa", "UTF-8"},
	} {
		got := cell.Why(c.s, c.text)
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q: %q, want %q", c.s, c.text, got, c.want)
		}
		if got != "" && !strings.Contains(got, "; try: ") {
			t.Errorf("%q says nothing to do", got)
		}
	}
}

func FuzzWhy(f *testing.F) {
	for _, s := range []string{"￥1,234.50", "(12.50)", "5.77E+17", "15/12/2025", "45658.4", "2 lb 3 oz", "2026年1月5日", "１２，５", "\xff", "#N/A", "0,500", "=\"01\""} {
		f.Add(s, uint8(3), uint8(7))
	}
	types := []string{"varchar", amount, "integer", "bigint", "double", "boolean", "date", "timestamptz"}
	kinds := []string{"", "money", "weight", "length", "number", "id"}
	f.Fuzz(func(t *testing.T, text string, typ, mode uint8) {
		s := cell.Spec{Type: types[int(typ)%len(types)], Kind: kinds[int(typ/8)%len(kinds)], Decimal: []string{"", "point", "comma"}[int(mode)%3]}
		if mode&4 != 0 {
			s.Formats = []string{"%m/%d/%Y", "iso"}
		}
		got := cell.Why(s, text)
		if !utf8.ValidString(got) || len(got) > 400 || strings.ContainsAny(got, "\n\t") {
			t.Errorf("%q", got)
		}
		if got != "" && !strings.Contains(got, "; try: ") {
			t.Errorf("%q says nothing to do", got)
		}
	})
}
