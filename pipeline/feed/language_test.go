package feed_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"waybill/pipeline/feed"
)

const orders = `outputs:
  - table: orders_in
    columns:
      platform: {value: p}
      shop_id: {value: s}
      order_id: {from: [Order ID, 订单号]}
`

const shipments = `outputs:
  - table: shipments_in
    columns:
      platform: {value: p}
      shop_id: {value: s}
      order_id: {from: [Order ID, 订单号]}
`

// What a mapping says about cells and rows, as the engine runs it.
func TestTables(t *testing.T) {
	e := session(t)
	for name, c := range map[string]struct {
		feed string
		in   feed.Input
		show []string
		want []string
	}{
		"the name is found folded": {
			orders + "      state: {from: State}\n",
			table([]string{" order id", "ＳＴＡＴＥ"}, []string{"1", "CA"}),
			[]string{"order_id", "state"}, []string{"1|CA"}},
		"the exact name wins, then the first": {
			orders + "      state: {from: State}\n",
			table([]string{"Order ID ", "ＳＴＡＴＥ", "State"}, []string{"1", "a", "b"}),
			[]string{"order_id", "state"}, []string{"1|b"}},
		"else the first that is equal": {
			orders + "      state: {from: State}\n",
			table([]string{"Order ID", "ＳＴＡＴＥ", "\"State\""}, []string{"1", "a", "b"}),
			[]string{"order_id", "state"}, []string{"1|a"}},
		"the first synonym that the file has": {
			orders + "      state: {from: [Province, State]}\n",
			table([]string{"订单号", "State", "other"}, []string{"1", "CA", "x"}),
			[]string{"order_id", "state"}, []string{"1|CA"}},
		"quoted names in where and expr are found like any other": {
			orders + "      state: {expr: 'upper(\"STATE\")'}\n      city: {expr: '\"Nowhere\" || 1'}\n    where: |\n      \"Order ID\" <> 'Order ID' -- \"not a name\"\n",
			table([]string{"订单号", "State"}, []string{"1", "ca"}, []string{"Order ID", "x"}),
			[]string{"order_id", "state", "city"}, []string{"1|CA|∅"}},
		"trim": {
			"trim: true\n" + orders + "      state: {from: State, map: {CA: California}}\n      city: {from: City}\n    where: |\n      \"State\" = 'CA'\n",
			table([]string{"Order ID", "State", "City"}, []string{"1", "CA\t", "\t"}, []string{"2", "\u3000CA ", " 上海\u00a0"}),
			[]string{"order_id", "state", "city"}, []string{"1|California|∅", "2|California|上海"}},
		"once": {
			orders + "      amount: {from: A}\n    once: true\n",
			table([]string{"Order ID", "A"}, []string{"1", "5"}, []string{"2", "x"}, []string{"1", "9"}, []string{"2", "7"}, []string{"∅", "1"}, []string{"∅", "2"}, []string{"1\t", "3"}),
			[]string{"order_id", "amount"}, []string{"1|5.0000", `! amount "x" is no amount with up to 4 decimals`, `! order_id "∅" is empty`, `! order_id "∅" is empty`}},
		"fill named columns": {
			orders + "      state: {from: State}\n      city: {from: City}\n    fill: {by: Order ID, columns: [state]}\n",
			table([]string{"Order ID", "State", "City"}, []string{"1", "CA", "x"}, []string{"1", "∅", "∅"}, []string{"2", "∅", "∅"}, []string{"2", "NY", "∅"}, []string{"∅", "TX", "z"}, []string{"∅", "∅", "z"}),
			[]string{"order_id", "state", "city"}, []string{"1|CA|x", "1|CA|∅", "2|NY|∅", "2|NY|∅", `! order_id "∅" is empty`, `! order_id "∅" is empty`}},
		"fill all, and where sees it": {
			orders + "      state: {from: State}\n      city: {from: City}\n    fill: {by: 订单号}\n    where: |\n      \"State\" <> ''\n",
			table([]string{"Order ID", "State", "City"}, []string{"1", "CA", "x"}, []string{"1", "∅", "y"}, []string{"2", "∅", "z"}),
			[]string{"order_id", "state", "city"}, []string{"1|CA|x", "1|CA|y"}},
		"ids are mended, damaged ones rejected": {
			orders,
			table([]string{"Order ID"}, []string{"577123\t"}, []string{"'577123"}, []string{`="577123"`}, []string{"５７７"}, []string{"577123.0"}, []string{"5.77E+17"}, []string{"\t"}, []string{"a-B_9"}),
			[]string{"order_id"}, []string{"577123", "577123", "577123", "577", "577123", `! order_id "5.77E+17" is no intact number`, `! order_id "\t" is empty`, "a-B_9"}},
		"as text leaves an id alone": {
			"outputs:\n  - table: orders_in\n    columns: {platform: {value: p}, shop_id: {value: s}, order_id: {from: O, as: text}}\n",
			table([]string{"O"}, []string{"5.77E+17"}),
			[]string{"order_id"}, []string{"5.77E+17"}},
		"an id of a declared width": {
			orders + "      postal_code: {from: Zip, as: id, width: 5}\n",
			table([]string{"Order ID", "Zip"}, []string{"1", "2139"}, []string{"2", "02139"}, []string{"3", "∅"}),
			[]string{"postal_code"}, []string{"02139", "02139", "∅"}},
		"money and its currency": {
			orders + "      amount: {from: A, as: money, unit: USD}\n",
			table([]string{"Order ID", "A"}, []string{"1", "$1,022.25"}, []string{"2", "MXN 790.00"}, []string{"3", "12"}, []string{"4", "--"}, []string{"5", "abc"}),
			[]string{"amount", "currency"}, []string{"1022.2500|USD", "790.0000|MXN", "12.0000|USD", "∅|∅", `! amount "abc" is no amount of money with up to 4 decimals`}},
		"a currency that contradicts its column": {
			orders + "      amount: {from: A, as: money}\n      currency: {from: C}\n",
			table([]string{"Order ID", "A", "C"}, []string{"1", "USD 5", "USD"}, []string{"2", "5", "MXN"}, []string{"3", "USD 5", "MXN"}),
			[]string{"amount", "currency"}, []string{"5.0000|USD", "5.0000|MXN", `! amount "USD 5" names another unit than currency`}},
		"weight and length units": {
			shipments + "      tracking_number: {from: [Order ID]}\n      weight: {from: W, as: weight, unit: g}\n      length: {from: L, as: length, unit: m}\n      width: {from: B, as: length, unit: m}\n",
			table([]string{"Order ID", "W", "L", "B"}, []string{"1", "500", "∅", "∅"}, []string{"2", "20lbs", "1", "0.5"}, []string{"3", "heavy", "∅", "∅"}, []string{"4", "1.5 kg", "10in", "3 cm"}),
			[]string{"weight", "weight_unit", "length", "width", "length_unit"},
			[]string{"500.0000|g|∅|∅|∅", "20.0000|lb|100.0000|50.0000|cm", `! weight "heavy" is no weight with a unit that is known`, `! width "3 cm" has another unit than length`}},
		"a weight in the unit that its column says": {
			shipments + "      tracking_number: {from: [Order ID]}\n      weight: {from: W, as: weight}\n      weight_unit: {from: U, map: {KG: kg, LB: lb}}\n",
			table([]string{"Order ID", "W", "U"}, []string{"1", "500", "KG"}, []string{"2", "20lbs", "lb "}, []string{"3", "20 lbs", "Kg"}),
			[]string{"weight", "weight_unit"},
			[]string{"500.0000|kg", "20.0000|lb", `! weight "20 lbs" names another unit than weight_unit`}},
		"the file's name, alone or for cells that are empty": {
			orders + "      state: {filename: '^([a-z]+)'}\n      city: {from: City, filename: '_(\\d+)'}\n      country: {from: Nowhere, filename: '(x|$)'}\n",
			feed.Input{File: "bill_2026.csv", Columns: table([]string{"Order ID", "City"}).Columns, Relation: table([]string{"Order ID", "City"}, []string{"1", "a"}, []string{"2", " "}, []string{"3", "∅"}).Relation},
			[]string{"order_id", "state", "city", "country"}, []string{"1|bill|a|∅", "2|bill|2026|∅", "3|bill|2026|∅"}},
		"a turned sign": {
			orders + "      amount: {from: A, as: money, unit: USD, sign: turn}\n      handling_days: {from: F, sign: turn}\n",
			table([]string{"Order ID", "A", "F"}, []string{"1", "(12.50)", "-1"}, []string{"2", "$3", "2"}, []string{"3", "∅", "0"}, []string{"4", "x", "1"}),
			[]string{"amount", "currency", "handling_days"}, []string{"12.5000|USD|1", "-3.0000|USD|-2", "∅|∅|0", `! amount "x" is no amount of money with up to 4 decimals`}},
		"the sheet's name is empty in a text file": {
			"sheets: [~x~]\n" + orders + "      state: {from: \"sheet:name\"}\n    where: |\n      not contains(\"sheet:name\", 'x')\n",
			table([]string{"Order ID"}, []string{"1"}),
			[]string{"order_id", "state"}, []string{"1|∅"}},
		"decimal comma": {
			"decimal: comma\n" + orders + "      amount: {from: A}\n",
			table([]string{"Order ID", "A"}, []string{"1", "1.234,50"}, []string{"2", "35,91"}, []string{"3", "7"}),
			[]string{"amount"}, []string{"1234.5000", "35.9100", "7.0000"}},
		"plain amounts are as strict as ever": {
			orders + "      amount: {from: A}\n",
			table([]string{"Order ID", "A"}, []string{"1", "1,5"}, []string{"2", "0.12345"}, []string{"3", "0.12340"}, []string{"4", "$1"}),
			[]string{"amount"}, []string{`! amount "1,5" is no amount with up to 4 decimals`, `! amount "0.12345" is no amount with up to 4 decimals`, "0.1234", `! amount "$1" is no amount with up to 4 decimals`}},
		"times: words, tabs, zone of a column": {
			"zone: America/Los_Angeles\n" + orders + "      created_at: {from: A, formats: [excel_1900, '%m/%d/%Y %I:%M:%S %p']}\n      approved_at: {from: B, zone: Asia/Shanghai}\n      shipped_at: {from: C, formats: [chinese], zone: Asia/Shanghai}\n",
			table([]string{"Order ID", "A", "B", "C"}, []string{"1", "45658.5", "2026-01-05 08:00:00", "2026年1月5日 08:00"}, []string{"2", "12/15/2025 09:30:33 AM\t", "2026-01-05T08:00:00Z", "∅"}),
			[]string{"epoch(created_at)::bigint", "epoch(approved_at)::bigint", "epoch(shipped_at)::bigint"}, []string{"1735761600|1767571200|1767571200", "1765819833|1767600000|∅"}},
		"a map without regard to case and blanks, exact first": {
			orders + "      order_status: {from: S, map: {Shipped: shipped, x: small, X: big}, else: absent}\n",
			table([]string{"Order ID", "S"}, []string{"1", "Shipped"}, []string{"2", "SHIPPED "}, []string{"3", "x"}, []string{"4", "X"}, []string{"5", "x "}),
			[]string{"order_status"}, []string{"shipped", "shipped", "small", "big", "∅"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := parse(t, "format: csv\n"+c.feed)
			same(t, show(t, e, f, 0, c.in, c.show...), c.want...)
		})
	}
}

const scans = `outputs:
  - table: tracking_events
    columns:
      tracking_number: {from: ^^.number}
      carrier: {from: ^.provider.name}
      text: {from: [description, raw.text]}
      event_at: {from: [utc, iso], formats: [iso]}
      place: {expr: "concat_ws('/', item->>'$.a', item1->>'$.provider.key', record->>'$.tag')"}
    explode: [$.info.providers, $.events]
`

func TestJSON(t *testing.T) {
	e := session(t)
	for name, c := range map[string]struct {
		feed string
		in   feed.Input
		show []string
		want []string
	}{
		"levels, climbing and the first value": {
			scans,
			records(`{"number": "N1\t", "tag": "T", "info": {"providers": [
			   {"provider": {"name": "A", "key": 7}, "events": [{"description": "d1", "utc": "2026-01-05T08:00:00Z", "a": 1}, {"description": "", "raw": {"text": "d2"}, "utc": null, "iso": "2026-01-05T08:00:00+08:00"}]},
			   {"provider": {"name": "B"}, "events": null}, {"provider": {"name": "C"}}]}}`,
				`{"number": "N2", "info": {"providers": null}}`, `{"number": "N3"}`,
				`{"number": "N4", "info": {"providers": {"provider": {"name": "D"}, "events": {"description": "one", "utc": "2026-01-05T08:00:00Z"}}}}`,
				`{"number": "N5", "info": {"providers": "none"}}`),
			[]string{"tracking_number", "carrier", "text", "epoch(event_at)::bigint", "place"},
			[]string{"N1|A|d1|1767600000|1/7/T", "N1|A|d2|1767571200|7/T", "N4|D|one|1767600000|∅"}},
		"one level, parent, every element by a wildcard": {
			"outputs:\n  - table: tracking_events\n    explode: $.a[*].b[*]\n    columns: {tracking_number: {parent: n}, event_at: {from: t, formats: [epoch_us]}, code: {from: c, map: {'5': five}}}\n",
			records(`{"n": "N1", "a": [{"b": [{"t": 1767600000000000, "c": 5}]}, {"b": [{"t": "1767600000000000"}]}]}`),
			[]string{"tracking_number", "epoch(event_at)::bigint", "code"}, []string{"N1|1767600000|five", "N1|1767600000|∅"}},
		"the zone of each row": {
			"zone: UTC\noutputs:\n  - table: tracking_events\n    explode: checkpoints\n    columns: {tracking_number: {parent: n}, event_at: {from: t, zone_from: z}}\n",
			records(`{"n": "N1", "checkpoints": [{"t": "2026-01-05 08:00:00", "z": "+08:00"}, {"t": "2026-01-05 08:00:00", "z": "America/New_York"}, {"t": "2026-01-05 08:00:00"}, {"t": "2026-01-05T08:00:00+01:00", "z": "GMT+8"}, {"t": "2026-01-05 08:00:00", "z": "Middle/Earth"}]}`),
			[]string{"epoch(event_at)::bigint", "_explicit"},
			[]string{"1767571200|true", "1767618000|true", "1767600000|false", "1767596400|true", `! event_at "2026-01-05 08:00:00" is no time or is empty`}},
	} {
		t.Run(name, func(t *testing.T) {
			f := parse(t, "format: json\n"+c.feed)
			same(t, show(t, e, f, 0, c.in, c.show...), c.want...)
		})
	}
}

// Local times that do not exist or exist twice are noted, in the zone of their
// column; text that says its offset is not.
func TestClockChanges(t *testing.T) {
	e := session(t)
	f := parse(t, `format: csv
zone: Asia/Shanghai
outputs:
  - table: orders_in
    columns:
      platform: {value: p}
      shop_id: {value: s}
      order_id: {from: O}
      created_at: {from: A, zone: America/New_York}
      approved_at: {from: A}
      shipped_at: {from: A, formats: ["%Y-%m-%d %H:%M:%S", chinese], zone: America/New_York}
`)
	same(t, show(t, e, f, 0, table([]string{"O", "A"}, []string{"1", "2026-03-08 02:30:00"}, []string{"2", "2026-11-01 01:30:00"}, []string{"3", "2026-11-01 12:30:00"}), "_flags"),
		"created_at:gap,shipped_at:gap", "created_at:fold,shipped_at:fold", "∅")
}

// What sentinels stood for is counted once a record of the output.
func TestAbsences(t *testing.T) {
	e := session(t)
	f := parse(t, "format: csv\nsentinels: {'n/a': not_known}\n"+orders+"      state: {from: S}\n    once: true\n    where: |\n      \"Order ID\" <> '3'\n")
	p, err := f.Compile(f.Outputs[0], contracts(t)["orders_in"], table([]string{"Order ID", "S"}, []string{"1", "n/a"}, []string{"1", "n/a"}, []string{"2", "n/a"}, []string{"3", "n/a"}))
	if err != nil {
		t.Fatal(err)
	}
	var column, meaning string
	var n int
	rows, err := e.Query(t.Context(), p.Absences)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&column, &meaning, &n); err != nil {
			t.Fatal(err)
		}
	}
	if rows.Err() != nil || column != "state" || meaning != "not_known" || n != 2 {
		t.Errorf("%s %s %d %v", column, meaning, n, rows.Err())
	}
}

// A column that the file lacks is absent, with all that hangs on it.
func TestAbsent(t *testing.T) {
	f := parse(t, "format: csv\n"+shipments+"      tracking_number: {from: T}\n      weight: {from: W, as: weight}\n      cost_amount: {from: C, as: money}\n      state: {expr: 'upper(\"S\")'}\n")
	shipmentsIn := contracts(t)["shipments_in"]
	p, err := f.Compile(f.Outputs[0], shipmentsIn, feed.Input{Columns: []string{"订单号", "t", "C"}, Relation: "x"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"weight": true, "weight_unit": true, "state": true, "cost_amount": false, "cost_currency": false, "tracking_number": false, "country": true} {
		if got := slices.Contains(p.Absent, name); got != want {
			t.Errorf("%s absent: %v", name, got)
		}
		if got := p.Mask>>shipmentsIn.Bit(name)&1 == 1; got != want {
			t.Errorf("%s in the mask: %v", name, got)
		}
	}
	_, err = f.Compile(f.Outputs[0], shipmentsIn, feed.Input{Columns: []string{"T", "C"}, Relation: "x"})
	if err != nil {
		t.Errorf("order_id is not required of a parcel: %v", err)
	}
	f = parse(t, "format: csv\n"+orders+"    where: '\"Nowhere\" = 1'\n")
	for want, columns := range map[string][]string{`"Order ID", "订单号"`: {"x"}, `"Nowhere", which the file`: {"Order ID"}} {
		_, err := f.Compile(f.Outputs[0], contracts(t)["orders_in"], feed.Input{Columns: columns, Relation: "x"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v", err)
		}
	}
}

func TestNames(t *testing.T) {
	f := parse(t, "format: csv\n"+orders+"      city: {from: City, zone_from: [], sentinels: {}}\n      created_at: {from: T, zone_from: Z}\n    fill: {by: Group}\n")
	all, required := f.Names(contracts(t))
	if got := fmt.Sprint(all, required); got != "[[City] [Group] [Order ID 订单号] [T] [Z]] [[Order ID 订单号]]" {
		t.Error(got)
	}
	if got := fmt.Sprint(f.Missing(contracts(t), []string{"订单号", "CITY", "z"})); got != "[[Group] [T]]" {
		t.Error(got)
	}
}

// The same mapping and columns give the same SQL: maps have no order.
func TestCompileIsStable(t *testing.T) {
	text := "format: csv\nsentinels: {a: x, b: y, '~c~': z}\n" + orders + "      state: {from: [S, T, U], map: {x: y, X: z, p: q}, else: reject}\n      city: {expr: '\"T\" || \"U\"'}\n      country: {from: [U, T]}\n    where: '\"T\" <> 1'\n    fill: {by: Order ID}\n"
	in := feed.Input{Columns: []string{"Order ID", "U", "V"}, Relation: "x"}
	first := ""
	for range 20 {
		f := parse(t, text)
		p, err := f.Compile(f.Outputs[0], contracts(t)["orders_in"], in)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = p.Select + p.Absences
		}
		if p.Select+p.Absences != first {
			t.Fatalf("%s\n%s", first, p.Select+p.Absences)
		}
	}
}
