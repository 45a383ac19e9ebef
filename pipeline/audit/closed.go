package audit

import (
	"context"
	"errors"
	"slices"
	"time"
)

// ClosedMonth is a month of a provider that was closed, with the bills that it
// held then.
type ClosedMonth struct {
	Provider string
	Month    string // 2026-10, of the bills' dates
	On       string // day, 2026-11-09
	Bills    []ClosedBill
}

// ClosedBill is a version of a bill in a closed month.
type ClosedBill struct {
	Account, BillNo string
	Version         int64
}

// closed writes which months were closed, and with what.
func (a *Auditor) closed(ctx context.Context) error {
	if err := a.exec(ctx, "create or replace table closed_months (provider varchar, month date, closed_on date)",
		"create or replace table closed_bills (provider varchar, account varchar, bill_no varchar, version bigint, month date, closed_on date)"); err != nil {
		return err
	}
	var months, bills [][]any
	for _, m := range a.Closed {
		first, err := time.Parse("2006-01", m.Month)
		if err != nil {
			return err
		}
		on, err := time.Parse(time.DateOnly, m.On)
		if err != nil {
			return err
		}
		months = append(months, []any{m.Provider, first, on})
		for i, b := range m.Bills {
			if slices.Index(m.Bills, b) != i {
				continue // once per currency
			}
			bills = append(bills, []any{m.Provider, b.Account, b.BillNo, b.Version, first, on})
		}
	}
	return errors.Join(a.Engine.Insert(ctx, "closed_months", months), a.Engine.Insert(ctx, "closed_bills", bills))
}
