package reports

import (
	"bytes"
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"waybill/pipeline/rate"
)

// matrixCard has a matrix, and in each text of its owner what a page must escape.
const matrixCard = `card: m
title: '</title><script>alert(1)</script>"&'
provider: <b>p
channels: ['<i>C']
currency: CNY
tz: Asia/Shanghai
contract: '<img src=x onerror=alert(2)>'
versions:
  - {from: 2026-01-01, clause: '<u>1', countries: [US], weight: {unit: kg, step: 0.1, max: 30}, zones: zones.csv, matrix: matrix.csv, surcharges: [{charge: remote, name: '<s>n', clause: "<a href='#x'>", fixed: 1}]}
`

func cardOf(t *testing.T, text string, tables map[string]string) (*rate.Card, *rate.Rows) {
	t.Helper()
	m := fstest.MapFS{"m/card.yaml": {Data: []byte(text)}}
	for name, text := range tables {
		m["m/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	card, rows, err := rate.Parse(m, "m")
	if err != nil {
		t.Fatal(err)
	}
	return card, rows
}

func matrixOf(t *testing.T) (*rate.Card, *rate.Rows) {
	return cardOf(t, matrixCard, map[string]string{"zones.csv": "zip_from,zip_to,state,zone\n00501,49999,,A\n5,9,,B\n", "matrix.csv": "up_to,A,B\n0.5,10,12.5\n30,1234.5,40.1234\n"})
}

// ratePages are the pages of cards that the tests of all pages look at.
func ratePages(t *testing.T) map[string]func(Files) (Report, error) {
	out := map[string]func(Files) (Report, error){}
	for name, of := range map[string]func() (*rate.Card, *rate.Rows){
		"terms":  func() (*rate.Card, *rate.Rows) { return sheetOf(t, "label") },
		"matrix": func() (*rate.Card, *rate.Rows) { return matrixOf(t) },
	} {
		out["card "+name] = func(f Files) (Report, error) {
			card, rows := of()
			b, err := RatePage(card, rows, nil, nil, "test", f)
			return Report{HTML: b}, err
		}
	}
	return out
}

var tagRE = regexp.MustCompile(`<[^>]*>`)

// tableOf are the texts of a table's rows in a page, its heads first; nil: there is none.
func tableOf(page, id string) [][]string {
	_, rest, ok := strings.Cut(page, `<table id="t-`+id+`"`)
	if !ok {
		return nil
	}
	rest, _, _ = strings.Cut(rest, "</table>")
	var out [][]string
	for _, r := range strings.Split(rest, "<tr")[1:] {
		var cells []string
		for _, c := range regexp.MustCompile(`(?s)<t[hd][ >].*?</t[hd]>`).FindAllString(r, -1) {
			cells = append(cells, html.UnescapeString(tagRE.ReplaceAllString(c, "")))
		}
		out = append(out, cells)
	}
	return out
}

func TestRatePageHasTheRowsOfTheSheet(t *testing.T) {
	card, rows := sheetOf(t, "label")
	book, err := RateSheet(card, rows, []string{"en"}, nil, testFiles())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := RatePage(card, rows, []string{"en"}, nil, "test", testFiles())
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	// without what is empty: the page has a dash, or no such column
	filled := func(cells []string) []string {
		out := []string{}
		for _, c := range cells {
			if c != "" && c != string(none) {
				if n, ok := strings.CutSuffix(c, "%"); ok && strings.Contains(n, ".") {
					c = strings.TrimRight(strings.TrimRight(n, "0"), ".") + "%" // the reader of the workbook pads
				}
				out = append(out, strings.TrimPrefix(c, "'"))
			}
		}
		return out
	}
	for id, sheet := range map[string]string{"prices": "Prices", "zones": "Zones", "zips": "ZIP lists", "percents": "Percentages"} {
		all, err := f.GetRows(sheet)
		if err != nil || len(all) < 2 {
			t.Fatalf("%s: %d rows (%v)", sheet, len(all), err)
		}
		for v := range card.Versions {
			var want, got [][]string
			for _, r := range all[1:] {
				if r[0] == strconv.Itoa(v+1) {
					want = append(want, filled(r[2:]))
				}
			}
			if shown := tableOf(page, id+"-"+strconv.Itoa(v+1)); len(shown) > 0 {
				for _, r := range shown[1:] {
					got = append(got, filled(r))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s of version %d (sheet -, page +):\n%s", sheet, v+1, diff)
			}
		}
	}
	text := html.UnescapeString(tagRE.ReplaceAllString(page, ""))
	for i := range card.Versions {
		all, err := f.GetRows("Terms " + strconv.Itoa(i+1) + ", " + card.Versions[i].From)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			for _, c := range filled(r) {
				if !strings.Contains(text, c) {
					t.Errorf("the page lacks %q of version %d", c, i+1)
				}
			}
		}
	}
}

func TestRatePageMatrix(t *testing.T) {
	card, rows := matrixOf(t)
	raw, err := RatePage(card, rows, []string{"en"}, nil, "test", testFiles())
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"Above", "Up to and with", "Weight unit", "zone A", "zone B", "Currency"}, {"0", "0.5", "kg", "10.00", "12.50", "CNY"}, {"0.5", "30", "kg", "1,234.50", "40.1234", "CNY"}}
	if diff := cmp.Diff(want, tableOf(string(raw), "prices-1")); diff != "" {
		t.Error(diff)
	}
}

func TestRatePageEscapes(t *testing.T) {
	card, rows := matrixOf(t)
	raw, err := RatePage(card, rows, []string{"zh", "en"}, map[string]map[string]string{"en": {"remote": "<em>r"}}, "test", testFiles())
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	for _, bad := range []string{"<script>alert", "<b>p", "<i>C", "<img", "<u>1", "<s>n", "<a href='#x'", "<em>r"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q is not escaped", bad)
		}
		if !strings.Contains(page, html.EscapeString(bad)) {
			t.Errorf("the page lacks %q", bad)
		}
	}
}

func TestExactMoney(t *testing.T) {
	for n, want := range map[e8]number{0: "0.00", 500_000_000: "5.00", 512_340_000: "5.1234", 123_456_789_000_000: "1,234,567.89", 1: "0.00000001", -150_000_000: "−1.50", 12_500_000_000: "125.00"} {
		if got := exactMoney(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
