package rate_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"waybill/pipeline/rate"
)

// imported reads rows ("a|b") under a mapping into the good card, whose files
// may be edited before.
func imported(mapping, head string, rows ...string) (string, error) {
	files := fstest.MapFS{}
	for name, text := range goodCard {
		if name == "card.yaml" && strings.Contains(mapping, "table: matrix") {
			text = strings.Replace(text, "prices: prices.csv", "matrix: matrix.csv", 1)
		}
		files["c/"+name] = &fstest.MapFile{Data: []byte(text), Mode: fs.ModePerm}
	}
	m, err := rate.ParseMapping("map.yaml", []byte(mapping))
	if err != nil {
		return "", err
	}
	g := rate.Grid{Columns: strings.Split(head, "|"), Place: func(r, c int) string { return fmt.Sprintf("r%dc%d", r+1, c+1) }}
	for _, r := range rows {
		g.Records = append(g.Records, strings.Split(r, "|"))
	}
	out, err := rate.Import(files, "c", m, g)
	return string(out.Text), err
}

func TestImport(t *testing.T) {
	const v = "version: 2026-01-01\n"
	for _, c := range []struct {
		name, mapping, head string
		rows                []string
		want                string // of the file, or within the error
	}{
		{"matrix", "table: matrix\n" + v + "columns: {up_to: KG}\nzones: {A: 1区, B: 2区}\n", "KG|1区|2区", []string{"1|5|6.50", "30|7|1,008"}, "up_to,A,B\n1,5,6.5\n30,7,1008\n"},
		{"matrix with a hole", "table: matrix\n" + v + "columns: {up_to: KG}\nzones: {A: 1区, B: 2区}\n", "KG|1区|2区", []string{"1|5|", "30|7|8"}, "r1c3: the price of zone B is empty"},
		{"grams", "table: prices\n" + v + "columns: {up_to: 重量(g), fixed: 价}\n", "重量(g)|价", []string{"1000|5", "30kg|6"}, "up_to,fixed\n1,5\n30,6\n"},
		{"unit of the mapping", "table: prices\n" + v + "weight: oz\ncolumns: {up_to: W, fixed: P}\n", "W|P", []string{"10|5"}, `r1c1: "10" is in oz and not whole in 0.0001 kg`},
		{"first weight of a band", "table: prices\n" + v + "lower: from\nset: {unit: 0.5}\ncolumns: {range: W, unit_price: P}\n", "W|P", []string{"0.1-1|5", "1.1-30kg|6"}, "over,up_to,unit,unit_price\n0,1,0.5,5\n1,30,0.5,6\n"},
		{"first weight after a gap", "table: prices\n" + v + "lower: from\ncolumns: {range: W, fixed: P}\n", "W|P", []string{"0.1-1|5", "1.2-30|6"}, `r2c1: "1.2-30" does not begin one step of 0.1 above 1`},
		{"two units", "table: prices\n" + v + "columns: {range: W, fixed: P}\n", "W|P", []string{"0g-1kg|5"}, `"0g-1kg" has two units`},
		{"a letter is no unit", "table: prices\n" + v + "columns: {range: W, fixed: P}\n", "W|P", []string{"0 < Weight <= 30|5"}, "over,up_to,fixed\n0,30,5\n"},
		{"grams in ranges", "table: prices\n" + v + "columns: {range: 重量段/g, fixed: P}\n", "重量段/g|P", []string{"(0,500]|5", "501-30000g|6"}, "no band holds above 0.5 up to 0.501, after line 2 (r2c0)"},
		{"none", "table: prices\n" + v + "none: [/]\ncolumns: {up_to: W, fixed: P, minimum: M}\n", "W|P|M", []string{"30|5|/"}, "up_to,fixed\n30,5\n"},
		{"zones", "table: zones\n" + v + "zip: codes\ncolumns: {zips: Z, zone: N}\n", "Z|N", []string{"501-49999, 50000|A", "90001、90002|B"}, "zip_from,zip_to,zone\n00501,49999,A\n50000,,A\n90001,,B\n90002,,B\n"},
		{"prefixes", "table: zips\ncharge: remote\n" + v + "zip: prefixes\ncolumns: {zip_from: Z, tier: T}\n", "Z|T", []string{"6|far", "967|near"}, "zip_from,tier\n006,far\n967,near\n"},
		{"a code is no prefix", "table: zips\ncharge: remote\n" + v + "zip: codes\ncolumns: {zip_from: Z, tier: T}\n", "Z|T", []string{"967|near", "90210|far"}, "zip_from,tier\n00967,near\n90210,far\n"},
		{"no kind of ZIP", "table: zips\ncharge: remote\n" + v + "columns: {zip_from: Z, tier: T}\n", "Z|T", nil, `zip ""; try: codes, prefixes`},
		{"unknown tier", "table: zips\ncharge: remote\n" + v + "zip: codes\ncolumns: {zip_from: Z, tier: T}\n", "Z|T", []string{"96701|middle"}, "nothing is written"},
		{"percents", "table: percents\ncharge: fuel\nlast_day: true\npercent: fractions\n" + v + "columns: {from: F, to: T, percent: P}\n", "F|T|P", []string{"2026/1/1|2026-01-31|0.145", "2026-02-01|2026-02-28|15.25%"}, "from,to,percent\n2026-01-01,2026-02-01,14.5\n2026-02-01,2026-03-01,15.25\n"},
		{"gap of days", "table: percents\ncharge: fuel\npercent: hundredths\n" + v + "columns: {from: F, to: T, percent: P}\n", "F|T|P", []string{"2026-01-01|2026-01-31|14.5", "2026-02-01|2026-02-28|15"}, "(r2c0)"},
		{"no surcharge", "table: percents\ncharge: fuell\npercent: hundredths\n" + v + "columns: {from: F, to: T, percent: P}\n", "F|T|P", nil, `map.yaml:2:9: the version has no surcharge "fuell"; try: remote, lift, fuel, peak`},
	} {
		got, err := imported(c.mapping, c.head, c.rows...)
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v; want %s", c.name, err, c.want)
			}
		} else if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
