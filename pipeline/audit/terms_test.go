package audit_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"waybill/pipeline/audit"
	"waybill/queries"
)

// TestTermsOfTheCard: a finding has the window and the cap of the version that
// priced its parcel: its rule's own, else those of all; a parcel of a version
// without terms has none.
func TestTermsOfTheCard(t *testing.T) {
	all, err := audit.ReadCases(queries.FS)
	if err != nil {
		t.Fatal(err)
	}
	a, tables := auditor(t, queries.FS)
	if _, err := a.Hold(context.Background(), slices.DeleteFunc(all, func(c audit.Cases) bool { return c.Rule != "A08" }), tables); err != nil {
		t.Fatal(err)
	}
	res, err := a.Result(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, f := range res.Findings {
		kind := f.Rule + " " + f.Currency
		if f.Rule == "A08" && f.Window == nil {
			kind = "A08 of April"
		}
		seen[kind]++
		switch kind {
		case "A08 USD", "A08 CNY": // half of the freight that the card asks, in the currency of the bill
			want, said := audit.Money(1000000000), `"claim_cap":"10.00000000","claim_cap_per":"freight"`
			if f.Currency == "CNY" {
				want, said = 7000000000, `"claim_cap":"70.00000000","claim_cap_per":"freight"`
			}
			if *f.Window != 15 || f.WindowFrom != "delivered" || f.Cap == nil || *f.Cap != want || strings.Contains(f.Evidence, said) != (f.Delta > want) {
				t.Errorf("%+v", f)
			}
		case "R01 USD", "A01 USD":
			if f.Window == nil || *f.Window != 60 || f.WindowFrom != "bill_date" || f.Cap != nil {
				t.Errorf("%+v", f)
			}
		case "A08 of April":
			if f.WindowFrom != "" || f.Cap != nil || strings.Contains(f.Evidence, "claim_cap") {
				t.Errorf("%+v", f)
			}
		}
	}
	for _, kind := range []string{"A08 USD", "A08 CNY", "A08 of April", "R01 USD", "A01 USD"} {
		if seen[kind] == 0 {
			t.Errorf("no finding of the cases is %s", kind)
		}
	}
}
