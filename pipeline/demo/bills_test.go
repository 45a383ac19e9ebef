package demo

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func moneyTruth(t *testing.T, dir string) MoneyTruth {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "truth_money.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth MoneyTruth
	if err := json.Unmarshal(b, &truth); err != nil {
		t.Fatal(err)
	}
	return truth
}

// cents reads an amount of a file.
func cents(t *testing.T, text string) Cents {
	t.Helper()
	if text == "" {
		return 0
	}
	v, err := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
	if err != nil || len(text) < 4 || text[len(text)-3] != '.' {
		t.Fatalf("%q is no amount", text)
	}
	return Cents(v)
}

// readBills are the tables of a feed by export instant, header first.
func readBills(t *testing.T, dir, feed string) map[string][][]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "inbox", feed, "*"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][][]string{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = bytes.NewReader(b)
		if strings.HasSuffix(path, ".gz") {
			if r, err = gzip.NewReader(r); err != nil {
				t.Fatal(err)
			}
		}
		if feed == billFeeds[hdLine] {
			r = simplifiedchinese.GB18030.NewDecoder().Reader(r)
		}
		if b, err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(b), utf8Mark))).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		stamp, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), feed+"_"), ".")
		at, err := time.Parse("20060102T150405Z", stamp)
		if err != nil {
			t.Fatal(err)
		}
		out[at.Format(time.RFC3339)] = rows
	}
	return out
}

// paper is a bill as a file has it.
type paper struct {
	lines  []string // number, charge, amount, weight, day
	total  Cents
	stated Cents
}

// papers reads all bills of a feed by number and export.
func papers(t *testing.T, dir, feed string) (map[[2]string]*paper, int64) {
	t.Helper()
	out := map[[2]string]*paper{}
	records := int64(0)
	for at, rows := range readBills(t, dir, feed) {
		records += int64(len(rows) - 1)
		col := map[string]int{}
		for i, name := range rows[0] {
			col[name] = i
		}
		for _, row := range rows[1:] {
			key := [2]string{row[0], at}
			p := out[key]
			if p == nil {
				p = &paper{}
				out[key] = p
			}
			if feed == billFeeds[owUS] {
				amount := cents(t, row[col["Net Amount"]])
				p.total += amount
				p.lines = append(p.lines, strings.Join([]string{row[col["Tracking Number"]], row[col["Charge Description"]], row[col["Net Amount"]], row[col["Billed Weight"]], row[col["Ship Date"]]}, "|"))
				stated := cents(t, row[col["Invoice Amount"]])
				if p.stated != 0 && p.stated != stated {
					t.Errorf("%s: two totals", row[0])
				}
				p.stated = stated
				continue
			}
			if row[col["运单号"]] == "合计" {
				p.stated = cents(t, row[col["总费用"]])
				continue
			}
			sum := Cents(0)
			for _, name := range []string{"运费", "挂号费", "燃油费", "偏远费", "关税", "签名费", "保险费", "改址费", "取件费", "系统费", "带电费", "标签费", "增值税", "退件费", "返款", "其他费"} {
				if amount := cents(t, row[col[name]]); amount != 0 {
					sum += amount
					p.lines = append(p.lines, strings.Join([]string{row[col["运单号"]], name, row[col[name]], row[col["计费重(kg)"]], row[col["发货时间"]]}, "|"))
				}
			}
			if sum != cents(t, row[col["总费用"]]) {
				t.Errorf("%s %s: charges %d, total %s", row[0], row[col["运单号"]], sum, row[col["总费用"]])
			}
			p.total += sum
		}
	}
	for _, p := range out {
		sort.Strings(p.lines)
	}
	return out, records
}

// TestBillsInFilesEqualTheTruth reads all bills back.
func TestBillsInFilesEqualTheTruth(t *testing.T) {
	for _, opts := range []Options{{Seed: 1}, {Seed: 5, Shipments: 700, ExtraDays: 2}, {Seed: 3, Shipments: 300, Weeks: 5, Plain: true}} {
		dir, _ := generate(t, opts)
		truth := moneyTruth(t, dir)
		wrongTotal := map[string]bool{}
		for _, m := range truth.Mistakes {
			if m.Rule == "I01" {
				wrongTotal[m.BillNo] = true
			}
		}
		billed := map[string]Cents{}
		for _, files := range truth.Files {
			got, records := papers(t, dir, files.Feed)
			lines, bills := int64(0), 0
			before := map[string]*paper{}
			for _, b := range truth.Bills {
				if b.Feed != files.Feed {
					continue
				}
				bills++
				p := got[[2]string{b.BillNo, b.Exported}]
				if p == nil {
					t.Fatalf("%s of %s is in no file", b.BillNo, b.Exported)
				}
				lines += int64(len(p.lines))
				if p.stated != b.Stated || !b.Part && (p.total != b.Total || len(p.lines) != b.Lines) {
					t.Errorf("%+v: the file has %d lines of %d, total %d", b, len(p.lines), p.total, p.stated)
				}
				if off := b.Stated - b.Total; (off > 1 || off < -1) != wrongTotal[b.BillNo] {
					t.Errorf("%+v: off by %d", b, off)
				}
				first := before[b.BillNo+b.DuplicateOf]
				switch {
				case b.Kind == "resend" || b.DuplicateOf != "":
					if first = before[strings.TrimSuffix(b.BillNo, "B")]; first == nil || !slices.Equal(first.lines, p.lines) {
						t.Errorf("%+v: other lines than before", b)
					}
				case b.Kind == "rebill" && (first == nil || len(first.lines) != len(p.lines) || first.total <= p.total):
					t.Errorf("%+v: want as many lines, for less", b)
				case b.Kind == "supplement" && !b.Part && (first == nil || !contains(p.lines, first.lines)):
					t.Errorf("%+v: lacks lines of before", b)
				}
				before[b.BillNo] = p
				if b.Current {
					billed[b.Provider+b.BillDate[:7]] += b.Total
				}
			}
			if bills != len(got) || records != files.Records || lines != files.Lines {
				t.Errorf("%+v: %d bills of %d, %d records, %d lines in files", files, bills, len(got), records, lines)
			}
		}
		for _, s := range truth.Slices {
			sum := s.Quoted
			for _, v := range s.Effects {
				sum += v
			}
			if sum != s.Billed || s.Billed != billed[s.Provider+s.Month] {
				t.Errorf("%+v: quoted and effects are %d, bills %d", s, sum, billed[s.Provider+s.Month])
			}
		}
	}
}

// contains reports whether sorted lines have all of fewer, as often.
func contains(all, fewer []string) bool {
	for _, l := range fewer {
		i, found := slices.BinarySearch(all, l)
		if !found {
			return false
		}
		all = slices.Delete(slices.Clone(all), i, i+1)
	}
	return true
}

// TestEveryRuleHasItsCases: thirty of each in the demo of usual size. Volume credits are of months, and how many parcels are lost is not for the bills to say.
func TestEveryRuleHasItsCases(t *testing.T) {
	few := map[string]int{"A06": 15, "A07": 10, "R04": 3}
	for _, seed := range []uint64{1, 2, 7} {
		dir, _ := generate(t, Options{Seed: seed})
		truth := moneyTruth(t, dir)
		count := func(list []Mistake) map[string]int {
			seen, n := map[[3]string]bool{}, map[string]int{}
			for _, m := range list {
				if key := [3]string{m.Rule, m.BillNo, m.Number}; !seen[key] {
					seen[key] = true
					n[m.Rule]++
				}
			}
			return n
		}
		mistakes, near := count(truth.Mistakes), count(truth.Near)
		for _, rule := range strings.Fields("A01 A02 A03 A04 A05 A06 A07 A08 A09 W01 W02 W03 W04 W05 W06 W07 R01 R02 R03 R04 R05 R06 R07 S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11 S12 S13 S14 D01 D02 D04 D05 D06 T01 T02 I01 I04 I05 I06 I07 Q01") {
			want := 30
			if n, is := few[rule]; is {
				want = n
			}
			if mistakes[rule] < want || near[rule] < want {
				t.Errorf("seed %d, %s: %d mistakes and %d near misses, want %d", seed, rule, mistakes[rule], near[rule], want)
			}
		}
		double := map[string]map[string]bool{}
		for _, m := range truth.Mistakes {
			if !m.Soft {
				if double[m.BillNo+m.Number] == nil {
					double[m.BillNo+m.Number] = map[string]bool{}
				}
				double[m.BillNo+m.Number][m.Rule] = true
			}
			if free := m.Rule == "R03" || m.Rule == "W07"; m.Delta <= 0 && !free || m.Delta < 0 || m.Delta != m.Billed-m.Expected {
				t.Errorf("%+v: delta", m)
			}
		}
		two := map[string]int{}
		for _, rules := range double {
			for _, pair := range [][2]string{{"W01", "R01"}, {"W01", "S01"}, {"R02", "S03"}} {
				if rules[pair[0]] && rules[pair[1]] {
					two[pair[0]+" "+pair[1]]++
				}
			}
		}
		if two["W01 R01"] < 5 || two["W01 S01"] < 5 || two["R02 S03"] < 5 {
			t.Errorf("seed %d: parcels with two mistakes: %v", seed, two)
		}
		kinds := map[string]int{}
		for _, b := range truth.Bills {
			kinds[b.Kind]++
			if b.DuplicateOf != "" {
				kinds["duplicate"]++
			}
			if b.Part {
				kinds["part"]++
			}
		}
		for _, k := range []string{"resend", "supplement", "rebill", "duplicate", "part"} {
			if kinds[k] < 3 {
				t.Errorf("seed %d: %d bills are a %s", seed, kinds[k], k)
			}
		}
		wrong := map[[2]string]bool{}
		for _, m := range truth.Mistakes {
			wrong[[2]string{m.BillNo, m.Number}] = true
		}
		for _, c := range truth.Credits {
			if !wrong[[2]string{c.For, c.Number}] || c.Amount >= 0 {
				t.Errorf("%+v: for nothing", c)
			}
		}
		if len(truth.Credits) < 10 || len(truth.Unbilled) < 30 {
			t.Errorf("seed %d: %d credits, %d parcels left out", seed, len(truth.Credits), len(truth.Unbilled))
		}
	}
}

// TestMistakesAddUpToEffects: nothing else moves an effect but account fees, credits, and rates of exchange that are near.
func TestMistakesAddUpToEffects(t *testing.T) {
	dir, _ := generate(t, Options{Seed: 4})
	truth := moneyTruth(t, dir)
	months := map[string]string{}
	for _, b := range truth.Bills {
		months[b.BillNo] = b.BillDate[:7]
	}
	got, want := map[string]Cents{}, map[string]Cents{}
	for _, m := range append(truth.Mistakes, truth.Near...) {
		if !m.Soft && m.Effect != "" {
			got[m.Provider+" "+months[m.BillNo]+" "+m.Effect] += m.Delta
		}
	}
	for _, s := range truth.Slices {
		for effect, v := range s.Effects {
			if v != 0 && effect != "account" && effect != "credits" {
				want[s.Provider+" "+s.Month+" "+effect] = v
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("effects (-slices +mistakes):\n%s", diff)
	}
}

// TestBillsMoveNothingElse: the bench measures exports without them.
func TestBillsMoveNothingElse(t *testing.T) {
	a, ta := generate(t, Options{Seed: 6, Shipments: 900})
	b, tb := generate(t, Options{Seed: 6, Shipments: 900, NoBills: true})
	if diff := cmp.Diff(ta, tb); diff != "" {
		t.Error(diff)
	}
	ha, hb := hashes(t, a), hashes(t, b)
	for name, h := range ha {
		if bills := strings.Contains(name, "bills_") || strings.HasPrefix(name, "data/providers/") || name == "truth_money.json"; bills == (hb[name] == h) {
			t.Errorf("%s: bills %v, same in both %v", name, bills, hb[name] == h)
		}
	}
}

func TestChineseBytes(t *testing.T) {
	for _, text := range []string{wideHead, wideValueHead, "合计", "正式账单", "补充账单", "美国"} {
		want, err := simplifiedchinese.GB18030.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(toGB18030(text)); got != want {
			t.Errorf("%s: % x, want % x", text, got, want)
		}
	}
}

// TestPricesByHand are sums done on paper.
func TestPricesByHand(t *testing.T) {
	t0 := tariffs{first: 20409, end: 20773}
	service := func(name string) uint8 {
		return uint8(slices.IndexFunc(channels, func(c channel) bool { return c.name == name }))
	}
	d := int64(20409) // first lists
	for _, c := range []struct {
		name, channel string
		zip           int32
		b             body
		grams, zone   int64
		weight        int64
		want          amounts
	}{
		{"0.512 kg x 92 = 47.10, fuel 15.00 % 7.07", "HD-STD", 90001, body{l: 100, w: 100, h: 100}, 512, 0, 512, amounts{chFreight: 4710, chRegistration: 1800, chTechnology: 80, chFuel: halfUp(4710*fuelPercent(hdLine, d), 10000)}},
		{"volume 8000 cm3 is 1 kg, twice half a kilogram", "HD-STD", 99510, body{l: 200, w: 200, h: 200}, 500, 0, 1000, amounts{chFreight: 9200, chRegistration: 1800, chTechnology: 80, chRemote: 2000, chFuel: halfUp(11200*fuelPercent(hdLine, d), 10000)}},
		{"a gram more and it does not count", "HD-STD", 90001, body{l: 200, w: 200, h: 200}, 501, 0, 501, amounts{chFreight: 4609, chRegistration: 1800, chTechnology: 80, chFuel: halfUp(4609*fuelPercent(hdLine, d), 10000)}},
		{"up to 0.52 kg, x 82", "NH-STD", 90001, body{}, 512, 0, 520, amounts{chFreight: 4264, chRegistration: 1600, chPickup: 250}},
		{"0.55 kg: first 0.1 and five more, least duty, tax 6 % of 104.99", "PB-DDP", 90001, body{l: 100, w: 100, h: 100, value: 10_499}, 512, 0, 550, amounts{chFreight: 6350, chDuty: 1050, chVAT: 630}},
		{"duty 10 % of 240.05 is 24.01, tax 14.40", "PB-DDP", 90001, body{l: 100, w: 80, h: 100, value: 24_005}, 100, 0, 100, amounts{chFreight: 4150, chDuty: 2401, chVAT: 1440}},
		{"453 g are a pound, 454 g two", "OW-GND", 90001, body{l: 100, w: 100, h: 100, residential: true}, 454, 2, 2, amounts{chFreight: 672, chHandling: 120, chResidential: 310, chFuel: halfUp(982*fuelPercent(owUS, d), 10000)}},
		{"32 x 16 x 11 in / 250 = 23 lb, oversize and not additional handling", "OW-GND", 90001, body{l: 810, w: 405, h: 275}, 454, 3, 23, amounts{chFreight: 2280, chHandling: 120, chOversize: 3800, chFuel: halfUp(2280*fuelPercent(owUS, d), 10000)}},
	} {
		p := &parcel{service: service(c.channel), zip: c.zip, weight: c.grams}
		w, _ := chargeable(channels[p.service].line, c.grams, c.b)
		if w != c.weight {
			t.Errorf("%s: chargeable %d, want %d", c.name, w, c.weight)
		}
		if diff := cmp.Diff(c.want, t0.price(p, c.b, d, w, c.zone)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
