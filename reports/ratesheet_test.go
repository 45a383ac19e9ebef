package reports

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xuri/excelize/v2"

	"waybill/pipeline/rate"
)

// sheetCard says in its versions everything that a card can say.
const sheetCard = `card: c
title: "=C"
provider: p
channels: [C1, C2]
currency: CNY
tz: Asia/Shanghai
contract: K-1
versions:
  - from: 2026-01-01
    to: 2026-02-01
    recorded_at: 2025-12-01
    clause: annex 1
    countries: [US]
    weight: {unit: kg, step: 0.1, min: 0.1, max: 30}
    volumetric: {unit: cm, divisor: 8000, rule: ratio, at: 2, sides: {round: up, to: 1}}
    zones: zones.csv
    prices: prices.csv
    minimum: 1.5
    round: {to: 0.01, mode: up}
    surcharges:
      - {charge: remote, name: 偏远, clause: annex 2, when: {zips: remote.csv, zones: [A], states: [TX], features: [residential, battery, magnet, liquid, powder, signature, insurance, ddp, address_corrected, returned, redelivered, weekend, label_cancelled, non_machinable]}, by_tier: {near: 1, far: 2.25}, group: g}
      - {charge: lift, when: {actual_over: 10, chargeable_over: 11, longest_over: 120, second_over: 70, girth_over: 200, length_girth_over: 260, volume_over: 90000}, by_zone: {A: 1, B: 2}}
      - {charge: fuel, percents: fuel.csv, of: [freight, remote]}
      - {charge: peak, percent: 5, of: [all], order: 2, minimum: 1, maximum: 2, from: 2026-01-05, to: 2026-01-20}
      - {charge: registration, fixed: 18}
      - {charge: handling, per_weight: 0.5}
      - {charge: duty, of_value: 12.5}
  - {from: 2026-02-01, to: 2026-03-01, countries: [US], weight: {unit: kg, step: 1}, prices: flat.csv, volume: {by: month, tiers: [{from: 10000, percent: 5}, {from: 20000, percent: 7.5}]}, minimum_spend: {by: month, amount: 5000}, round: {mode: half_even, stage: total}}
  - {from: 2026-03-01, to: 2026-04-01, countries: [US], weight: {unit: kg, step: 1}, volumetric: {unit: cm, divisor: 1, sides: {round: nearest, to: 1}}, prices: flat.csv, round: {mode: down}, claims: {window: {days: 30}, cap: {amount: 200}, rules: {A08: {window: {days: 15, from: delivered}, cap: {percent: 50}}, A09: {window: {days: 20, from: ship_date}, cap: {amount: 40, per: kg}}}}, guarantee: {days: 10, calendar: us_federal, tz: America/New_York, from: first_scan, percent: 100, except: [customs_held, address_problem, attempt_failed], clause: "4.2"}, late: {days: 12, per_day: 1.5, maximum: 6, undelivered: true}}
  - {from: 2026-04-01, to: 2026-05-01, countries: [US], weight: {unit: kg, step: 1}, volumetric: {unit: cm, divisor: 1, rule: volume_over, at: 5, sides: {round: down, to: 1}}, prices: flat.csv, late: {days: 12, from: label, fixed: 3}}
  - {from: 2026-05-01, to: 2026-06-01, countries: [US], weight: {unit: kg, step: 1}, volumetric: {unit: cm, divisor: 1, rule: side_from, at: 5}, prices: flat.csv}
  - {from: 2026-06-01, countries: [US], weight: {unit: kg, step: 1}, volumetric: {unit: cm, divisor: 1, rule: instead}, prices: flat.csv}
`

var sheetTables = map[string]string{
	"zones.csv":  "zip_from,zip_to,state,zone\n00501,49999,,A\n9,,,B\n,,TX,B\n",
	"prices.csv": "zone,over,up_to,fixed,from_weight,unit,unit_price,minimum\n,0,1,5,,,,\n,1,30,5.1234,1,0.5,3.5,8\n",
	"flat.csv":   "unit_price\n92.75\n",
	"remote.csv": "zip_from,zip_to,tier\n006,009,far\n967,,near\n",
	"fuel.csv":   "from,to,percent,edition\n2026-01-01,2026-02-01,14.5,=E\n",
}

func sheetOf(t *testing.T, datedBy string) (*rate.Card, *rate.Rows) {
	t.Helper()
	m := fstest.MapFS{"c/card.yaml": {Data: []byte(strings.Replace(sheetCard, "contract:", "dated_by: "+datedBy+"\ncontract:", 1))}}
	for name, text := range sheetTables {
		m["c/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	card, rows, err := rate.Parse(m, "c")
	if err != nil {
		t.Fatal(err)
	}
	return card, rows
}

// rateWords are the keys that the sheets and pages of cards use.
func rateWords(t *testing.T) []string {
	t.Helper()
	used := map[string]bool{}
	for _, dated := range rate.DatedBys {
		w, err := newWriter(testFiles(), nil, "")
		if err != nil {
			t.Fatal(err)
		}
		card, rows := sheetOf(t, dated)
		if _, err := newRateSheet(w, card, rows, nil).book(); err != nil {
			t.Fatal(err)
		}
		if _, err := w.html(newRatePage(w, card, rows, nil).page("")); err != nil {
			t.Fatal(err)
		}
		maps.Copy(used, w.words.used)
	}
	used["card.round.half_up"] = true // what no round says
	return slices.Sorted(maps.Keys(used))
}

func TestRateSheet(t *testing.T) {
	charges := map[string]map[string]string{"zh": {"remote": "偏远附加费"}, "en": {"remote": "Remote area"}}
	card, rows := sheetOf(t, "label")
	out, err := RateSheet(card, rows, []string{"en", "zh"}, charges, testFiles())
	if err != nil {
		t.Fatal(err)
	}
	again, err := RateSheet(card, rows, []string{"en", "zh"}, charges, testFiles())
	if err != nil || !bytes.Equal(out, again) {
		t.Errorf("the same card gives other bytes (%v)", err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Terms 1, 2026-01-01", "Terms 2, 2026-02-01", "Terms 3, 2026-03-01", "Terms 4, 2026-04-01", "Terms 5, 2026-05-01", "Terms 6, 2026-06-01", "Prices", "Zones", "ZIP lists", "Percentages"}
	if got := f.GetSheetList(); !slices.Equal(got, want) {
		t.Fatalf("sheets %q", got)
	}
	cell := func(sheet, at string) (raw, shown string, text bool) {
		t.Helper()
		k, err := f.GetCellType(sheet, at)
		if err != nil {
			t.Fatal(err)
		}
		raw, err = f.GetCellValue(sheet, at, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		shown, err = f.GetCellValue(sheet, at)
		if err != nil {
			t.Fatal(err)
		}
		return raw, shown, k == excelize.CellTypeInlineString
	}
	for _, c := range []struct {
		sheet, at, shown string
		text             bool
	}{
		{"Terms 1, 2026-01-01", "B2", "'=C", true},
		{"Terms 1, 2026-01-01", "B8", "2026-01-01", false},
		{"Terms 1, 2026-01-01", "B13", "up to the next 0.1 kg; at least 0.1 kg; at most 30 kg / 按 0.1 kg 向上进位；最低 0.1 kg；最高 30 kg", true},
		{"Terms 1, 2026-01-01", "B14", "length x width x height in cm / 8000 gives kg; counts from 2 times the weight; each side up to the next 1 cm / 长×宽×高（cm）÷ 8000 得 kg；体积重达实重 2 倍起计；各边按 1 cm 向上取整", true},
		{"Terms 1, 2026-01-01", "A19", "Remote area / 偏远附加费", true},
		{"Terms 1, 2026-01-01", "C19", "by tier: far 2.25, near 1 CNY; of the group g only the highest / 按档次：far 2.25, near 1 CNY；g 组内只收最高一项", true},
		{"Terms 1, 2026-01-01", "C21", "percentage of the day (table of percentages) of: freight; Remote area / 按当日费率（见费率表），基数：freight；偏远附加费", true},
		{"Terms 1, 2026-01-01", "C24", "0.5 CNY for one kg of chargeable weight / 每 kg 计费重 0.5 CNY", true},
		{"Terms 2, 2026-02-01", "B14", "from 10000 parcels of a month 5 % of its freight; from 20000 parcels of a month 7.5 % of its freight / 单月满 10000 件返当月运费 5 %；单月满 20000 件返当月运费 7.5 %", true},
		{"Terms 2, 2026-02-01", "B15", "5000 CNY a month / 每月 5000 CNY", true},
		{"Prices", "G3", "5.00", false}, {"Prices", "G4", "5.1234", false}, {"Prices", "I4", "0.5", false}, {"Prices", "J4", "3.50", false}, {"Prices", "J6", "92.75", false},
		{"Zones", "D3", "00501", true}, {"Zones", "F2", "TX", true},
		{"ZIP lists", "E2", "00600", true}, {"ZIP lists", "F2", "00999", true},
		{"Percentages", "F2", "0.145", false}, {"Percentages", "G2", "'=E", true},
	} {
		raw, shown, text := cell(c.sheet, c.at)
		if shown != c.shown && raw != c.shown || text != c.text {
			t.Errorf("%s %s: %q (%q), text %v; want %q, %v", c.sheet, c.at, shown, raw, text, c.shown, c.text)
		}
	}
	for _, sheet := range f.GetSheetList() {
		for i, r := range rowsOfSheet(t, f, sheet) {
			for j := range r {
				at, err := excelize.CoordinatesToCellName(j+1, i+1)
				if err != nil {
					t.Fatal(err)
				}
				if formula, err := f.GetCellFormula(sheet, at); err != nil || formula != "" {
					t.Errorf("%s!%s is the formula %q (%v)", sheet, at, formula, err)
				}
			}
		}
	}
}
