package rate_test

import (
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"waybill/pipeline/rate"
)

// goodCard has every part of a card; each case breaks one.
var goodCard = map[string]string{
	"card.yaml": `card: c
title: C
provider: p
channels: [C1, C2]
currency: CNY
tz: Asia/Shanghai
dated_by: label
versions:
  - from: 2026-01-01
    to: 2027-01-01
    recorded_at: 2025-12-01
    countries: [US]
    weight: {unit: kg, step: 0.1, min: 0.1, max: 30}
    volumetric: {unit: cm, divisor: 8000, rule: ratio, at: 2, sides: {round: up, to: 1}}
    zones: zones.csv
    prices: prices.csv
    minimum: 1
    round: {to: 0.01, mode: up, stage: charge}
    surcharges:
      - {charge: remote, when: {zips: remote.csv, features: [battery]}, by_tier: {near: 1, far: 2}}
      - {charge: lift, when: {zones: [A]}, by_zone: {A: 1, B: 2}, minimum: 1, maximum: 2}
      - {charge: fuel, percents: fuel.csv, of: [freight], from: 2026-01-01, to: 2026-02-01}
      - {charge: peak, percent: 5, of: [fuel], order: 2}
`,
	"zones.csv":  "zip_from,zip_to,state,zone\n00501,49999,,A\n9,,,B\n,,TX,B\n",
	"prices.csv": "zone,over,up_to,fixed,from_weight,unit,unit_price,minimum\n,0,1,5,,,,\n,1,30,,1,0.5,3,\n",
	"matrix.csv": "up_to,A,B\n1,5,6\n30,7,8\n",
	"remote.csv": "zip_from,zip_to,tier\n006,009,far\n967,,near\n",
	"fuel.csv":   "from,to,percent\n2026-01-01,2026-02-01,14.5\n2026-02-01,2026-03-01,15\n",
}

func parseGood(edit func(map[string]string)) error {
	files := maps.Clone(goodCard)
	edit(files)
	m := fstest.MapFS{}
	for name, text := range files {
		m["c/"+name] = &fstest.MapFile{Data: []byte(text), Mode: fs.ModePerm}
	}
	_, _, err := rate.Parse(m, "c")
	return err
}

func TestGoodCardIsTaken(t *testing.T) {
	if err := parseGood(func(map[string]string) {}); err != nil {
		t.Fatal(err)
	}
	if err := parseGood(func(f map[string]string) {
		f["card.yaml"] = strings.Replace(f["card.yaml"], "prices: prices.csv", "matrix: matrix.csv", 1)
	}); err != nil {
		t.Fatal(err)
	}
}

// A broken card is the good one with old, in file, replaced by new.
var badCards = []struct{ file, old, new, want string }{
	{"card.yaml", "card: c", "cart: c", "c/card.yaml:1:1: unknown key \"cart\"; try: card"},
	{"card.yaml", "[C1, C2]", "[C1, C2", "c/card.yaml:5:1: ',' or ']' must be specified"},
	{"card.yaml", "card: c", "card: d", "c/card.yaml:1:7: card \"d\" lies in the folder \"c\"; try: give both one name"},
	{"card.yaml", "card: c", "card: C-1", "c/card.yaml:1:7: card \"C-1\" lies in the folder \"c\"; try: give both one name\nc/card.yaml:1:7: card \"C-1\"; try: lower-case letters, digits and _"},
	{"card.yaml", "title: C\n", "", "c/card.yaml:1:5: the card has no title"},
	{"card.yaml", "provider: p\n", "", "c/card.yaml:1:5: the card has no provider"},
	{"card.yaml", "channels: [C1, C2]\n", "", "c/card.yaml:1:5: the card has no channels; try: the names that shipments.channel holds"},
	{"card.yaml", "[C1, C2]", "[C1, C1]", "c/card.yaml:4:16: channel \"C1\" stands a second time or is empty"},
	{"card.yaml", "[C1, C2]", "[C1, \"\"]", "c/card.yaml:4:16: channel \"\" stands a second time or is empty"},
	{"card.yaml", "currency: CNY\n", "", "c/card.yaml:1:5: the card has no currency"},
	{"card.yaml", "CNY", "RMB元", "c/card.yaml:5:11: currency \"RMB元\" is no code of ISO 4217; try: CNY"},
	{"card.yaml", "Asia/Shanghai", "Asia/Shangai", "c/card.yaml:6:5: \"Asia/Shangai\" is no time zone; try: Asia/Shanghai"},
	{"card.yaml", "Asia/Shanghai", "Local", "c/card.yaml:6:5: \"Local\" is no time zone; try: Asia/Shanghai"},
	{"card.yaml", "tz: Asia/Shanghai\n", "", "c/card.yaml:1:5: the card has no tz"},
	{"card.yaml", "dated_by: label", "dated_by: lable", "c/card.yaml:7:11: unknown word \"lable\"; try: label"},
	{"card.yaml", "versions:\n  - from: 2026-01-01\n    to: 2027-01-01\n    recorded_at: 2025-12-01\n    countries: [US]\n    weight: {unit: kg, step: 0.1, min: 0.1, max: 30}\n    volumetric: {unit: cm, divisor: 8000, rule: ratio, at: 2, sides: {round: up, to: 1}}\n    zones: zones.csv\n    prices: prices.csv\n    minimum: 1\n    round: {to: 0.01, mode: up, stage: charge}\n    surcharges:\n      - {charge: remote, when: {zips: remote.csv, features: [battery]}, by_tier: {near: 1, far: 2}}\n      - {charge: lift, when: {zones: [A]}, by_zone: {A: 1, B: 2}, minimum: 1, maximum: 2}\n      - {charge: fuel, percents: fuel.csv, of: [freight], from: 2026-01-01, to: 2026-02-01}\n      - {charge: peak, percent: 5, of: [fuel], order: 2}\n", "versions: []\n", "c/card.yaml:8:11: the card has no versions"},
	{"card.yaml", "from: 2026-01-01\n    to", "from: 2026-13-01\n    to", "c/card.yaml:9:11: \"2026-13-01\" is no day; try: 2026-03-02"},
	{"card.yaml", "from: 2026-01-01\n    to: 2027-01-01", "to: 2027-01-01", "c/card.yaml:9:7: the version has no from: the first day on which it holds"},
	{"card.yaml", "to: 2027-01-01", "to: 2026-01-01", "c/card.yaml:10:9: the version ends on 2026-01-01, before it begins; try: the first day that no longer belongs"},
	{"card.yaml", "recorded_at: 2025-12-01", "recorded_at: yesterday", "c/card.yaml:11:18: \"yesterday\" is no day; try: 2026-03-02"},
	{"card.yaml", "countries: [US]", "countries: [USA]", "c/card.yaml:12:17: country \"USA\" is no code of ISO 3166; try: US"},
	{"card.yaml", "countries: [US]", "countries: [us]", "c/card.yaml:12:17: country \"us\" is no code of ISO 3166; try: US"},
	{"card.yaml", "{unit: kg, step: 0.1, min", "{unit: kgs, step: 0.1, min", "c/card.yaml:13:20: unknown word \"kgs\"; try: g, kg, oz, lb"},
	{"card.yaml", "{unit: kg, step: 0.1, min", "{step: 0.1, min", "c/card.yaml:13:13: unit is missing; try: g, kg, oz, lb"},
	{"card.yaml", "step: 0.1,", "step: 0,", "c/card.yaml:13:30: step is missing or zero"},
	{"card.yaml", "step: 0.1,", "", "c/card.yaml:13:13: step is missing or zero"},
	{"card.yaml", "step: 0.1,", "step: 0.00001,", "c/card.yaml:13:30: \"0.00001\" is no decimal of at most 9 digits before and 4 behind the point"},
	{"card.yaml", "min: 0.1,", "min: 0.15,", "c/card.yaml:13:40: min 0.15 is not a whole number of steps of 0.1"},
	{"card.yaml", "min: 0.1,", "min: -1,", "c/card.yaml:13:40: \"-1\" is no decimal of at most 9 digits before and 4 behind the point"},
	{"card.yaml", "max: 30", "max: 0.1", "c/card.yaml:13:50: max is not above min"},
	{"card.yaml", "max: 30", "max: heavy", "c/card.yaml:13:50: \"heavy\" is no decimal of at most 9 digits before and 4 behind the point\nc/prices.csv:3:1: no band holds above 30; try: weight.max, or an empty up_to"},
	{"card.yaml", "unit: cm", "unit: ft", "c/card.yaml:14:24: unknown word \"ft\"; try: mm, cm, in"},
	{"card.yaml", "divisor: 8000", "divisor: 0", "c/card.yaml:14:37: divisor is missing or zero"},
	{"card.yaml", "rule: ratio", "rule: ration", "c/card.yaml:14:49: unknown word \"ration\"; try: ratio"},
	{"card.yaml", "rule: ratio", "rule: greater", "c/card.yaml:14:62: the rule greater has no bound; try: leave it out, or rule: ratio"},
	{"card.yaml", "rule: ratio", "rule: instead", "c/card.yaml:14:62: the rule instead has no bound; try: leave it out, or rule: ratio"},
	{"card.yaml", "at: 2,", "at: 0,", "c/card.yaml:14:60: at is missing or zero"},
	{"card.yaml", "at: 2,", "", "c/card.yaml:14:17: at is missing or zero"},
	{"card.yaml", "round: up, to: 1", "round: nearst, to: 1", "c/card.yaml:14:78: unknown word \"nearst\"; try: nearest"},
	{"card.yaml", "round: up, to: 1", "to: 1", "c/card.yaml:14:70: round is missing; try: up, nearest, down"},
	{"card.yaml", "round: up, to: 1", "round: up, to: 0", "c/card.yaml:14:86: to is missing or zero"},
	{"card.yaml", "mode: up", "mode: upp", "c/card.yaml:18:29: unknown word \"upp\"; try: half_up, half_even, up, down"},
	{"card.yaml", "stage: charge", "stage: bill", "c/card.yaml:18:40: unknown word \"bill\"; try: charge, total"},
	{"card.yaml", "to: 0.01,", "to: 0,", "c/card.yaml:18:17: to is missing or zero"},
	{"card.yaml", "to: 0.01,", "to: 1e2,", "c/card.yaml:18:17: \"1e2\" is no decimal of at most 9 digits before and 4 behind the point"},
	{"card.yaml", "minimum: 1\n", "minimum: 1234567890\n", "c/card.yaml:17:14: \"1234567890\" is no decimal of at most 9 digits before and 4 behind the point"},
	{"card.yaml", "prices: prices.csv", "prices: prices.csv\n    matrix: matrix.csv", "c/card.yaml:17:13: a version has prices or a matrix, not both"},
	{"card.yaml", "    prices: prices.csv\n", "", "c/card.yaml:9:9: the version has neither prices nor matrix"},
	{"card.yaml", "prices: prices.csv", "prices: price.csv", "c/card.yaml:16:13: price.csv does not exist in c"},
	{"card.yaml", "prices: prices.csv", "prices: ../prices.csv", "c/card.yaml:16:13: \"../prices.csv\" is no file name; try: a CSV in the folder of the card"},
	{"zones.csv", "9,,,B", "90210-1234,,,B", "c/zones.csv:3:1: \"90210-1234\" is no ZIP; try: five digits, or the first three"},
	{"zones.csv", "TX,B", "TX,", "c/zones.csv:4:6: the zone is empty"},
	{"zones.csv", "TX,B", "TX,\"A,B\"", "c/card.yaml:21:53: \"A,B\" has no amount\nc/zones.csv:4:6: zone \"A,B\" has a comma"},
	{"card.yaml", "      - {charge: peak, percent: 5,", "      - {charge: odd, fixed: 010}\n      - charge: comma\n        fixed: 1,5\n      - charge: coin\n        fixed: 12 CNY\n      - {charge: peak, percent: 5,", "c/card.yaml:25:16: \"1,5\" is no decimal of at most 9 digits before and 4 behind the point\nc/card.yaml:27:16: \"12 CNY\" is no decimal of at most 9 digits before and 4 behind the point"},
	{"zones.csv", "9,,,B", "9,,CA,B", "c/zones.csv:3:4: a row is of a state or of ZIPs, not of both"},
	{"zones.csv", ",,TX,B", ",,TX,B\n,,TX,A", "c/zones.csv:5:3: state TX stands in line 4 too"},
	{"zones.csv", "9,,,B", "9x,,,B", "c/zones.csv:3:1: \"9x\" is no ZIP; try: five digits, or the first three"},
	{"zones.csv", "9,,,B", "-9,,,B", "c/zones.csv:3:1: \"-9\" is no ZIP; try: five digits, or the first three"},
	{"zones.csv", "9,,,B", "-0,,,B", "c/zones.csv:3:1: \"-0\" is no ZIP; try: five digits, or the first three"},
	{"zones.csv", "9,,,B", "9021,,,B", "c/zones.csv:3:1: \"9021\" has four digits; try: \"09021\" where a leading zero was lost, else zip_from and zip_to of five digits"},
	{"zones.csv", "00501,49999", "00501,4999", "c/zones.csv:2:7: \"4999\" has four digits; try: \"04999\" where a leading zero was lost, else zip_from and zip_to of five digits"},
	{"zones.csv", "9,,,B", "123456,,,B", "c/zones.csv:3:1: \"123456\" is no ZIP; try: five digits, or the first three"},
	{"zones.csv", "00501,49999", "00501,4x", "c/zones.csv:2:7: \"4x\" is no ZIP; try: five digits, or the first three"},
	{"zones.csv", "00501,49999", "501,00001", "c/zones.csv:2:5: zip_to lies before zip_from"},
	{"zones.csv", "9,,,B", "4,50100,,B", "c/zones.csv:3:1: ZIPs 40000 to 50100 overlap those of line 2; try: one row for each ZIP, or one range within the other"},
	{"zones.csv", "9,,,B", "9,,,B\n90000,99999,,A", "c/zones.csv:4:1: ZIPs 90000 to 99999 overlap those of line 3; try: one row for each ZIP, or one range within the other"},
	{"zones.csv", "TX,B", "TX,C", "c/card.yaml:21:53: \"C\" has no amount"},
	{"zones.csv", "zip_from,zip_to,state,zone", "zip_from,zip_to,state,zonne", "c/card.yaml:21:39: no ZIP of the version leads to zone A\nc/card.yaml:21:53: no ZIP leads to \"A\"\nc/card.yaml:21:53: no ZIP leads to \"B\"\nc/zones.csv:1:1: column zone is missing\nc/zones.csv:1:23: unknown column \"zonne\"; try: zone\nc/zones.csv:2:1: the zone is empty\nc/zones.csv:3:1: the zone is empty\nc/zones.csv:4:1: the zone is empty"},
	{"prices.csv", "zone,over,up_to,fixed,from_weight,unit,unit_price,minimum", "zone,over,up_to,fix,from_weight,unit,price,minimum", "c/prices.csv:1:1: neither column fixed nor column unit_price is there\nc/prices.csv:1:17: unknown column \"fix\"; try: fixed\nc/prices.csv:1:38: unknown column \"price\"\nc/prices.csv:2:1: the band has neither a fixed nor a unit price\nc/prices.csv:3:1: the band has neither a fixed nor a unit price\nc/prices.csv:3:10: unit without unit_price"},
	{"prices.csv", ",0,1,5,,,,", ",0.1,1,5,,,,", "c/prices.csv:2:1: the bands begin above 0.1, and lighter parcels have no price"},
	{"prices.csv", ",0,1,5,,,,", ",1,1,5,,,,", "c/prices.csv:2:1: the bands begin above 1, and lighter parcels have no price\nc/prices.csv:2:4: up_to is not above 1"},
	{"prices.csv", ",0,1,5,,,,", ",0,1,,,,,", "c/prices.csv:2:6: the band has neither a fixed nor a unit price"},
	{"prices.csv", ",0,1,5,,,,", ",0,1,5,,1,,", "c/prices.csv:2:9: unit without unit_price"},
	{"prices.csv", ",0,1,5,,,,", ",0,1,5,,0,1,", "c/prices.csv:2:9: unit is zero"},
	{"prices.csv", ",0,1,5,,,,", ",0,1.5,5,,,,", "c/prices.csv:3:1: the band overlaps that of line 2"},
	{"prices.csv", ",0,1,5,,,,", ",0,,5,,,,", "c/prices.csv:3:1: the band overlaps that of line 2"},
	{"prices.csv", ",0,1,5,,,,", ",0,0.5,5,,,,", "c/prices.csv:3:1: no band holds above 0.5 up to 1, after line 2"},
	{"prices.csv", ",0,1,5,,,,", ",0,1,5$,,,,", "c/prices.csv:2:6: fixed \"5$\" is no decimal of at most 9 digits before and 4 behind the point"},
	{"prices.csv", ",0,1,5,,,,", "D,0,30,5,,,,\n,0,1,5,,,,", "c/prices.csv:2:1: no ZIP of zones.csv leads to zone D"},
	{"prices.csv", ",1,30,", ",1,29.9,", "c/prices.csv:3:1: no band holds above 29.9; try: weight.max, or an empty up_to"},
	{"prices.csv", ",0,1,5,,,,\n,1,30,,", "A,0,1,5,,,,\nA,1,30,,", "c/prices.csv:1:1: zone B of zones.csv has no price"},
	{"card.yaml", "max: 30", "min: 0.1", "c/card.yaml:13:45: mapping key \"min\" already defined at [13:35]"},
	{"card.yaml", "max: 30", "max: 030.00001", "c/card.yaml:13:50: \"030.00001\" is no decimal of at most 9 digits before and 4 behind the point\nc/prices.csv:3:1: no band holds above 30; try: weight.max, or an empty up_to"},
	{"card.yaml", "    zones: zones.csv\n", "", "c/card.yaml:20:39: no ZIP of the version leads to zone A\nc/card.yaml:20:53: no ZIP leads to \"A\"\nc/card.yaml:20:53: no ZIP leads to \"B\""},
	{"matrix", "up_to,A,B\n1,5,6\n30,7,8", "A,B\n5,6", "c/matrix.csv:1:1: column up_to is missing\nc/matrix.csv:1:1: zone A of zones.csv has no price\nc/matrix.csv:1:1: zone B of zones.csv has no price\nc/matrix.csv:2:1: up_to is missing or not above that of the line before"},
	{"matrix", "1,5,6", "40,5,6", "c/matrix.csv:3:1: up_to is missing or not above that of the line before"},
	{"matrix", "1,5,6", "1,5,", "c/matrix.csv:2:5: the cell of zone B is empty\nc/matrix.csv:3:1: the bands of zone B begin above 1, and lighter parcels have no price"},
	{"matrix", "up_to,A,B", "up_to,A,C", "c/matrix.csv:1:1: zone B of zones.csv has no price\nc/matrix.csv:2:1: no ZIP of zones.csv leads to zone C"},
	{"matrix", "up_to,A,B", "up_to,A,A", "c/matrix.csv:1:1: zone B of zones.csv has no price\nc/matrix.csv:1:9: column A stands a second time\nc/matrix.csv:2:1: the band of zone A overlaps that of line 2\nc/matrix.csv:3:1: the band of zone A overlaps that of line 3"},
	{"matrix", "1,5,6", "1,5", "c/matrix.csv:2:1: 2 cells where the header has 3"},
	{"matrix", "1,5,6", "1,5,six", "c/matrix.csv:2:5: B \"six\" is no decimal of at most 9 digits before and 4 behind the point\nc/matrix.csv:3:1: the bands of zone B begin above 1, and lighter parcels have no price"},
	{"matrix", "1,5,6", "one,5,6", "c/matrix.csv:2:1: up_to \"one\" is no decimal of at most 9 digits before and 4 behind the point"},
	{"matrix", "1,5,6", ",5,6", "c/matrix.csv:2:1: up_to is missing or not above that of the line before"},
	{"fuel.csv", "from,to,percent\n2026-01-01,2026-02-01,14.5\n2026-02-01,2026-03-01,15\n", "", "c/fuel.csv:1:1: the file has no header"},
	{"fuel.csv", "2026-01-01,2026-02-01,14.5\n2026-02-01,2026-03-01,15\n", "", "c/fuel.csv:1:1: the file has no row below its header"},
	{"fuel.csv", "2026-01-01,2026-02-01,14.5\n2026-02-01,2026-03-01,15\n", "2026-01-01,2026-02-01\n", "c/fuel.csv:2:1: 2 cells where the header has 3"},
	{"fuel.csv", "from,to,percent", "from,to,percent,percent", "c/fuel.csv:1:17: column percent stands a second time\nc/fuel.csv:2:1: 3 cells where the header has 4\nc/fuel.csv:3:1: 3 cells where the header has 4"},
	{"fuel.csv", "from,to,percent", "from,to", "c/fuel.csv:1:1: column percent is missing\nc/fuel.csv:2:1: 3 cells where the header has 2\nc/fuel.csv:3:1: 3 cells where the header has 2"},
	{"fuel.csv", "2026-01-01,2026-02-01,14.5", "\"2026-01-01,2026-02-01,14.5", "c/fuel.csv:3:26: extraneous or missing \" in quoted-field"},
	{"fuel.csv", "2026-01-01,2026-02-01,14.5", "2026-01-01,2026-02-01,14\"5", "c/fuel.csv:2:25: bare \" in non-quoted-field"},
	{"card.yaml", "charge: remote", "charge: Remote fee", "c/card.yaml:20:18: charge \"Remote fee\"; try: a word such as fuel, remote, registration"},
	{"card.yaml", "charge: remote", "charge: freight", "c/card.yaml:20:18: charge \"freight\"; try: a word such as fuel, remote, registration"},
	{"card.yaml", "charge: remote", "charge: rounding", "c/card.yaml:20:18: charge \"rounding\"; try: a word such as fuel, remote, registration"},
	{"card.yaml", "to: 2026-02-01}", "to: 2026-01-01}", "c/card.yaml:22:81: the surcharge ends on 2026-01-01, before it begins; try: the first day that no longer belongs"},
	{"card.yaml", "to: 2026-02-01}", "to: 2026-02-30}", "c/card.yaml:22:81: \"2026-02-30\" is no day; try: 2026-03-02"},
	{"card.yaml", "[battery]", "[batery]", "c/card.yaml:20:62: unknown word \"batery\"; try: battery"},
	{"card.yaml", "zones: [A]", "zones: [A, C]", "c/card.yaml:21:42: no ZIP of the version leads to zone C"},
	{"card.yaml", "{zones: [A]}", "{zones: [A], longest_over: long}", "c/card.yaml:21:57: \"long\" is no decimal of at most 9 digits before and 4 behind the point"},
	{"card.yaml", "    volumetric: {unit: cm, divisor: 8000, rule: ratio, at: 2, sides: {round: up, to: 1}}\n    zones: zones.csv\n    prices: prices.csv\n    minimum: 1\n    round: {to: 0.01, mode: up, stage: charge}\n    surcharges:\n", "    zones: zones.csv\n    prices: prices.csv\n    surcharges:\n      - {charge: long, when: {longest_over: 100}, fixed: 1}\n", "c/card.yaml:17:30: a condition on sides needs the unit of volumetric; try: volumetric with rule: side_from, or greater"},
	{"card.yaml", "by_tier: {near: 1, far: 2}", "by_tier: {near: 1, far: 2}, fixed: 3", "c/card.yaml:20:9: the surcharge has 2 amounts; try: one of fixed, by_tier, by_zone, per_weight, percent, percents, of_value"},
	{"card.yaml", ", by_tier: {near: 1, far: 2}", "", "c/card.yaml:20:9: the surcharge has 0 amounts; try: one of fixed, by_tier, by_zone, per_weight, percent, percents, of_value"},
	{"card.yaml", "{near: 1, far: 2}", "{near: 1}", "c/card.yaml:20:82: \"far\" has no amount"},
	{"card.yaml", "{near: 1, far: 2}", "{near: 1, far: 2, off: 3}", "c/card.yaml:20:82: no ZIP leads to \"off\"; there are: far, near"},
	{"card.yaml", "{near: 1, far: 2}", "{near: 1, far: -2}", "c/card.yaml:20:97: \"-2\" is no decimal of at most 9 digits before and 4 behind the point"},
	{"card.yaml", "zips: remote.csv, ", "", "c/card.yaml:20:64: no ZIP leads to \"far\"\nc/card.yaml:20:64: no ZIP leads to \"near\"\nc/card.yaml:20:64: tiers come from a list of ZIPs; try: when: {zips: remote.csv}"},
	{"card.yaml", "{A: 1, B: 2}", "{A: 1, C: 2}", "c/card.yaml:21:53: no ZIP leads to \"C\"; there are: A, B\nc/card.yaml:21:53: \"B\" has no amount"},
	{"card.yaml", "minimum: 1, maximum: 2", "minimum: 3, maximum: 2", "c/card.yaml:21:88: maximum is below minimum"},
	{"card.yaml", "minimum: 1, maximum: 2", "order: 1", "c/card.yaml:21:9: of and order belong to percentages of other charges"},
	{"card.yaml", "minimum: 1, maximum: 2", "of: [freight]", "c/card.yaml:21:9: of and order belong to percentages of other charges"},
	{"card.yaml", ", order: 2", ", order: 3", "c/card.yaml:23:55: order is 1 or 2"},
	{"card.yaml", ", order: 2", "", "c/card.yaml:23:41: \"fuel\" is no charge that is known by then; try: freight, remote, lift"},
	{"card.yaml", "percent: 5, of: [fuel]", "percent: 5", "c/card.yaml:23:9: a percentage has no of; try: of: [freight], or of: [all]"},
	{"card.yaml", "percent: 5, of: [fuel]", "percent: 5, of: [peak]", "c/card.yaml:23:41: \"peak\" is no charge that is known by then; try: freight, remote, lift, fuel"},
	{"card.yaml", "percent: 5, of: [fuel]", "percent: five, of: [fuel]", "c/card.yaml:23:33: \"five\" is no decimal of at most 9 digits before and 4 behind the point"},
	{"card.yaml", "order: 2}", "order: 2, group: g}", "c/card.yaml:23:65: a percentage of other charges has no group: only amounts compete for the highest"},
	{"card.yaml", "zips: remote.csv", "zips: far.csv", "c/card.yaml:20:39: far.csv does not exist in c\nc/card.yaml:20:79: no ZIP leads to \"far\"\nc/card.yaml:20:79: no ZIP leads to \"near\""},
	{"remote.csv", "006,009", "006,005", "c/card.yaml:20:82: no ZIP leads to \"far\"; there are: near\nc/remote.csv:2:5: zip_to lies before zip_from"},
	{"remote.csv", "967,,near", "006,009,near", "c/card.yaml:20:82: no ZIP leads to \"near\"; there are: far\nc/remote.csv:3:1: ZIPs 00600 to 00999 overlap those of line 2; try: one row for each ZIP, or one range within the other"},
	{"remote.csv", "967,,near", "009,010,near", "c/card.yaml:20:82: no ZIP leads to \"near\"; there are: far\nc/remote.csv:3:1: ZIPs 00900 to 01099 overlap those of line 2; try: one row for each ZIP, or one range within the other"},
	{"remote.csv", "zip_from,zip_to,tier", "zip_to,zip_from2,tier", "c/card.yaml:20:82: no ZIP leads to \"far\"\nc/card.yaml:20:82: no ZIP leads to \"near\"\nc/remote.csv:1:1: column zip_from is missing\nc/remote.csv:1:8: unknown column \"zip_from2\"; try: zip_from\nc/remote.csv:2:1: \"\" is no ZIP; try: five digits, or the first three\nc/remote.csv:3:1: \"\" is no ZIP; try: five digits, or the first three"},
	{"fuel.csv", "2026-02-01,2026-03-01,15", "2026-02-02,2026-03-01,15", "c/fuel.csv:3:1: no percentage holds from 2026-02-01 on, after line 2"},
	{"fuel.csv", "2026-02-01,2026-03-01,15", "2026-01-31,2026-03-01,15", "c/fuel.csv:3:1: the days overlap those of line 2"},
	{"fuel.csv", "2026-02-01,2026-03-01,15", "2026-02-01,2026-02-01,15", "c/fuel.csv:3:12: to is not after from; try: the first day that no longer belongs"},
	{"fuel.csv", "2026-02-01,2026-03-01,15", "2026-02-01,2026-03-01,", "c/fuel.csv:3:23: percent is missing"},
	{"fuel.csv", "2026-02-01,2026-03-01,15", "2026-02-01,2026-03-01,15%", "c/fuel.csv:3:23: percent \"15%\" is no decimal of at most 9 digits before and 4 behind the point"},
	{"fuel.csv", "2026-02-01,2026-03-01,15", "Feb,2026-03-01,15", "c/fuel.csv:3:1: \"Feb\" is no day; try: 2026-03-02"},
	{"fuel.csv", "2026-02-01,2026-03-01,15", "2026-02-01,Mar,15", "c/fuel.csv:3:12: \"Mar\" is no day; try: 2026-03-09"},
	{"card.yaml", "      - {charge: peak, percent: 5, of: [fuel], order: 2}\n", "      - {charge: peak, percent: 5, of: [fuel], order: 2}\n  - from: 2027-02-01\n    recorded_at: 2026-12-01\n    countries: [US]\n    weight: {unit: kg, step: 1}\n    prices: plain.csv\n", "c/card.yaml:9:3: no version holds from 2027-01-01 to the day before 2027-02-01"},
	{"card.yaml", "      - {charge: peak, percent: 5, of: [fuel], order: 2}\n", "      - {charge: peak, percent: 5, of: [fuel], order: 2}\n  - from: 2026-06-01\n    recorded_at: 2025-12-01\n    countries: [US]\n    weight: {unit: kg, step: 1}\n    prices: plain.csv\n", "c/card.yaml:24:11: this version and the one from 2026-01-01 both hold on 2026-06-01 and were recorded on one day; try: end the earlier one with to, or say recorded_at"},
	{"card.yaml", "      - {charge: peak, percent: 5, of: [fuel], order: 2}\n", "      - {charge: peak, percent: 5, of: [fuel], order: 2}\n  - from: 2026-06-01\n    countries: [US]\n    weight: {unit: kg, step: 1}\n    prices: plain.csv\n", "c/card.yaml:24:11: this version begins on 2026-06-01, and the one from 2026-01-01 ends on 2027-01-01 only; try: one day for both, or say recorded_at"},
	{"card.yaml", "      - {charge: peak, percent: 5, of: [fuel], order: 2}\n", "      - {charge: peak, percent: 5, of: [fuel], order: 2}\n  - from: 2026-06-01\n    recorded_at: 2026-05-01\n    weight: {unit: kg, step: 1}\n    prices: plain.csv\n", "c/card.yaml:24:9: this version names no countries and others do; try: countries for all, or for none"},
}

func TestEveryMistakeIsTold(t *testing.T) {
	for _, c := range badCards {
		t.Run(c.new, func(t *testing.T) {
			err := parseGood(func(f map[string]string) {
				if c.file == "matrix" { // as a part of the card
					f["card.yaml"] = strings.Replace(f["card.yaml"], "prices: prices.csv", "matrix: matrix.csv", 1)
					c.file = "matrix.csv"
				}
				f["plain.csv"] = "unit_price\n1\n"
				if !strings.Contains(f[c.file], c.old) {
					t.Fatalf("%s does not hold %q", c.file, c.old)
				}
				f[c.file] = strings.Replace(f[c.file], c.old, c.new, 1)
			})
			if err == nil || err.Error() != c.want {
				t.Errorf("got\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

// TestAllMistakesComeTogether: one run of the check tells them all, the card
// before its tables, each file from top to bottom.
func TestAllMistakesComeTogether(t *testing.T) {
	err := parseGood(func(f map[string]string) {
		for _, x := range [][3]string{
			{"card.yaml", "order: 2", "order: 3"}, {"card.yaml", "tz: Asia/Shanghai", "tz: Asia"}, {"card.yaml", "step: 0.1", "step: 0.7"}, {"card.yaml", "[battery]", "[magnets, battery, powders]"},
			{"fuel.csv", "14.5", "-14.5"}, {"prices.csv", ",1,30,", ",2,20,"}, {"remote.csv", "967", "96-"}, {"zones.csv", "TX,B", "TX,"}, {"zones.csv", "9,,,B", "9,,NY,B"},
		} {
			if !strings.Contains(f[x[0]], x[1]) {
				t.Fatalf("%s does not hold %q", x[0], x[1])
			}
			f[x[0]] = strings.Replace(f[x[0]], x[1], x[2], 1)
		}
	})
	want := `c/card.yaml:6:5: "Asia" is no time zone; try: Asia/Shanghai
c/card.yaml:13:40: min 0.1 is not a whole number of steps of 0.7
c/card.yaml:20:62: unknown word "magnets"; try: magnet
c/card.yaml:20:80: unknown word "powders"; try: powder
c/card.yaml:20:100: no ZIP leads to "near"; there are: far
c/card.yaml:23:55: order is 1 or 2
c/fuel.csv:2:23: percent "-14.5" is no decimal of at most 9 digits before and 4 behind the point
c/prices.csv:3:1: no band holds above 1 up to 2, after line 2
c/prices.csv:3:1: no band holds above 20; try: weight.max, or an empty up_to
c/remote.csv:3:1: "96-" is no ZIP; try: five digits, or the first three
c/zones.csv:3:4: a row is of a state or of ZIPs, not of both
c/zones.csv:4:6: the zone is empty`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestLastRecordedDecides: two versions of one day that were recorded together
// are no mistake where a later one holds in their place.
func TestLastRecordedDecides(t *testing.T) {
	v := "  - {from: 2026-01-01, recorded_at: %s, weight: {unit: kg, step: 1}, prices: plain.csv}\n"
	for _, order := range [][3]string{{"2025-12-01", "2025-12-01", "2026-02-01"}, {"2026-02-01", "2025-12-01", "2025-12-01"}, {"2025-12-01", "2026-02-01", "2025-12-01"}} {
		err := parseGood(func(f map[string]string) {
			head, _, _ := strings.Cut(f["card.yaml"], "  - from")
			for _, day := range order {
				head += fmt.Sprintf(v, day)
			}
			f["card.yaml"], f["plain.csv"] = head, "unit_price\n1\n"
		})
		if err != nil {
			t.Errorf("%v: %v", order, err)
		}
	}
}

// TestNumbersAreAsWritten: YAML would read 010 as eight and large ones with an
// exponent.
func TestNumbersAreAsWritten(t *testing.T) {
	m := fstest.MapFS{"c/plain.csv": {Data: []byte("unit_price\n1\n")}, "c/zones.csv": {Data: []byte("zip_from,zone\n9,far off\n0,it's 2\n")}}
	m["c/card.yaml"] = &fstest.MapFile{Data: []byte(`card: c
title: C
provider: p
channels: [C1]
currency: IDR
tz: Asia/Jakarta
versions:
  - from: 2026-01-01
    weight: {unit: kg, step: 1}
    zones: zones.csv
    prices: plain.csv
    surcharges:
      - {charge: a, name: 偏远附加费, fixed: 010, minimum: 1234567.5,maximum: 100000000.1234} # exact
      - {charge: b, fixed: "010"}
      - charge: c
        by_zone: {far off: 012.50, "it's 2": 007}
      - charge: d
        fixed: 0123456.7
`)}
	_, rows, err := rate.Parse(m, "c")
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, s := range rows.Surcharges {
		got += fmt.Sprintf("%s %d %d", s.Charge, s.Amount, s.Minimum)
		if s.Maximum != nil {
			got += fmt.Sprintf(" %d", *s.Maximum)
		}
		got += "\n"
	}
	for _, a := range rows.Amounts {
		got += fmt.Sprintf("%s %d\n", a.Key, a.Amount)
	}
	want := "a 1000000000 123456750000000 10000000012340000\nb 1000000000 0\nc 0 0\nd 12345670000000 0\nfar off 1250000000\nit's 2 700000000\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
