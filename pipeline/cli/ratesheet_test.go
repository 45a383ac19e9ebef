package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/pipeline/rate"
	"waybill/pipeline/run"
)

func TestRateExport(t *testing.T) {
	s := priced(t)
	if out := s.do("rate", "export", "eco"); !strings.HasSuffix(out, "/out/rates/eco.xlsx\n") {
		t.Error(out)
	}
	first, err := os.ReadFile(filepath.Join(s.dir, "out/rates/eco.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(s.dir, "other.xlsx")
	s.do("rate", "export", "eco", "--out", other)
	again, err := os.ReadFile(other)
	if err != nil || string(again) != string(first) {
		t.Errorf("the same card gives other bytes (%v)", err)
	}
	page := filepath.Join(s.dir, "eco.HTML")
	var made map[string]string
	s.decode(&made, "rate", "export", "eco", "--out", page, "--json")
	b, err := os.ReadFile(made["file"])
	if err != nil || made["file"] != page || !strings.HasPrefix(string(b), "<!DOCTYPE html>") || !strings.Contains(string(b), "92.00") {
		t.Errorf("%v: %.200s (%v)", made, b, err)
	}
	s.fails(exitUsage, "eco.pdf: a card is written as .xlsx or as .html; try: --out eco.html", "rate", "export", "eco", "--out", filepath.Join(s.dir, "eco.pdf"))
	s.fails(exitUsage, `there is no card "ecoo"; try: eco`, "rate", "export", "ecoo")
}

// priceSheet writes a sheet as a provider's price list looks: a title, two
// channels with a merged name each, a note below a blank row.
func priceSheet(t *testing.T, file string, edit map[string]any) {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	check := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	_, err := f.NewSheet("美国专线")
	check(err)
	for i, row := range [][]any{
		{"美国专线报价 2026年7月1日起"},
		{"国家/渠道", "重量段（KG）", "运费(RMB/KG)", "挂号费(RMB/票)", "备注"},
		{"美国带电", "0<W≤0.1", 99, 20, ""},
		{nil, "0.1<W≤30", 97.5, 20, ""},
		{"美国普货", "0＜W≤0.2", 94, "18.00", "ok"},
		{nil, "0.2＜W≤0.45", "¥91.25", 17, nil},
		{nil, "0.45＜W≤30", 88, 16.5, nil},
		{},
		{"备注：以上报价不含燃油附加费"},
	} {
		check(f.SetSheetRow("美国专线", "A"+strconv.Itoa(i+1), &row))
	}
	check(f.MergeCell("美国专线", "A3", "A4"))
	check(f.MergeCell("美国专线", "A5", "A7"))
	for cell, v := range edit {
		check(f.SetCellValue("美国专线", cell, v))
	}
	check(f.SaveAs(file))
}

// docsMapping is the mapping that docs/rates.md shows.
func docsMapping(t *testing.T) string {
	t.Helper()
	for _, f := range fences(t, "docs/rates.md") {
		if fileOf(f) == "yun_prices.yaml" {
			return f.text
		}
	}
	t.Fatal("docs/rates.md shows no yun_prices.yaml")
	return ""
}

func TestRateImport(t *testing.T) {
	s := priced(t)
	mapping := docsMapping(t)
	s.write("map.yaml", mapping)
	sheet, at := filepath.Join(s.dir, "prices.xlsx"), filepath.Join(s.dir, "map.yaml")
	file := filepath.Join(s.dir, "rates/eco/prices.csv")
	held := func(want string) {
		t.Helper()
		if b, err := os.ReadFile(file); err != nil || string(b) != want {
			t.Errorf("prices.csv is %q (%v), want %q", b, err, want)
		}
	}
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	old := string(first)
	try := []string{"rate", "import", "eco", sheet, "--map", at}
	for _, c := range []struct {
		name, says string
		edit       map[string]any
		mapping    []string // old, new
	}{
		{"no number", `prices.xlsx: sheet "美国专线" C6: "面议" is no amount in CNY of at most four decimals; try: none in the mapping`, map[string]any{"C6": "面议"}, nil},
		{"other money", `sheet "美国专线" C6: "$91" is no amount in CNY`, map[string]any{"C6": "$91"}, nil},
		{"other currency", `sheet "美国专线" C2: the column is in USD and the card in CNY`, map[string]any{"C2": "运费(USD/KG)"}, []string{"运费(RMB/KG)", "运费(USD/KG)"}},
		{"range", `sheet "美国专线" B6: "面议" is no range of weights; try: 0<W≤0.2`, map[string]any{"B6": "面议"}, nil},
		{"open end", `sheet "美国专线" B6: the upper end of "0.2<W<0.45" does not belong to it`, map[string]any{"B6": "0.2<W<0.45"}, nil},
		{"lower end", `sheet "美国专线" B6: the lower end of "0.2≤W≤0.45" belongs to it`, map[string]any{"B6": "0.2≤W≤0.45"}, nil},
		{"gap", `rates/eco/prices.csv:3:1: no band holds above 0.2 up to 0.3, after line 2 (` + sheet + `: sheet "美国专线" row 6)`, map[string]any{"B6": "0.3<W≤0.45"}, nil},
		{"no column", `there is no column "运费"; try: header or sheet in the mapping, or one of 国家/渠道, 重量段（KG）`, nil, []string{"运费(RMB/KG)", "运费"}},
		{"no row", `map.yaml:11:8: no row of the sheet has "美国特货" in the column "国家/渠道"`, nil, []string{"[美国普货]", "[美国特货]"}},
		{"no version", `eco has no version from 2026-07-01; try: 2026-01-01`, nil, []string{"2026-01-01", "2026-07-01"}},
		{"no table", `map.yaml:2:8: table "price"; try: matrix, percents, prices, zips, zones`, nil, []string{"table: prices", "table: price"}},
		{"no key", `unknown`, nil, []string{"fill:", "fil:"}},
		{"no charge", `charge is missing`, nil, []string{"table: prices", "table: zips"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s
			s.T = t
			priceSheet(t, sheet, c.edit)
			text := mapping
			if c.mapping != nil {
				if text = strings.Replace(mapping, c.mapping[0], c.mapping[1], 1); text == mapping {
					t.Fatalf("%q is not in the mapping", c.mapping[0])
				}
			}
			s.write("map.yaml", text)
			s.fails(exitUsage, c.says, try...)
			held(old)
		})
	}
	s.write("map.yaml", mapping)
	priceSheet(t, sheet, nil)
	want := "over,up_to,fixed,unit_price\n0,0.2,18,94\n0.2,0.45,17,91.25\n0.45,30,16.5,88\n"
	// a version that knows the card: only then is there something to move
	s.write("inbox/parcels/b.csv", "id,provider,channel,label,zip,kg,features\nP4,yun,ECO,2026-05-02 12:00,90210,1.00,\n")
	s.do("ingest")
	out := s.do(append(try, "--dry-run")...)
	// 1 kg: 92.00 + 18 + 15.25 % of 92.00 = 124.03; 16.50 + 88.00 + 18 + 15.94 = 138.44
	if want := "\neco: the card changed: in 2026-05 1 parcels cost 138.44 instead of 124.03 CNY\n"; !strings.Contains(out, want) {
		t.Errorf("%s lacks %s", out, want)
	}
	if !strings.Contains(out, "- 0.2,0.45,95\n") || !strings.Contains(out, "+ 0.2,0.45,17,91.25\n") || !strings.HasSuffix(out, "rates/eco/prices.csv: 3 rows of sheet \"美国专线\", would be written\n") {
		t.Error(out)
	}
	held(old)
	var made run.CardImport
	s.decode(&made, append(try, "--json")...)
	if made.Rows != 3 || len(made.Added) != 4 || len(made.Removed) != 4 || !made.Written || made.Sheet != "美国专线" {
		t.Errorf("%+v", made)
	}
	held(want)
	if out := s.do(try...); !strings.HasSuffix(out, "is as the sheet says, and nothing was written\n") {
		t.Error(out)
	}
	var p rate.Price
	s.decode(&p, "rate", "price", "--card", "eco", "--weight", "0.3kg", "--country", "US", "--zip", "90210", "--day", "2026-03-02", "--json")
	if p.Charges[0].Amount != "44.38" { // 17 + 0.3 x 91.25 = 44.375
		t.Errorf("%+v", p.Charges[0])
	}
	s.fails(exitUsage, "--map is missing", "rate", "import", "eco", sheet)
	s.fails(exitUsage, `there is no card "ecoo"`, "rate", "import", "ecoo", sheet, "--map", at)
	s.fails(exitUsage, "no such file", "rate", "import", "eco", sheet+"x", "--map", at)
}
