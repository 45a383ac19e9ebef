package cli

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/audit"
	"waybill/pipeline/demo"
)

// found is what the audit prints of what it found, as a program reads it.
type found struct {
	Findings []struct{ Rule, Confidence, Takes, Provider, Bill, Number, Delta string }
	Parts    []struct{ Provider, Month, Currency, Part, Amount string }
}

// mistakeKey is a rule on a parcel of a bill. Of mistakes that the audit claims
// line by line, or that are of the bill as a whole, the number is empty.
type mistakeKey struct{ Rule, Provider, Bill, Number string }

var wholeBills = []string{"A02", "I01"}

func keyOf(rule, provider, bill, number string) mistakeKey {
	if slices.Contains(wholeBills, rule) {
		number = ""
	}
	return mistakeKey{rule, provider, bill, number}
}

// amounts are exact sums by key.
type amounts[K comparable] map[K]*big.Rat

func (a amounts[K]) add(t *testing.T, k K, text string) {
	t.Helper()
	v, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no amount", text)
	}
	if a[k] == nil {
		a[k] = new(big.Rat)
	}
	a[k].Add(a[k], v)
}

func centsText(c demo.Cents) string { return big.NewRat(int64(c), 100).FloatString(2) }

// score is how a rule did on one demo.
type score struct {
	confidence               string
	mistakes, findings, both int // by key
	near, nearFound          int
	off                      []string // keys whose amounts are not the truth's
}

// scores holds all findings of a demo against what was put into its bills.
func scores(t *testing.T, truth demo.MoneyTruth, got found, rules []audit.Rule) map[string]*score {
	t.Helper()
	out := map[string]*score{}
	hints := map[string]bool{}
	for _, r := range rules {
		out[r.ID] = &score{confidence: r.Confidence}
		hints[r.ID] = r.Takes == audit.TakesNothing
	}
	want, have := amounts[mistakeKey]{}, amounts[mistakeKey]{}
	for _, m := range truth.Mistakes {
		want.add(t, keyOf(m.Rule, m.Provider, m.BillNo, m.Number), centsText(m.Delta))
	}
	for _, f := range got.Findings {
		have.add(t, keyOf(f.Rule, f.Provider, f.Bill, f.Number), f.Delta)
	}
	for k, v := range want {
		s := out[k.Rule]
		s.mistakes++
		if have[k] == nil {
			continue
		}
		s.both++
		// a hint compares with something else than the contract
		if !hints[k.Rule] && have[k].Cmp(v) != 0 {
			s.off = append(s.off, fmt.Sprintf("%v: %s for %s", k, have[k].FloatString(8), v.FloatString(2)))
		}
	}
	for k := range have {
		out[k.Rule].findings++
	}
	near := map[mistakeKey]bool{}
	for _, n := range truth.Near {
		if k := keyOf(n.Rule, n.Provider, n.BillNo, n.Number); want[k] == nil {
			near[k] = true
		}
	}
	for k := range near {
		out[k.Rule].near++
		if have[k] != nil {
			out[k.Rule].nearFound++
		}
	}
	return out
}

// TestFindingsEqualTheTruth: hard rules find every mistake that was put into
// the demo's bills, nothing else, and to the cent what it costs; soft ones nine
// of ten, and of ten findings at most three are wrong. What billed and quoted
// differ by is the truth's on every provider, month and currency.
func TestFindingsEqualTheTruth(t *testing.T) {
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			s := demoOf(t, seed)
			truth := s.moneyTruth()
			var got found
			s.decode(&got, "audit")
			var rules []audit.Rule
			s.decode(&rules, "audit", "rules")
			byRule := scores(t, truth, got, rules)
			for _, rule := range slices.Sorted(maps.Keys(byRule)) {
				r := byRule[rule]
				t.Logf("%s %s: %d mistakes, %d findings, %d in both, %d of %d near misses found", rule, r.confidence, r.mistakes, r.findings, r.both, r.nearFound, r.near)
				slices.Sort(r.off)
				for _, o := range r.off {
					t.Errorf("amount of %s", o)
				}
				switch {
				case r.confidence == audit.Hard && (r.both != r.mistakes || r.both != r.findings):
					t.Errorf("%s: %d mistakes, %d findings, %d in both", rule, r.mistakes, r.findings, r.both)
				case r.confidence == audit.Soft && r.mistakes > 0 && (10*r.both < 9*r.mistakes || 10*r.both < 7*r.findings):
					t.Errorf("%s, soft: %d mistakes, %d findings, %d in both", rule, r.mistakes, r.findings, r.both)
				}
			}
			sameSlices(t, truth, got)
			if seed == seeds[0] {
				upToDate(t, "docs/performance.md", map[string]string{"findings": findingsTable(rules, byRule)})
			}
		})
	}
}

type partKey struct{ Provider, Month, Currency, Part string }

func sameSlices(t *testing.T, truth demo.MoneyTruth, got found) {
	t.Helper()
	want, have := amounts[partKey]{}, amounts[partKey]{}
	for _, s := range truth.Slices {
		k := partKey{s.Provider, s.Month, s.Currency, "billed"}
		want.add(t, k, centsText(s.Billed))
		k.Part = "quoted"
		want.add(t, k, centsText(s.Quoted))
		for effect, v := range s.Effects {
			k.Part = effect
			want.add(t, k, centsText(v))
		}
	}
	billed, explained := amounts[partKey]{}, amounts[partKey]{}
	for _, p := range got.Parts {
		k := partKey{p.Provider, p.Month[:7], p.Currency, p.Part}
		have.add(t, k, p.Amount)
		k.Part = ""
		if p.Part == "billed" {
			billed.add(t, k, p.Amount)
		} else {
			explained.add(t, k, p.Amount)
		}
	}
	if diff := cmp.Diff(texts(want), texts(have)); diff != "" {
		t.Errorf("parts by provider, month and currency (-truth +audit):\n%s", diff)
	}
	if diff := cmp.Diff(texts(billed), texts(explained)); diff != "" || len(billed) < 40 {
		t.Errorf("%d slices: billed is not quoted and the parts (-billed +explained):\n%s", len(billed), diff)
	}
}

// texts are the sums that are not zero.
func texts(a amounts[partKey]) map[partKey]string {
	out := map[partKey]string{}
	for k, v := range a {
		if v.Sign() != 0 {
			out[k] = v.FloatString(8)
		}
	}
	return out
}

// findingsTable is the part of docs/performance.md about the demo of the first seed.
func findingsTable(rules []audit.Rule, byRule map[string]*score) string {
	var b strings.Builder
	b.WriteString("| rule | confidence | mistakes | findings | right | recall | precision | near misses | of these found |\n|---|---|---:|---:|---:|---:|---:|---:|---:|\n")
	var without []string
	for _, r := range rules {
		s := byRule[r.ID]
		if s.mistakes == 0 {
			without = append(without, fmt.Sprintf("%s (%d)", r.ID, s.findings))
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %s | %s | %d | %d |\n", r.ID, s.confidence, s.mistakes, s.findings, s.both, share(s.both, s.mistakes), share(s.both, s.findings), s.near, s.nearFound)
	}
	if len(without) == 0 {
		b.WriteString("\nThe truth speaks of every rule.\n")
		return b.String()
	}
	slices.Sort(without)
	fmt.Fprintf(&b, "\nThe truth says nothing of these rules, whose findings stand in brackets: %s.\n", strings.Join(without, ", "))
	return b.String()
}

func share(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}
