package cell_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/pipeline/cell"
	"waybill/pipeline/engine"
)

// No text, and no text in the zone's column, ends the query in an error; one
// bad cell would stop a load.
func TestNoCellFailsTheQuery(t *testing.T) {
	e := open(t)
	var specs []cell.Spec
	for _, typ := range []string{"decimal(18,4)", "integer", "bigint", "double"} {
		for _, k := range []cell.Spec{{}, {Kind: "number"}, {Kind: "money", Unit: "MXN"}, {Kind: "weight"}, {Kind: "length", Unit: "m"}, {Kind: "number", Decimal: "comma"}} {
			k.Type = typ
			specs = append(specs, k)
		}
	}
	all := []string{"excel_1900", "excel_1904", "chinese", "epoch_auto", "%m/%d/%Y", "%d.%m.%y %z", "iso"}
	specs = append(specs, cell.Spec{Type: "varchar", Kind: "id"}, cell.Spec{Type: "varchar", Kind: "id", Width: 12}, cell.Spec{Type: "boolean"},
		cell.Spec{Type: "timestamptz"}, cell.Spec{Type: "timestamptz", Zone: "z"}, cell.Spec{Type: "timestamptz", Zone: "'Asia/Shanghai'"}, cell.Spec{Type: "timestamptz", Formats: all, Zone: "z"}, cell.Spec{Type: "timestamptz", Formats: all, Zone: "'-03:30'"},
		cell.Spec{Type: "date"}, cell.Spec{Type: "date", Formats: all, Zone: "'Asia/Shanghai'"})
	pieces := []string{"0", "9", "99999999", "2147483648", "9223372036854775807", "99999999999999", "1E308", "e-400", "E+17", ".", ",", "-", "+", "(", ")", "$", "USD", "kg", "斤", "m", " ft", " lb ", "oz", "\"", "2026", "-12-", "31", " 25:61", "T24:00", "Z", "+14:00", "+08", "年", "月", "日", "下午", "%", "9999-12-31", "0001-01-01 00:00:00", "infinity", "nan", "\u00a0", "１", "x", "é", "🙂", "\t", "2958465", ".99999999", "4102444799"}
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.Custom(func(t *rapid.T) string {
			if rapid.Bool().Draw(t, "any") {
				return strings.ReplaceAll(rapid.StringN(0, 12, 40).Draw(t, "text"), "\x00", "")
			}
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 5).Draw(t, "pieces"), "")
		})
		var rows []string
		for range 30 {
			zone := rapid.SampledFrom([]string{"", "UTC", "Asia/Shanghai", "+08:00", "-14", "GMT+0", "a/b", "Mars/Olympus"}).Draw(rt, "zone")
			if rapid.Bool().Draw(rt, "odd zone") {
				zone = text.Draw(rt, "zone")
			}
			rows = append(rows, "("+engine.Literal(text.Draw(rt, "text"))+", "+engine.Literal(zone)+")")
		}
		s := rapid.SampledFrom(specs).Draw(rt, "spec")
		c, err := cell.Compile("x", s)
		if err != nil {
			rt.Fatal(err)
		}
		exprs := []string{c.Value, c.Blank}
		if c.Unit != "" {
			exprs = append(exprs, c.Unit)
		}
		if s.Type == "timestamptz" {
			exprs = append(exprs, cell.LocalSQL("x", s))
		}
		for _, x := range exprs {
			if err := e.Exec(context.Background(), "create or replace temp table out as select "+x+" as v from (values "+strings.Join(rows, ", ")+") as cells(x, z)"); err != nil {
				rt.Fatalf("%+v: %v", s, err)
			}
		}
	})
}

// An empty cell gives nothing, whatever the column.
func TestNullStaysNull(t *testing.T) {
	e := open(t)
	for _, s := range []cell.Spec{{Type: amount}, {Type: amount, Kind: "money"}, {Type: amount, Kind: "weight", Unit: "g"}, {Type: "varchar", Kind: "id", Width: 5}, {Type: "varchar", Kind: "id"}, {Type: "timestamptz", Formats: []string{"chinese"}}, {Type: "date"}, {Type: "boolean"}, {Type: "bigint"}} {
		c, err := cell.Compile("x", s)
		if err != nil {
			t.Fatal(err)
		}
		if c.Unit == "" {
			c.Unit = "null"
		}
		g := scan(t, e, "select coalesce(cast("+c.Value+" as varchar), '∅'), coalesce("+c.Unit+", '∅'), "+c.Blank+" from (select cast(null as varchar) as x)")
		if g[0].value != "∅" || g[0].unit != "∅" || g[0].blank {
			t.Errorf("%+v: %+v", s, g[0])
		}
	}
}

// The freight of a real file: numbers among explanations.
func TestRealFreight(t *testing.T) {
	dir := os.Getenv("WAYBILL_REALDATA")
	if dir == "" {
		t.Skip("WAYBILL_REALDATA is not set")
	}
	e := open(t)
	for _, kind := range []string{"", "number", "money"} {
		c, err := cell.Compile("x", cell.Spec{Type: amount, Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		g := scan(t, e, fmt.Sprintf(`select cast(sum(%s) as varchar), cast(count(%s) as varchar), false from (select "Freight Cost (USD)" as x from read_csv(%s, all_varchar = true, header = true))`,
			c.Value, c.Value, engine.Literal(filepath.Join(dir, "scms", "SCMS_Delivery_History_Dataset.csv"))))
		if g[0].value != "68817849.4100" || g[0].unit != "6198" {
			t.Errorf("kind %q: %s in %s rows", kind, g[0].value, g[0].unit)
		}
	}
}
