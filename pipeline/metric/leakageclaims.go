package metric

import (
	"cmp"
	"slices"
)

// within is the claims on bills of some days with their sums; from empty: on all.
func (v *ClaimsView) within(from, to string) *ClaimsView {
	if v == nil {
		return nil
	}
	out := &ClaimsView{Rows: slices.DeleteFunc(slices.Clone(v.Rows), func(c ClaimRow) bool {
		return from != "" && (c.BillDate < from || c.BillDate > to)
	})}
	out.States, out.Scores, out.Bills = claimSums(out.Rows), claimScores(out.Rows), v.Bills
	for _, k := range v.Closed {
		if from == "" || k.Month >= monthOf(from) && k.Month <= monthOf(to) {
			out.Closed = append(out.Closed, k)
		}
	}
	return out
}

// ofBill is the claims of the one bill, and the periods of its provider that are
// closed; nil where nobody keeps claims.
func (b *moneyOf) ofBill() *ClaimsView {
	v, x := b.money.Claims, b.money.Audit.Bills[0]
	if v == nil {
		return nil
	}
	of := map[string]bool{}
	for _, f := range b.findings {
		of[f.ID] = true
	}
	out := &ClaimsView{Rows: slices.DeleteFunc(slices.Clone(v.Rows), func(c ClaimRow) bool {
		return !of[c.Finding] && (!c.Gone || c.Provider != x.Provider || c.Bill != x.Bill)
	})}
	out.States = claimSums(out.Rows)
	for _, k := range v.Closed {
		if k.Provider == x.Provider {
			out.Closed = append(out.Closed, k)
		}
	}
	return out
}

// decided adds what people decided about the bill, in the currency of its sums.
func (m *MoneyBill) decided(v *ClaimsView) {
	if v == nil {
		return
	}
	for _, s := range v.Bills {
		if s.Provider != m.Provider || s.Account != m.Account || s.Bill != m.Bill.Bill || s.Version != m.Version {
			continue
		}
		m.Period, m.Carried, m.Closed = s.Period, s.Carried, s.Closed
		for _, a := range s.Approvals {
			if a.Currency == m.MoneySum.Currency {
				m.Approval = &a
			}
		}
	}
}

// claimSums adds claims up by currency and state.
func claimSums(rows []ClaimRow) []ClaimState {
	out := []ClaimState{}
	for _, c := range rows {
		i := slices.IndexFunc(out, func(s ClaimState) bool { return s.Currency == c.Currency && s.State == c.State })
		if i < 0 {
			i = len(out)
			out = append(out, ClaimState{Currency: c.Currency, State: c.State})
		}
		out[i].Claims++
		out[i].Amount += c.Amount
		if c.Approved != nil {
			out[i].Approved += *c.Approved
		}
		out[i].Paid += c.Paid
	}
	slices.SortFunc(out, func(x, y ClaimState) int {
		return cmp.Or(cmp.Compare(x.Currency, y.Currency), cmp.Compare(slices.Index(claimStates, x.State), slices.Index(claimStates, y.State)))
	})
	return out
}

// claimScores is how providers answered the claims that were sent. One that was
// withdrawn after it was sent is in none of approved, denied and waiting.
func claimScores(rows []ClaimRow) []ProviderScore {
	out := []ProviderScore{}
	days := [][]float64{}
	for _, c := range rows {
		if c.SentAt == nil {
			continue
		}
		i := slices.IndexFunc(out, func(s ProviderScore) bool { return s.Provider == c.Provider && s.Currency == c.Currency })
		if i < 0 {
			i = len(out)
			out, days = append(out, ProviderScore{Provider: c.Provider, Currency: c.Currency}), append(days, nil)
		}
		s := &out[i]
		s.Submitted++
		s.Claimed += c.Amount
		s.Paid += c.Paid
		switch c.State {
		case "approved", "credited":
			s.Approved++
		case "denied":
			s.Denied++
		case "submitted":
			s.Waiting++
		}
		if c.PaidAt != nil {
			days[i] = append(days[i], c.PaidAt.Sub(*c.SentAt).Hours()/24)
		}
	}
	for i := range out {
		if d := days[i]; len(d) > 0 {
			slices.Sort(d)
			m := (d[(len(d)-1)/2] + d[len(d)/2]) / 2
			out[i].DaysToPay = &m
		}
	}
	slices.SortFunc(out, func(x, y ProviderScore) int {
		return cmp.Or(cmp.Compare(x.Currency, y.Currency), cmp.Compare(y.Claimed, x.Claimed), cmp.Compare(x.Provider, y.Provider))
	})
	return out
}
