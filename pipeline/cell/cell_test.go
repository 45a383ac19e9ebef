package cell_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	_ "time/tzdata"

	"waybill/pipeline/cell"
	"waybill/pipeline/engine"
	"waybill/pipeline/engine/duckdb"
)

func open(t testing.TB) *duckdb.Engine {
	t.Helper()
	e, err := duckdb.Open(context.Background(), duckdb.Options{Memory: 512 << 20, Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// got is what a cell became: ∅ is NULL.
type got struct {
	value, unit string
	blank       bool
}

// read runs the SQL of a spec over texts, in one query as a load does.
func read(t testing.TB, e *duckdb.Engine, s cell.Spec, texts []string) []got {
	t.Helper()
	c, err := cell.Compile("x", s)
	if err != nil {
		t.Fatal(err)
	}
	unit := "cast(null as varchar)"
	if c.Unit != "" {
		unit = c.Unit
	}
	if s.Type == "timestamptz" {
		c.Value = "strftime(timezone('UTC', " + c.Value + "), '%Y-%m-%dT%H:%M:%S.%gZ')"
	}
	q := make([]string, len(texts))
	for i, s := range texts {
		q[i] = fmt.Sprintf("(%d, %s)", i, engine.Literal(s))
	}
	return scan(t, e, "select coalesce(cast(v as varchar), '∅'), coalesce(u, '∅'), b from (select i, "+c.Value+" as v, "+unit+" as u, "+c.Blank+" as b from (values "+strings.Join(q, ", ")+") as cells(i, x)) order by i")
}

func scan(t testing.TB, e *duckdb.Engine, query string) []got {
	t.Helper()
	rows, err := e.Query(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []got
	for rows.Next() {
		var g got
		var b sql.NullBool
		if err := rows.Scan(&g.value, &g.unit, &b); err != nil {
			t.Fatal(err)
		}
		if !b.Valid {
			t.Errorf("blank is NULL")
		}
		g.blank = b.Bool
		out = append(out, g)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// table is one spec with lines of text and value; a third entry is the unit.
func table(t *testing.T, s cell.Spec, lines [][]string) {
	t.Helper()
	e := open(t)
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l[0]
	}
	for i, g := range read(t, e, s, texts) {
		want := lines[i]
		if g.value != want[1] {
			t.Errorf("%+v: %q is %s, want %s", s, want[0], g.value, want[1])
		}
		if unit := append(want, "∅")[2]; g.unit != unit {
			t.Errorf("%+v: %q has unit %s, want %s", s, want[0], g.unit, unit)
		}
	}
}

func TestMoney(t *testing.T) {
	table(t, cell.Spec{Type: "decimal(18,4)", Kind: "money"}, [][]string{
		{"12.5", "12.5000"}, {"1022.25", "1022.2500"}, {"0", "0.0000"}, {"-3", "-3.0000"}, {"+3", "3.0000"}, {".5", "0.5000"}, {"5.", "5.0000"},
		{"$1,022.25", "1022.2500"}, {"-$1,022.25", "-1022.2500"}, {"$-1,022.25", "-1022.2500"}, {"$12", "12.0000"},
		{"￥1,234.50", "1234.5000"}, {"¥1,234.50", "1234.5000"}, {"¥12", "12.0000"},
		{"US$ 12", "12.0000", "USD"}, {"us$12.5", "12.5000", "USD"}, {"USD 12.5", "12.5000", "USD"}, {"12.5 USD", "12.5000", "USD"}, {"usd 12.5", "12.5000", "USD"}, {"USD $12.50", "12.5000", "USD"}, {"HK$5", "5.0000", "HKD"},
		{"RMB 12", "12.0000", "CNY"}, {"CNY12", "12.0000", "CNY"}, {"12元", "12.0000", "CNY"}, {"人民币12.5元", "12.5000", "CNY"}, {"¥12元", "12.0000", "CNY"}, {"JPY ¥1,200", "1200.0000", "JPY"},
		{"MXN 790.00", "790.0000", "MXN"}, {"BRL 35,91", "35.9100", "BRL"}, {"BRL 1.234,56", "1234.5600", "BRL"}, {"12,50 €", "12.5000", "EUR"}, {"1.210,00 €", "1210.0000", "EUR"}, {"£3.20", "3.2000", "GBP"},
		{"(12.50)", "-12.5000"}, {"($1,012.50)", "-1012.5000"}, {"$(12.50)", "-12.5000"}, {"(USD 12.50)", "-12.5000", "USD"}, {"12.50-", "-12.5000"}, {"12.50- USD", "-12.5000", "USD"}, {"12.50 USD-", "-12.5000", "USD"},
		{"−12.50", "-12.5000"}, {"－12.50", "-12.5000"}, {"–12.50", "-12.5000"},
		{"１２．５０", "12.5000"}, {"＄１，０２２．２５", "1022.2500"}, {"1\u202f234,50 €", "1234.5000", "EUR"}, {"1\u00a0234.50", "1234.5000"}, {"1 234 567.5", "1234567.5000"}, {"1'234.50", "1234.5000"}, {"1’234.50", "1234.5000"},
		{"12.50\t", "12.5000"}, {"\t$12.50 ", "12.5000"}, {"\"12.50\"", "12.5000"}, {"'12.50", "12.5000"}, {"=\"12.50\"", "12.5000"}, {"\ufeff12.50", "12.5000"},
		// two readings or none
		{"(-12.50)", "∅"}, {"-12.50-", "∅"}, {"(12.50", "∅"}, {"12.50)", "∅"}, {"$12 EUR", "∅"}, {"USD 12 EUR", "∅"}, {"US$12 CAD", "∅"}, {"￥12 USD", "∅"}, {"$ ¥ 12", "∅"}, {"12 34", "∅"}, {"12,34,567.00", "∅"}, {"1,23,456", "∅"},
		{"0,500", "∅"}, {"1234,567", "∅"}, {"012,345", "∅"}, {"1,234,56", "∅"}, {"1.234.56", "∅"}, {"1 234'567", "∅"}, {"XYZ 12", "∅"}, {"12 USD CAD", "∅"}, {"Invoiced Separately", "∅"}, {"12%", "∅"}, {"1.2.3", "∅"}, {"0.123.456", "∅"}, {"012.345.678", "∅"}, {"1,234.", "1234.0000"}, {"5,", "∅"}, {"USD", "∅"}, {"$", "∅"}, {"()", "∅"}, {"$ -", "∅"}, {"1/2", "∅"}, {"0x10", "∅"}, {"nan", "∅"}, {"1_000", "∅"},
		{"1,234", "1234.0000"}, {"1,234,567", "1234567.0000"}, {"1.234.567", "1234567.0000"}, {"1,5", "1.5000"}, {"1,2345", "1.2345"}, {"1.234", "1.2340"},
		// places
		{"0.12345", "∅"}, {"0.12340", "0.1234"}, {"$0.12345", "∅"}, {"0.30000000000000004", "0.3000"}, {"$12.499999999999998", "12.5000"}, {"1.2E-3", "0.0012"}, {"1.5E-5", "∅"}, {"5.55E-17", "0.0000"}, {"-5.55E-17", "0.0000"}, {"1.5E3", "1500.0000"}, {"1.2345E+10", "12345000000.0000"},
		{"99999999999999.9999", "99999999999999.9999"}, {"$99,999,999,999,999.9999", "99999999999999.9999"}, {"100000000000000", "∅"}, {"$100,000,000,000,000", "∅"}, {"1234567890.12345", "∅"}, {"1234567890.12340", "1234567890.1234"},
	})
	table(t, cell.Spec{Type: "decimal(18,4)", Kind: "money", Unit: "CNY"}, [][]string{{"￥1,234.50", "1234.5000", "CNY"}, {"¥5", "5.0000", "CNY"}, {"$5", "∅"}, {"$1,234.50", "∅"}, {"($5)", "∅"}, {"5", "5.0000"}, {"USD 5", "5.0000", "USD"}})
	table(t, cell.Spec{Type: "decimal(18,4)", Kind: "money", Unit: "MXN"}, [][]string{{"$1,234.50", "1234.5000", "MXN"}, {"¥5", "∅"}, {"5", "5.0000"}, {"USD $5", "5.0000", "USD"}, {"-5", "-5.0000"}})
	table(t, cell.Spec{Type: "decimal(18,4)", Kind: "money", Decimal: "comma"}, [][]string{
		{"1.234", "1234.0000"}, {"1.5", "∅"}, {"12.50", "∅"}, {"12,50", "12.5000"}, {"1.234,50", "1234.5000"}, {"0,500", "0.5000"}, {"1234,567", "1234.5670"}, {"12", "12.0000"}, {"-12,5", "-12.5000"}, {"1,234.50", "∅"}, {"BRL 1.234", "1234.0000", "BRL"}, {"1.234.567", "1234567.0000"}, {"1,5E3", "1500.0000"},
	})
	table(t, cell.Spec{Type: "decimal(18,4)", Kind: "money", Decimal: "point"}, [][]string{
		{"1.234", "1.2340"}, {"1,5", "∅"}, {"12,50", "∅"}, {"1,234", "1234.0000"}, {"1.234,50", "∅"}, {"1.234.567", "∅"}, {"1,234.50", "1234.5000"},
	})
}

func TestNumber(t *testing.T) {
	table(t, cell.Spec{Type: "decimal(18,4)"}, [][]string{
		{"12.5", "12.5000"}, {" 12.5 ", "12.5000"}, {"12.5\u00a0", "12.5000"}, {"１２．５", "12.5000"}, {"1,234", "∅"}, {"0.12345", "∅"}, {"0.30000000000000004", "0.3000"}, {"12.499999999999998", "12.5000"}, {"5.55E-17", "0.0000"}, {"1.5E-5", "∅"}, {"1.2E-3", "0.0012"},
		{"1234567890.1234", "1234567890.1234"}, {"12345678901234", "12345678901234.0000"}, {"-999999999.9999", "-999999999.9999"}, {"1.5E+9", "1500000000.0000"}, {"abc", "∅"}, {"", "∅"}, {"'12.5", "12.5000"}, {"$5", "∅"},
	})
	table(t, cell.Spec{Type: "integer"}, [][]string{{"12", "12"}, {"12.0", "12"}, {"12.7", "∅"}, {"1.5E0", "∅"}, {"15E-1", "∅"}, {"1E3", "1000"}, {"2147483647", "2147483647"}, {"2147483648", "∅"}, {"-2147483648.0", "-2147483648"}, {"0x10", "∅"}, {"１２", "12"}, {"12 ", "12"}, {"", "∅"}})
	table(t, cell.Spec{Type: "bigint"}, [][]string{{"9223372036854775807", "9223372036854775807"}, {"9223372036854775808", "∅"}, {"12.0", "12"}, {"123456789012", "123456789012"}, {"5.77E+17", "∅"}, {"1.5", "∅"}})
	table(t, cell.Spec{Type: "double"}, [][]string{{"1.5", "1.5"}, {"nan", "∅"}, {"inf", "∅"}, {"1,5", "∅"}, {"１．５", "1.5"}})
	table(t, cell.Spec{Type: "double", Kind: "number"}, [][]string{{"1,234.5", "1234.5"}, {"1,5", "1.5"}, {"-1 234.5", "-1234.5"}})
	table(t, cell.Spec{Type: "integer", Kind: "number"}, [][]string{{"1,234", "1234"}, {"1,234.0", "1234"}, {"1,5", "∅"}, {"12-", "-12"}, {"－１２", "-12"}})
	table(t, cell.Spec{Type: "decimal(18,4)", Kind: "number"}, [][]string{{"1,234.5", "1234.5000"}, {"$5", "∅"}, {"12.5-", "-12.5000"}})
	table(t, cell.Spec{Type: "decimal(18,4)", Decimal: "comma"}, [][]string{{"1.234,5", "1234.5000"}, {"1.5", "∅"}, {"1,5", "1.5000"}})
	table(t, cell.Spec{Type: "boolean"}, [][]string{{"true", "true"}, {"Yes", "true"}, {"y", "true"}, {"1", "true"}, {"是", "true"}, {"FALSE", "false"}, {"no", "false"}, {"0", "false"}, {"否 ", "false"}, {"Ｙ", "true"}, {"maybe", "∅"}, {"2", "∅"}})
}

func TestMeasure(t *testing.T) {
	table(t, cell.Spec{Type: "decimal(18,4)", Kind: "weight"}, [][]string{
		{"20lbs", "20.0000", "lb"}, {"1.5 kg", "1.5000", "kg"}, {"1.5KGS", "1.5000", "kg"}, {"500 克", "500.0000", "g"}, {"500g", "500.0000", "g"}, {"0.5公斤", "0.5000", "kg"}, {"1.2千克", "1.2000", "kg"}, {"3 oz", "3.0000", "oz"}, {"1斤", "500.0000", "g"}, {"1.5斤", "750.0000", "g"},
		{"2 lb 3 oz", "35.0000", "oz"}, {"2lbs, 3.5oz", "35.5000", "oz"}, {"0.75", "0.7500"}, {"1,250 g", "1250.0000", "g"}, {"1,5 kg", "1.5000", "kg"}, {"５００克", "500.0000", "g"}, {"20 stone", "∅"}, {"kg", "∅"}, {"1 t", "∅"}, {"2 lb 3", "∅"}, {"0.12345 kg", "∅", "kg"}, {"-5 kg", "-5.0000", "kg"}, {"99999999999999斤", "∅", "g"}, {"5 lb.", "5.0000", "lb"},
	})
	table(t, cell.Spec{Type: "decimal(18,4)", Kind: "weight", Unit: "g"}, [][]string{{"20", "20.0000", "g"}, {"20.5kg", "20.5000", "kg"}, {"１２", "12.0000", "g"}})
	table(t, cell.Spec{Type: "decimal(18,4)", Kind: "length", Unit: "ft"}, [][]string{{"2", "24.0000", "in"}, {"10 in", "10.0000", "in"}, {`10"`, "10.0000", "in"}, {"2,5", "30.0000", "in"}})
	table(t, cell.Spec{Type: "decimal(18,4)", Kind: "length"}, [][]string{
		{"12.5cm", "12.5000", "cm"}, {"30 厘米", "30.0000", "cm"}, {"10 in", "10.0000", "in"}, {`10"`, "10.0000", "in"}, {"10”", "10.0000", "in"}, {"5mm", "5.0000", "mm"}, {"1.2m", "120.0000", "cm"}, {"1 米", "100.0000", "cm"}, {"2 ft", "24.0000", "in"}, {`5ft 3in`, "63.0000", "in"}, {"7", "7.0000"}, {"10 寸", "∅"}, {"10x20", "∅"},
	})
	table(t, cell.Spec{Type: "double", Kind: "length"}, [][]string{{"1.2m", "120.0", "cm"}, {"0.123456 cm", "0.123456", "cm"}})
}

func TestID(t *testing.T) {
	table(t, cell.Spec{Type: "varchar", Kind: "id"}, [][]string{
		{"1Z999AA10123456784", "1Z999AA10123456784"}, {"YT2412345678901234", "YT2412345678901234"}, {"577000000000000000", "577000000000000000"}, {"00012", "00012"}, {"a-b_c", "a-b_c"}, {"#1001", "#1001"},
		{"577012345678901234\t", "577012345678901234"}, {" 123\u00a0", "123"}, {"\ufeff123", "123"}, {"12\u200b3", "123"}, {"'577012345678901234", "577012345678901234"}, {`="0123"`, "0123"}, {`"0123"`, "0123"}, {"'0123'", "0123"}, {"`0123", "0123"}, {"=0123", "=0123"}, {"\"0123\t\"", "0123"},
		{"ＹＴ１２３４", "YT1234"}, {"123456.0", "123456"}, {"123456.00", "123456"}, {"1234.0", "1234.0"}, {"V1.0", "V1.0"}, {"123456.10", "123456.10"},
		{"5.77E+17", "∅"}, {"5.77e+17", "∅"}, {"5E+17", "∅"}, {"5,77E+17", "∅"}, {"1.2345678901234E+21", "∅"}, {"'5.77E+17", "∅"},
		{"9400 1000 0000 0000 0000 00", "9400100000000000000000"}, {"9400 1000", "9400 1000"}, {"420 90210 9400 1000", "4209021094001000"}, {"AB 12", "AB 12"}, {"-", "∅"}, {"--", "∅"}, {"—", "∅"}, {"a\u00a0b", "a b"},
	})
	table(t, cell.Spec{Type: "varchar", Kind: "id", Width: 12}, [][]string{
		{"123456789012", "123456789012"}, {"23456789012", "023456789012"}, {"456789012", "000456789012"}, {"56789012", "56789012"}, {"AB3456789", "AB3456789"}, {"1234567890123", "1234567890123"}, {"456789012.0", "000456789012"}, {" 456789012\t", "000456789012"},
	})
	table(t, cell.Spec{Type: "varchar", Kind: "id", Width: 5}, [][]string{{"2134", "02134"}, {"1", "1"}, {"12", "00012"}, {"'02134", "02134"}, {"02134-1234", "02134-1234"}})
}

func TestBlank(t *testing.T) {
	e := open(t)
	for _, c := range []struct {
		s    cell.Spec
		text string
		want bool
	}{
		{cell.Spec{Type: "decimal(18,4)", Kind: "money"}, "-", true},
		{cell.Spec{Type: "decimal(18,4)", Kind: "money"}, "--", true},
		{cell.Spec{Type: "decimal(18,4)", Kind: "money"}, "—", true},
		{cell.Spec{Type: "decimal(18,4)", Kind: "money"}, " - ", true},
		{cell.Spec{Type: "decimal(18,4)", Kind: "money"}, "\t", true},
		{cell.Spec{Type: "decimal(18,4)", Kind: "money"}, "\"\t\"", true},
		{cell.Spec{Type: "decimal(18,4)", Kind: "money"}, "\u00a0", true},
		{cell.Spec{Type: "decimal(18,4)", Kind: "money"}, "0", false},
		{cell.Spec{Type: "decimal(18,4)", Kind: "money"}, "-5", false},
		{cell.Spec{Type: "decimal(18,4)"}, "-", false},
		{cell.Spec{Type: "decimal(18,4)"}, " ", true},
		{cell.Spec{Type: "timestamptz"}, "\t", true},
		{cell.Spec{Type: "varchar", Kind: "id"}, "-", true},
		{cell.Spec{Type: "varchar"}, " ", false},
	} {
		if g := read(t, e, c.s, []string{c.text})[0]; g.blank != c.want {
			t.Errorf("%+v: blank of %q is %v", c.s, c.text, g.blank)
		}
	}
}
