package reports

import (
	"time"

	"waybill/pipeline/metric"
)

// decidedLeakage adds classes, approvals and closed months to a page.
func decidedLeakage(in metric.Leakage) metric.Leakage {
	for i, class := range []string{"mugs", "mixed", "unknown", ""} {
		in.SKUClasses = append(in.SKUClasses, metric.MoneySlice{SKUClass: class, MoneySum: moneySum("CNY", 9000-int64(i), 0, 100, 0, 0, map[string]int64{"rate": 120})})
	}
	at := time.Date(2026, 11, 12, 9, 30, 0, 0, time.UTC)
	for i := range in.Bills {
		in.Bills[i] = decidedBill(in.Bills[i], i)
	}
	if in.Claims != nil && len(in.Months) > 0 {
		in.Claims.Closed = []metric.ClosedPeriod{{Provider: in.Months[0].Provider, Month: in.Months[0].Month, At: at, By: "Lin", Totals: []metric.PeriodTotal{{Currency: "CNY", Bills: 3, Billed: cents(250000), Claims: 4, Claimed: cents(9000), Credited: cents(400)}}}}
	}
	return in
}

// decidedBill gives a bill the i-th of the ways in which it may stand.
func decidedBill(b metric.MoneyBill, i int) metric.MoneyBill {
	b.Period = "2026-11"
	b.Closed, b.Carried = i%2 == 1, map[bool]string{true: "2026-10"}[i%4 > 1]
	if i%3 < 2 {
		b.Approval = &metric.BillApproval{Version: b.Version + int64(i%3), Currency: b.MoneySum.Currency, Amount: cents(1234), At: time.Date(2026, 11, 12, 9, 30, 0, 0, time.UTC), By: "Lin", Note: "as agreed"}
	}
	return b
}

// billDecided is the page of a bill that stands in the i-th way; 0: no more than booked.
func billDecided(i int) func() metric.BillReport {
	return func() metric.BillReport {
		in := billFull()
		for k := range in.Bills {
			in.Bills[k] = decidedBill(in.Bills[k], i)
		}
		return in
	}
}
