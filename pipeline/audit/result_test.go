package audit_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"waybill/pipeline/audit"
	"waybill/queries"
)

// TestBillsWithoutASum: a bill of several currencies, and one that states a total
// and has no lines, have no sum of lines.
func TestBillsWithoutASum(t *testing.T) {
	ctx := context.Background()
	a, tables := auditor(t, queries.FS)
	line := func(bill, number, currency, amount string) audit.CaseLine {
		return audit.CaseLine{Bill: bill, Date: "2026-03-31", Number: number, Charge: "freight", Amount: amount, Currency: currency}
	}
	c := audit.Cases{File: "made", Rule: "A04", Provider: "acme", AsOf: "2026-06-30", List: []audit.Case{{Name: "mixed",
		Parcels: []audit.CaseParcel{{ID: "P1", Channel: "STD", Label: "2026-03-03", Weight: "1 kg"}},
		Lines:   []audit.CaseLine{line("B1", "X1", "USD", "10.00"), line("B1", "X2", "CNY", "70.00"), line("B2", "X3", "USD", "1.25"), line("B2", "X4", "USD", "2.50")}}}}
	if _, err := a.Hold(ctx, []audit.Cases{c}, tables); err != nil {
		t.Fatal(err)
	}
	if err := a.Engine.Exec(ctx, "insert into bills (provider, bill_no, version, kind, is_current, bill_date, currency, lines, stated_total) values ('acme', 'total alone', 1, 'original', true, date '2026-03-31', 'USD', 0, 12.34)"); err != nil {
		t.Fatal(err)
	}
	out, err := a.Result(ctx)
	if err != nil {
		t.Fatal(err)
	}
	shown := func(m *audit.Money) string {
		if m == nil {
			return "-"
		}
		return m.String()
	}
	var got []string
	for _, b := range out.Bills {
		got = append(got, fmt.Sprintf("%s: %s stated %s, %d hard %s", b.Bill, shown(b.Total), shown(b.Stated), b.Hard, shown(b.Claim)))
	}
	want := []string{"c0_0.B1: - stated -, 2 hard -", "c0_0.B2: 3.75 stated -, 2 hard 3.75", "total alone: - stated 12.34, 0 hard 0.00"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
