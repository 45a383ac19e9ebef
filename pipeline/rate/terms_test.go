package rate_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"waybill/pipeline/rate"
)

func TestTermsOfClaims(t *testing.T) {
	for _, c := range []struct{ terms, want string }{
		{"claims: {window: {days: 30, from: delivered}, cap: {amount: 200, per: kg}, rules: {A08: {cap: {percent: 50}}}}", ""},
		{"claims: {}", "c/card.yaml:17:13: the terms of claims are empty"},
		{"claims: {window: {from: delivered}}", "days is missing"},
		{"claims: {window: {days: 30.5}}", "c/card.yaml:17:29: 30.5 is no number of days from 0 to 3660"},
		{"claims: {window: {days: 30, from: bill_dat}}", `c/card.yaml:17:39: unknown word "bill_dat"; try: bill_date`},
		{"claims: {cap: {amount: 200, percent: 5}}", "a cap is one of amount and percent"},
		{"claims: {cap: {per: kg}}", "a cap is one of amount and percent"},
		{"claims: {cap: {percent: 5, per: kg}}", "a percentage of the freight is per nothing"},
		{"claims: {cap: {amount: 200, per: piece}}", `unknown word "piece"; try: parcel`},
		{"claims: {rules: {A08: {window: {days: x}}}}", `c/card.yaml:17:43: "x" is no decimal`},
		{"guarantee: {days: 10, calendar: us_federal, tz: America/New_York, from: first_scan, percent: 100, of: [freight, fuel], except: [customs_held, battery]}", ""},
		{"late: {days: 10, per_day: 1.5, maximum: 6, undelivered: true, clause: 4.2}", ""},
		{"late: {percent: 100}", "days is missing"},
		{"late: {days: 0, percent: 100}", "0 is no number of days from 1 to 3660"},
		{"late: {days: 10}", "the late pays 0 amounts; try: one of percent, fixed, per_day"},
		{"late: {days: 10, fixed: 1, percent: 5}", "the late pays 2 amounts"},
		{"late: {days: 10, percent: 101}", "101 is not from 0.0001 to 100"},
		{"late: {days: 10, fixed: 1, of: [freight]}", "of belongs to a percentage"},
		{"late: {days: 10, percent: 5, of: [duty]}", `"duty" is no charge of the version; try: freight, remote, lift, fuel, peak`},
		{"late: {days: 10, fixed: 1, from: delivered}", `unknown word "delivered"; try: label, handed_over, first_scan`},
		{"late: {days: 10, fixed: 1, tz: Mars}", `"Mars" is no time zone; try: America/New_York`},
		{"late: {days: 10, fixed: 1, except: [weather]}", `unknown word "weather"`},
		{"guarantee: {days: 10, fixed: 1, undelivered: true}", "a guarantee pays once the parcel has arrived; try: late"},
	} {
		err := parseGood(func(f map[string]string) {
			f["card.yaml"] = strings.Replace(f["card.yaml"], "    minimum: 1\n", "    "+c.terms+"\n    minimum: 1\n", 1)
		})
		if got := errorText(err); got != c.want && (c.want == "" || !strings.Contains(got, c.want)) {
			t.Errorf("%s: %q, want %q", c.terms, got, c.want)
		}
	}
}

// TestTermsOfSingleRules: what a rule's own terms leave out is as for all.
func TestTermsOfSingleRules(t *testing.T) {
	m := fstest.MapFS{}
	for name, text := range goodCard {
		m["c/"+name] = &fstest.MapFile{Data: []byte(strings.Replace(text, "    minimum: 1\n", "    claims: {window: {days: 30}, cap: {amount: 200}, rules: {A08: {window: {days: 15, from: delivered}}, A09: {cap: {percent: 50}}}}\n    late: {days: 9, calendar: moon, fixed: 1}\n", 1)), Mode: fs.ModePerm}
	}
	card, rows, err := rate.Parse(m, "c")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []rate.ClaimRow{{From: "bill_date", CapKind: "parcel", Cap: 200_0000_0000}, {Rule: "A08", From: "delivered", CapKind: "parcel", Cap: 200_0000_0000}, {Rule: "A09", From: "bill_date", CapKind: "freight", Cap: 50_0000}} {
		got := rows.Claims[i]
		days := *got.Days
		if got.Days = nil; got != want || days != map[string]int64{"": 30, "A08": 15, "A09": 30}[got.Rule] {
			t.Errorf("%+v, %d days, want %+v", got, days, want)
		}
	}
	errs := card.Calendars([]string{"every_day", "us_federal"})
	if len(errs) != 1 || errs[0].Error() != `c/card.yaml:18:31: there is no calendar "moon"; try: every_day, us_federal` {
		t.Errorf("%v", errs)
	}
}
