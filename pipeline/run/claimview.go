package run

import (
	"context"
	"slices"

	"waybill/pipeline/audit"
	"waybill/pipeline/claims"
	"waybill/pipeline/metric"
)

// claimsView is what became of the findings and bills of an audit that was made on
// the reader; nil where there is nothing to claim and never was, and nobody
// decided anything.
func (r *Runner) claimsView(ctx context.Context, rd *Reader, found []audit.Finding, bills []audit.Bill) (*metric.ClaimsView, error) {
	in, err := r.claimsAt(rd)
	if err != nil {
		return nil, err
	}
	if in.Findings, err = claimFindings(found); err != nil {
		return nil, err
	}
	if err := r.dateFindings(ctx, rd, in.Findings); err != nil {
		return nil, err
	}
	book, err := claims.Stand(in)
	if err != nil || len(book.Claims)+len(book.Approvals)+len(book.Closes) == 0 {
		return nil, err
	}
	out := &metric.ClaimsView{}
	for _, k := range book.Closes {
		out.Closed = append(out.Closed, closedPeriod(k))
	}
	for _, b := range bills {
		out.Bills = append(out.Bills, standingOf(book, b))
	}
	for _, c := range book.Claims {
		out.Rows = append(out.Rows, claimRow(c))
	}
	return out, nil
}

// closedPeriod is a frozen month as pages show it.
func closedPeriod(k claims.Close) metric.ClosedPeriod {
	out := metric.ClosedPeriod{Provider: k.Provider, Month: k.Month, At: k.At.UTC(), By: k.By}
	for _, t := range k.Totals {
		out.Totals = append(out.Totals, metric.PeriodTotal{Currency: t.Currency, Bills: int64(t.Bills), Billed: toE8(t.Billed), Claims: int64(t.Claims), Claimed: toE8(t.Claimed), Approved: toE8(t.Approved), Credited: toE8(t.Credited)})
	}
	return out
}

// standingOf is what was decided about a bill: of approvals the last counts.
func standingOf(book *claims.Book, b audit.Bill) metric.BillStanding {
	out := metric.BillStanding{Provider: b.Provider, Account: b.Account, Bill: b.Bill, Version: b.Version}
	out.Period, out.Carried = book.Booked(claims.Bill{Provider: b.Provider, Account: b.Account, BillNo: b.Bill, Version: b.Version, BillDate: string(b.Date)})
	for _, k := range book.Closes {
		out.Closed = out.Closed || k.Provider == b.Provider && k.Month == out.Period
	}
	for _, a := range book.Approvals {
		if a.Provider == b.Provider && a.Account == b.Account && a.BillNo == b.Bill {
			out.Approvals = append(slices.DeleteFunc(out.Approvals, func(x metric.BillApproval) bool { return x.Currency == a.Currency }),
				metric.BillApproval{Version: a.Version, Currency: a.Currency, Amount: toE8(a.Approved), At: a.At.UTC(), By: a.By, Note: a.Note})
		}
	}
	return out
}

// claimRow is a claim as pages show it.
func claimRow(c claims.Claim) metric.ClaimRow {
	out := metric.ClaimRow{Finding: c.ID, Provider: c.Provider, Bill: c.BillNo, BillDate: c.BillDate, Number: c.Number, Currency: c.Currency, State: c.State,
		Amount: toE8(c.Claimed), Paid: toE8(c.Credited), Deadline: c.Deadline, DaysLeft: c.DaysLeft, Gone: c.Gone}
	// what is worth a look is a claim once somebody looked and queued it
	out.Claimable = !c.Gone && (c.State == claims.Queued || c.State == claims.Detected && c.Confidence == audit.Hard && !c.TooSmall)
	if c.Approved != nil {
		a := toE8(*c.Approved)
		out.Approved = &a
	}
	for _, s := range c.History {
		at := s.At.UTC()
		switch {
		case s.State == claims.Submitted && out.SentAt == nil:
			out.SentAt = &at
		case s.State == claims.Credited:
			out.PaidAt = &at
		}
	}
	return out
}

// toE8 is an amount as the audit counts it.
func toE8(a claims.Amount) audit.Money { return audit.Money(a) * 10_000 }

// claimsSeq is the newest decision about claims that a reader knows; 0: none.
func claimsSeq(rd *Reader) (seq int64) {
	for _, e := range rd.decided.claims {
		seq = max(seq, e.Seq)
	}
	return seq
}
