package charge

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/data"
)

func builtin(t testing.TB) (File, Set) {
	t.Helper()
	b, err := data.FS.ReadFile(Path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse("data/charges.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	f, err := read("data/charges.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	return f, s
}

// table reads a CSV file without its header.
func table(t testing.TB, path string) [][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(b), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// testdata/texts.csv: what bills write, and what it means. Every pattern of the
// built-in words decides one of them, and every text means its own charge.
func TestBuiltin(t *testing.T) {
	f, s := builtin(t)
	used := map[string]bool{}
	for _, r := range table(t, "testdata/texts.csv") {
		provider, text, want := r[0], r[1], r[2]
		w, known := s.Of(provider, text)
		if w.Charge != want || known != (want != Other) {
			t.Errorf("%s %q: %s, want %s", provider, text, w.Charge, want)
		}
		if rule, ok := s.find(provider, text); ok {
			used[rule.text] = true
		}
	}
	check := func(provider, charge string, texts []string) {
		for _, text := range texts {
			if strings.HasPrefix(text, "~") {
				if !used[text] {
					t.Errorf("%s %s: pattern %s decides nothing", provider, charge, text)
				}
				continue
			}
			if w, _ := s.Of(provider, text); w.Charge != charge {
				t.Errorf("%s %q: %s, want %s", provider, text, w.Charge, charge)
			}
		}
	}
	for _, w := range f.Charges {
		check("", w.Charge, w.Texts)
	}
	for _, p := range f.Providers {
		for _, c := range p.Charges {
			check(p.Provider, c.Charge, c.Texts)
		}
	}
}

// The words that the audit and rate cards speak of.
func TestClasses(t *testing.T) {
	_, s := builtin(t)
	got := map[string]string{}
	for _, w := range s.Words() {
		got[w.Class] += w.Charge + " "
	}
	for class, want := range map[string]string{
		"freight":   "freight ",
		"surcharge": "registration handling fuel remote residential oversize additional_handling overweight peak signature insurance address_correction return redelivery storage pickup technology label cancellation battery saturday non_machinable minimum_charge misc ",
		"duty":      "duty duty_handling customs_clearance ", "tax": "vat ", "credit": "discount credit claim_paid ", "account": "account_fee ", "other": "other ",
	} {
		if got[class] != want {
			t.Errorf("%s: %s, want %s", class, got[class], want)
		}
	}
}

// What UPS really wrote on invoices; the list is not part of the repository.
func TestRealDescriptions(t *testing.T) {
	dir := os.Getenv("WAYBILL_REALDATA")
	if dir == "" {
		t.Skip("WAYBILL_REALDATA is not set: real descriptions are not read")
	}
	_, s := builtin(t)
	rows := table(t, filepath.Join(dir, "ups_billing_layout", "ups_charge_descriptions_EN_CN.csv"))
	if len(rows) < 100 {
		t.Fatalf("%d rows", len(rows))
	}
	// the list's own Chinese category, where it is as plain as ours
	want := map[string]string{"运费": "freight", "取件费": "pickup", "签收": "signature", "运费-退件费": "return", "退件费": "return", "旺季附加费": "peak", "燃油费": "fuel",
		"偏远费": "remote", "超偏远地区费": "remote", "极偏远费": "remote", "私人地址": "residential", "保险费": "insurance", "地址更正费": "address_correction", "AHS": "additional_handling",
		"AHS-超长": "additional_handling", "标签打印": "label"}
	for _, r := range rows {
		w, known := s.Of("ups", r[0])
		if !known {
			t.Errorf("%q is not known", r[0])
		}
		if is := want[r[2]]; is != "" && is != w.Charge {
			t.Errorf("%q: %s, the list says %s", r[0], w.Charge, r[2])
		}
	}
}

func TestMistakes(t *testing.T) {
	const other = "  - {charge: other, class: other, zh: o, en: o}\n"
	for text, want := range map[string]string{
		"charges:\n  - {charge: freight, class: frieght, zh: a, en: b}\n" + other:                                                                   `c.yaml:2:30: class "frieght"; try: freight`,
		"charges:\n  - {charge: Freight, class: freight, zh: a, en: b}\n" + other:                                                                   `lower case letters`,
		"charges:\n  - {charge: freight, class: freight, zh: a}\n" + other:                                                                          `a name in both languages`,
		"charges:\n  - {charge: freight, class: freight, zh: a, en: b, texts: ['~(~']}\n" + other:                                                   `c.yaml:2:61: pattern "~(~": `,
		"charges:\n  - {charge: freight, class: freight, zh: a, en: b, texts: [' ']}\n" + other:                                                     `is blank`,
		"charges:\n  - {charge: a, class: freight, zh: a, en: b, texts: [x]}\n  - {charge: b, class: freight, zh: a, en: b, texts: [X ]}\n" + other: `c.yaml:3:55: text "X" means a already`,
		"charges:\n  - {charge: a, class: freight, zh: a, en: b}\n  - {charge: a, class: freight, zh: a, en: b}\n" + other:                          `c.yaml:3:14: charge "a" is there twice`,
		"charges:\n  - {charge: a, class: freight, zh: a, en: b}\n":                                                                                 `no charge other`,
		"charges:\n  - {charge: other, class: other, zh: o, en: o, texts: [x]}\n":                                                                   `try: misc`,
		"charges:\n" + other + "providers: [{provider: p, charges: [{charge: oter, texts: [x]}]}]\n":                                                `c.yaml:3:46: charge "oter" is none of charges; try: other`,
		"charges:\n" + other + "providers: [{provider: p, charges: []}, {provider: P, charges: []}]\n":                                              `there twice`,
		"charge: []\n": `c.yaml:1:1: unknown key "charge"`,
	} {
		_, err := Parse("c.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot %v, want %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("charges:\n  - {charge: a, class: freight, zh: a, en: b, texts: [x, '~y~']}\n  - {charge: other, class: other, zh: o, en: o}\nproviders: [{provider: p, charges: [{charge: a, texts: [z]}]}]\n", "x")
	f.Fuzz(func(t *testing.T, text, said string) {
		if s, err := Parse("c.yaml", []byte(text)); err == nil {
			if w, known := s.Of("p", said); !known && w.Charge != Other {
				t.Errorf("%q: %v", said, w)
			}
		}
	})
}
