package rate_test

import (
	"strings"
	"testing"
)

func TestTermsOfMonths(t *testing.T) {
	for _, c := range []struct{ terms, want string }{
		{"volume: {by: month, tiers: [{from: 10, percent: 5}, {from: 20, percent: 7.5}]}, minimum_spend: {by: month, amount: 500}", ""},
		{"volume: {by: week, tiers: [{from: 10, percent: 5}]}", `unknown word "week"; try: month`},
		{"volume: {by: month, tiers: []}", "the volume has no tiers"},
		{"volume: {by: month, tiers: [{from: 10.5, percent: 5}]}", "10.5 is no whole number of parcels"},
		{"volume: {by: month, tiers: [{from: 20, percent: 5}, {from: 10, percent: 7}]}", "a tier begins with more parcels, and gives more, than that before it"},
		{"volume: {by: month, tiers: [{from: 10, percent: 5}, {from: 20, percent: 5}]}", "a tier begins with more parcels"},
		{"volume: {by: month, tiers: [{from: 10, percent: 101}]}", "101 is not from 0.0001 to 100"},
		{"minimum_spend: {by: month}", "amount is missing or zero"},
	} {
		err := parseGood(func(f map[string]string) {
			terms := strings.Replace("    "+c.terms+"\n", "}, minimum_spend", "}\n    minimum_spend", 1)
			f["card.yaml"] = strings.Replace(f["card.yaml"], "    minimum: 1\n", "    minimum: 1\n"+terms, 1)
		})
		if got := errorText(err); got != c.want && (c.want == "" || !strings.Contains(got, c.want)) {
			t.Errorf("%s: %q, want %q", c.terms, got, c.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
