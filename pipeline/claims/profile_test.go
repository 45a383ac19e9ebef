package claims_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"waybill/pipeline/claims"
)

func TestProfile(t *testing.T) {
	b, err := os.ReadFile("testdata/yun.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := claims.ParseProfile("data/providers/yun.yaml", b)
	if err != nil || p.Title != "云途" || *p.Claims.WindowDays != 30 || p.Claims.Rules["A08"].Cap.Amount != "200.5" || p.Contact == "" {
		t.Fatalf("%+v: %v", p, err)
	}
	p, err = claims.ParseProfile("data/providers/fpx.yaml", []byte("provider: fpx\n"))
	if err != nil || p.Title != "fpx" || p.Language != "zh" || p.Claims.WindowDays != nil {
		t.Fatalf("%+v: %v", p, err)
	}
}

func TestProfileRefusesWithThePlace(t *testing.T) {
	for text, want := range map[string]string{
		"title: x\n":                                               "p.yaml:1:1: the profile has no provider",
		"provider: x\nlanguage: fr\n":                              `p.yaml:2:11: unknown word "fr"; try: zh, en`,
		"provider: x\ncalims: {}\n":                                `p.yaml:2:1: unknown key "calims"; try: claims`,
		"provider: x\naccounts: [A, A]\n":                          `p.yaml:2:15: account "A" stands a second time`,
		"provider: x\nclaims:\n  window_days: -1\n":                "p.yaml:3:16: -1 is no number of days",
		"provider: x\nclaims:\n  from: bill_dat\n":                 `p.yaml:3:9: unknown word "bill_dat"; try: bill_date`,
		"provider: x\nclaims:\n  minimum: five\n":                  `p.yaml:3:12: "five" is no amount`,
		"provider: x\nclaims: {cap: {amount: 0, currency: rmb}}\n": `p.yaml:2:24: "0" is no amount above 0`,
		"provider: x\nclaims: {cap: {amount: 1}}\n":                "is no code of ISO 4217",
		"provider: x\nclaims:\n  rules:\n    A08: {from: never}\n": `p.yaml:4:17: unknown word "never"`,
		"provider: [\n":                                            "p.yaml:1:",
	} {
		_, err := claims.ParseProfile("p.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngives %v\nwant  %s", text, err, want)
		}
	}
}

func TestProfilesOfOneProvider(t *testing.T) {
	fsys := fstest.MapFS{"providers/a.yaml": {Data: []byte("provider: x\n")}, "providers/b.yaml": {Data: []byte("title: b\nprovider: x\n")}, "providers/c.yaml": {Data: []byte("provider: 1\nlanguage: xx\n")}}
	got, err := claims.ParseProfiles(fsys, []string{"providers/a.yaml", "providers/b.yaml", "providers/c.yaml"}, "data")
	if err == nil || len(got) != 1 || !strings.Contains(err.Error(), `data/providers/b.yaml:2:11: provider "x" is in data/providers/a.yaml already`) || !strings.Contains(err.Error(), "data/providers/c.yaml:2:11") {
		t.Errorf("%v: %v", got, err)
	}
}

// TestCardGoesBeforeProfile: a window and a cap of the card stand for those of
// the profile, each for itself.
func TestCardGoesBeforeProfile(t *testing.T) {
	p, err := claims.ParseProfile("p.yaml", []byte("provider: yun\nclaims: {window_days: 30, cap: {amount: 8, currency: CNY}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	days, most := 10, claims.Amount(5_0000)
	for _, c := range []struct {
		days      *int
		from      string
		most      *claims.Amount
		by, claim string
	}{
		{nil, "", nil, "2026-12-02", "8.00"},
		{&days, "bill_date", nil, "2026-11-12", "8.00"},
		{&days, "delivered", nil, "", "8.00"}, // which is not known
		{nil, "", &most, "2026-12-02", "5.00"},
	} {
		f := finding(t, "a", "20")
		f.Shipment, f.Currency, f.WindowDays, f.WindowFrom, f.Cap = "P1", "CNY", c.days, c.from, c.most
		d := newDesk(t, f)
		d.in.Profiles = claims.Profiles{"yun": p}
		k := d.book().Find("a")
		if k.Deadline != c.by || k.Claimed.String() != c.claim {
			t.Errorf("%+v: until %q for %s", c, k.Deadline, k.Claimed)
		}
	}
}

func FuzzParseProfile(f *testing.F) {
	f.Add([]byte("provider: x\nclaims: {window_days: 3, rules: {A08: {from: delivered}}}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := claims.ParseProfile("p.yaml", b)
		if err == nil && (p.Provider == "" || p.Language == "") {
			t.Errorf("%q: %+v", b, p)
		}
	})
}
