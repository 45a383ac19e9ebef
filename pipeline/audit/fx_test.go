package audit_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"waybill/pipeline/audit"
)

func TestReadFX(t *testing.T) {
	read := func(a, b string) ([]audit.FXRate, error) {
		return audit.ReadFX(fstest.MapFS{"fx/a.csv": {Data: []byte(a)}, "fx/b.csv": {Data: []byte(b)}}, "data", []string{"fx/a.csv", "fx/b.csv"})
	}
	const head = "date,base,quote,rate\n"
	got, err := read("\ufeff"+head+"2026-03-27,USD,CNY,7.0512\n", head+"2026-03-27,CNY,USD,0.14181983\n")
	if err != nil || len(got) != 2 || got[0] != (audit.FXRate{Day: "2026-03-27", Base: "USD", Quote: "CNY", RateE8: 705120000}) || got[1].RateE8 != 14181983 {
		t.Fatal(got, err)
	}
	for name, c := range map[string]struct{ a, b, want string }{
		"header":        {"day,base,quote,rate\n", head, "data/fx/a.csv:1:1: the header is"},
		"day":           {head + "27.3.2026,USD,CNY,7\n", head, "data/fx/a.csv:2:1: date"},
		"currency":      {head + "2026-03-27,USD,RMB¥,7\n", head, "data/fx/a.csv:2:16: quote"},
		"one currency":  {head + "2026-03-27,USD,USD,1\n", head, "data/fx/a.csv:2:16: base and quote"},
		"no rate":       {head + "2026-03-27,USD,CNY,\n", head, "data/fx/a.csv:2:20: rate"},
		"zero":          {head + "2026-03-27,USD,CNY,0\n", head, "data/fx/a.csv:2:20: rate 0"},
		"cells":         {head + "2026-03-27,USD,CNY\n", head, "data/fx/a.csv:2:1: 3 cells"},
		"twice":         {head + "2026-03-27,USD,CNY,7\n2026-03-27,USD,CNY,7.1\n", head, "data/fx/a.csv:3:1: the rate of USD"},
		"in two files":  {head + "2026-03-27,USD,CNY,7\n", head + "2026-03-27,USD,CNY,7.1\n", "data/fx/b.csv:2:1: the rate of USD in CNY on 2026-03-27 stands in data/fx/a.csv:2"},
		"broken quotes": {head + "2026-03-27,\"USD,CNY,7\n", head, "data/fx/a.csv:"},
	} {
		if _, err := read(c.a, c.b); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
}
