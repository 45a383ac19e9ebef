package rate

import (
	"regexp"
	"slices"
	"strings"
)

// CasesFile of a card's folder holds parcels with the price that each must have.
const CasesFile = "cases.csv"

// Case is a parcel with what its price must be: the total, single charges, or
// the problem that leaves it without a price.
type Case struct {
	Ask    Ask
	File   string
	Line   int
	Expect []Expect
}

// Expect is one amount, or one problem.
type Expect struct{ What, Value string } // total or a charge with its amount, or none; problem with its word

// Check is an expectation and what came of it.
type Check struct {
	Card, File string
	Line       int
	Case, What string
	Want, Got  string
	OK         bool
}

var expectText = regexp.MustCompile(`^([a-z][a-z0-9_]*) (-?[0-9]+(?:\.[0-9]+)?|none)$`)

// ReadCases reads cases.csv of a card: the columns of ReadAsks without card, and
// expect: "total 50.85; fuel 4.35", or the word of a problem.
func ReadCases(name string, b []byte, card string) ([]Case, error) {
	c := &checker{file: name, read: func(string) ([]byte, error) { return b, nil }}
	known := append(slices.DeleteFunc(slices.Clone(askColumns), func(s string) bool { return s == "card" }), "expect")
	var out []Case
	c.asks(c.table("$", name, known, []string{"expect"}), Ask{Card: card}, func(a Ask, r row) {
		k := Case{Ask: a, File: name, Line: r.line}
		for part := range strings.SplitSeq(r.text("expect"), ";") {
			part = strings.TrimSpace(part)
			if m := expectText.FindStringSubmatch(part); m != nil {
				k.Expect = append(k.Expect, Expect{m[1], m[2]})
			} else if _, ok := Problems[part]; ok {
				k.Expect = append(k.Expect, Expect{"problem", part})
			} else {
				r.bad("expect", "%q is no amount and no problem; try: total 50.85; fuel 4.35", part)
			}
		}
		out = append(out, k)
	})
	return out, c.err()
}

// Hold holds a price against what a case expects.
func (k Case) Hold(p Price) []Check {
	var out []Check
	for _, e := range k.Expect {
		got := "none"
		switch e.What {
		case "total":
			got = p.Total
			if got == "" {
				got = p.Problem
			}
		case "problem":
			got = p.Problem
		default:
			for _, c := range p.Charges {
				if c.Charge == e.What && c.Charged {
					got = c.Amount
				}
			}
		}
		ok := got == e.Value
		if e.What != "problem" {
			ok = plain(got) == plain(e.Value)
		}
		out = append(out, Check{Card: k.Ask.Card, File: k.File, Line: k.Line, Case: k.Ask.Parcel, What: e.What, Want: e.Value, Got: got, OK: ok})
	}
	return out
}

// plain is a decimal without the zeros behind it.
func plain(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
