package feed_test

import (
	"slices"
	"strings"
	"testing"

	"waybill/pipeline/feed"
)

// bill is an output of billing_lines_in with these lines.
func bill(lines, more string) string {
	return `outputs:
  - table: billing_lines_in
    lines: ` + lines + `
    columns:
      provider: {value: p}
      bill_no: {from: [账单号, Invoice Number]}
      tracking_number: {from: [运单号, Tracking]}
      charge_raw: {from: "line:name"}
      amount: {from: "line:amount", as: money, unit: CNY}
      line_no: {from: "line:no"}
` + more
}

const fees = `{columns: [运费, "~费$~"], except: [总费用, "~^仓~"]}`

// A row per charge, under its record's number.
func TestLines(t *testing.T) {
	e := session(t)
	pairs := `{pairs: {name: Charge Description, amount: Charge Amount}}`
	wide := []string{"账单号", "运单号", "运费", "燃油费", "仓租费", "总费用", "偏远费", "重量"}
	for name, c := range map[string]struct {
		feed string
		in   feed.Input
		want []string
	}{
		"columns in the order of the file, empty and zero give none": {
			bill(fees, ""),
			table(wide, []string{"B1", "N1", "10", "2.5", "9", "12.5", "∅", "1"}, []string{"B1", "N2", "0", "0.000", "9", "0", "￥0.00", "1"}, []string{"B1", "N3", "-", " ", "9", "0", "(3.10)", "1"}, []string{"B1", "N3", "-4", "--", "9", "0", "0.00", "1"}),
			[]string{"1|B1|N1|运费|10.0000|CNY|1", "1|B1|N1|燃油费|2.5000|CNY|2", "3|B1|N3|偏远费|-3.1000|CNY|3", "4|B1|N3|运费|-4.0000|CNY|1"}},
		"a pattern takes no column that another from reads, a name does": {
			bill(`{columns: ["~费$~", 偏远费], except: [仓租费, 总费用]}`, "      record_total: {from: 燃油费, as: money}\n      note: {from: 偏远费}\n"),
			table(wide, []string{"B1", "N1", "10", "2.5", "9", "12.5", "1", "1"}),
			[]string{"1|B1|N1|运费|10.0000|CNY|1", "1|B1|N1|偏远费|1.0000|CNY|2"}},
		"a header that stands twice counts twice": {
			bill(`{columns: [其他费, 运费]}`, ""),
			table([]string{"账单号", "运单号", "其他费", "运费", "其他费 (2)", "其他费.1", "运费 (甲)"}, []string{"B1", "N1", "1", "2", "3", "4", "5"}),
			[]string{"1|B1|N1|其他费|1.0000|CNY|1", "1|B1|N1|运费|2.0000|CNY|2", "1|B1|N1|其他费|3.0000|CNY|3", "1|B1|N1|其他费|4.0000|CNY|4"}},
		"names are compared folded": {
			bill(`{columns: [燃油费, fuel surcharge]}`, ""),
			table([]string{"账单号", "运单号", "燃油费 ", "Fuel  Surcharge"}, []string{"B1", "N1", "1", "2"}),
			[]string{"1|B1|N1|燃油费 |1.0000|CNY|1", "1|B1|N1|Fuel  Surcharge|2.0000|CNY|2"}},
		"a record with one cell that is no amount is rejected whole, with the cell's own column": {
			bill(fees, ""),
			table(wide, []string{"B1", "N1", "10", "two", "9", "12.5", "x", "1"}, []string{"B1", "N2", "1", "∅", "∅", "1", "∅", "1"}),
			[]string{`1! amount "燃油费\x1ftwo" is no amount of money with up to 4 decimals or is empty`, "2|B1|N2|运费|1.0000|CNY|1"}},
		"so is one that fails in a column of the record, once": {
			bill(fees, "      bill_date: {from: 重量}\n"),
			table(wide, []string{"B1", "N1", "10", "2", "9", "12.5", "3", "soon"}),
			[]string{`1! bill_date "soon" is no date`}},
		"where and trim come first": {
			"trim: true\n" + bill(fees, "    where: |\n      \"运单号\" <> '合计'\n"),
			table(wide, []string{"B1", "合计", "10", "2", "9", "12.5", "3", ""}, []string{"B1", "N1\t", "\u300010 ", "\t", "9", "12.5", "0\t", ""}),
			[]string{"2|B1|N1|运费|10.0000|CNY|1"}},
		"pairs, however many": {
			bill(pairs, ""),
			table([]string{"Invoice Number", "Charge Description", "Charge Amount", "Charge Description (2)", "Charge Amount (2)", "charge description.2", "Charge  Amount.2", "Tracking"},
				[]string{"1", "Fuel", "2.50", "∅", "∅", "Residential", "4", "N1"}, []string{"1", "∅", "0.00", "Fuel", "1", "Discount", "-2", "N2"}),
			[]string{"1|1|N1|Fuel|2.5000|CNY|1", "1|1|N1|Residential|4.0000|CNY|3", "2|1|N2|Fuel|1.0000|CNY|2", "2|1|N2|Discount|-2.0000|CNY|3"}},
		"columns and pairs: the columns first, each cell once": {
			bill(`{columns: [运费, "~Amount$~"], pairs: {name: Charge Description, amount: Charge Amount}}`, ""),
			table([]string{"Invoice Number", "Charge Description", "Charge Amount", "运费", "Charge Description (2)", "Charge Amount (2)", "Tracking"},
				[]string{"1", "Fuel", "2.50", "10", "Discount", "-2", "N1"}),
			[]string{"1|1|N1|运费|10.0000|CNY|1", "1|1|N1|Fuel|2.5000|CNY|2", "1|1|N1|Discount|-2.0000|CNY|3"}},
		"an amount without a name is a reject": {
			bill(pairs, ""),
			table([]string{"Invoice Number", "Charge Description", "Charge Amount", "Tracking"}, []string{"1", "∅", "2.50", "N1"}),
			[]string{`1! charge_raw "Charge Amount\x1f∅" is empty`}},
		"decimal commas": {
			"decimal: comma\n" + bill(fees, ""),
			table(wide, []string{"B1", "N1", "1.234,50", "0,00", "9", "12.5", "∅", "1"}),
			[]string{"1|B1|N1|运费|1234.5000|CNY|1"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := parse(t, "format: csv\n"+c.feed)
			got := show(t, e, f, 0, c.in, "_rn", "bill_no", "tracking_number", "charge_raw", "amount", "currency", "line_no")
			var want []string
			for _, w := range c.want { // show gives no number of a reject
				if at := strings.Index(w, "! "); at >= 0 {
					w = w[at:]
					w = strings.ReplaceAll(w, "∅", "")
				}
				want = append(want, w)
			}
			same(t, got, want...)
		})
	}
}

// One record is one line where the export says so itself.
func TestOneLineARecord(t *testing.T) {
	f := parse(t, `format: csv
outputs:
  - table: billing_lines_in
    columns: {provider: {value: p}, bill_no: {from: B}, charge_raw: {from: C}, amount: {from: A}}
`)
	same(t, show(t, session(t), f, 0, table([]string{"B", "C", "A"}, []string{"B1", "Fuel", "0"}, []string{"B1", "Fuel", "2"}, []string{"B1", "Fuel", "2"}), "charge_raw", "amount", "line_no"),
		"Fuel|0.0000|1", "Fuel|2.0000|1", "Fuel|2.0000|1")
	if f.Outputs[0].Numbers(contracts(t)["billing_lines_in"], false) {
		t.Error("rows in file order need no number")
	}
}

// What a file lacks, and what a mapping expects of it.
func TestLinesOfAFile(t *testing.T) {
	tables := contracts(t)
	compile := func(text string, columns ...string) error {
		f := parse(t, "format: csv\n"+text)
		_, err := f.Compile(f.Outputs[0], tables["billing_lines_in"], feed.Input{Columns: columns, Relation: "x"})
		return err
	}
	for want, err := range map[string]error{
		`the file has none of "运费", "~费$~"`:                                       compile(bill(fees, ""), "账单号", "仓租费", "总费用"),
		`2 columns "D" do not pair with 1 columns "A"`:                            compile(bill("{pairs: {name: D, amount: A}}", ""), "账单号", "D", "A", "D (2)"),
		`the file has 0 columns "D" and 1 columns "A"`:                            compile(bill("{pairs: {name: D, amount: A}}", ""), "账单号", "A"),
		`output billing_lines_in has lines, which are for tables; try: explode`:   compileJSON(t, bill(fees, "")),
		`column "账单号", "Invoice Number" is not in the file, and billing_lines_in`: compile(bill(fees, ""), "运费"),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f := parse(t, "format: csv\n"+bill(`{columns: [运费, 挂号费, "~费$~"]}`, ""))
	all, required := f.Names(tables)
	if !slices.ContainsFunc(all, func(n []string) bool { return n[0] == "挂号费" }) || len(required) != 1 {
		t.Errorf("%v, of which required %v", all, required)
	}
	if got := f.Missing(tables, []string{"账单号", "运费"}); len(got) != 1 || got[0][0] != "运单号" {
		t.Errorf("a charge that nobody billed is no missing column: %v", got)
	}
	head := feed.Head{Columns: []string{"账单号", "运费", "燃油费"}, Rows: [][]string{{"B1", "1", "2"}}}
	f.Template = &feed.Template{Title: "x", Kind: "bills", Signature: feed.Signature{All: []string{"账单号"}}}
	if s := feed.Guess([]*feed.Feed{f}, head); len(s) != 1 || s[0].Confidence != 1 {
		t.Errorf("%v", s)
	}
}

func compileJSON(t *testing.T, text string) error {
	f := parse(t, text)
	_, err := f.Compile(f.Outputs[0], contracts(t)["billing_lines_in"], feed.Input{JSON: true, Relation: "x"})
	return err
}

// The same mapping gives the same SQL.
func TestLinesAreStable(t *testing.T) {
	in := feed.Input{Columns: []string{"账单号", "运单号", "运费", "燃油费"}, Relation: "x"}
	first := ""
	for range 20 {
		f := parse(t, "format: csv\nsentinels: {'n/a': not_known}\n"+bill(fees, ""))
		p, err := f.Compile(f.Outputs[0], contracts(t)["billing_lines_in"], in)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = p.Select
		}
		if p.Select != first {
			t.Fatalf("%s\n%s", first, p.Select)
		}
	}
}
