package run

import (
	"context"

	"waybill/pipeline/audit"
	"waybill/pipeline/claims"
	"waybill/pipeline/metric"
)

// claimsView is what became of the findings of an audit that was made on the
// reader; nil where there is nothing to claim and never was.
func (r *Runner) claimsView(ctx context.Context, rd *Reader, found []audit.Finding) (*metric.ClaimsView, error) {
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
	if err != nil || len(book.Claims) == 0 {
		return nil, err
	}
	out := &metric.ClaimsView{}
	for _, c := range book.Claims {
		out.Rows = append(out.Rows, claimRow(c))
	}
	return out, nil
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
