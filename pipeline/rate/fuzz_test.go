package rate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"waybill/pipeline/rate"
)

// FuzzParse: no bytes of a stranger make the reader of cards panic, and what it
// takes whole compiles to rows.
func FuzzParse(f *testing.F) {
	starter := map[string]string{}
	for _, name := range []string{"card.yaml", "prices.csv", "remote.csv", "fuel.csv"} {
		b, err := os.ReadFile(filepath.Join("../../data/rates", name))
		if err != nil {
			f.Fatal(err)
		}
		starter[name] = strings.NewReplacer("((card))", "c", "((provider))", "p", "((channels))", "[C1]", "((currency))", "CNY", "((tz))", "Asia/Shanghai").Replace(string(b))
	}
	if strings.Contains(starter["card.yaml"], "((") {
		f.Fatal("the starter has a gap that the seed does not fill")
	}
	f.Add(starter["card.yaml"], "zip_from,zip_to,state,zone\n9,,,A\n", starter["prices.csv"], starter["remote.csv"], starter["fuel.csv"])
	f.Add(goodCard["card.yaml"], goodCard["zones.csv"], goodCard["prices.csv"], goodCard["remote.csv"], goodCard["fuel.csv"])
	f.Add(strings.Replace(goodCard["card.yaml"], "prices: prices.csv", "matrix: prices.csv", 1), goodCard["zones.csv"], goodCard["matrix.csv"], goodCard["remote.csv"], goodCard["fuel.csv"])
	f.Fuzz(func(t *testing.T, card, zones, prices, remote, fuel string) {
		m := fstest.MapFS{}
		for name, text := range map[string]string{"card.yaml": card, "zones.csv": zones, "prices.csv": prices, "remote.csv": remote, "fuel.csv": fuel} {
			m["c/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
		c, rows, err := rate.Parse(m, "c")
		switch {
		case err != nil && (c != nil || rows != nil):
			t.Error("a card with a mistake is given")
		case err == nil && (len(rows.Versions) != len(c.Versions) || len(rows.Spans) == 0 || len(rows.Prices) == 0):
			t.Error("a card without a mistake has no prices")
		case err == nil:
			rate.Tables([]*rate.Card{c}, []*rate.Rows{rows})
		}
	})
}
