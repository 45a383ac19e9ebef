package reports

import "waybill/pipeline/metric"

// states is what became of what was found, by currency.
func (b *moneyPage) states(list []metric.ClaimState) section {
	s := section{ID: "claims", Title: say("leakage.claims"), Lead: say("leakage.claims_lead"), Empty: say("leakage.claims_none")}
	byCurrency(list, func(c metric.ClaimState) string { return c.Currency }, func(i int, currency string, some []metric.ClaimState) {
		t := &table{ID: "claims-" + digits(i+1), Part: orNone(currency), PartHead: say("col.currency"), Columns: []column{{Kind: kindPhrase, Head: say("leakage.state"), Key: true}, {Kind: kindNumber, Head: say("leakage.claims_count")},
			{Kind: kindMoney, Head: say("money.amount"), Help: say("leakage.claims_amount_help")}, {Kind: kindMoney, Head: say("leakage.approved")}, {Kind: kindMoney, Head: say("leakage.paid")}}}
		for _, c := range some {
			n := countCell(c.Claims)
			n.Door = &door{Command: "waybill claims list --limit 0 --state " + c.State}
			t.Rows = append(t.Rows, row{Cells: []cell{wordCell(b.words.term("claim.state", c.State)), n, amountCell(c.Amount, currency), partCell(c.Approved, currency), partCell(c.Paid, currency)}})
		}
		s.Blocks = append(s.Blocks, t)
	})
	return s
}

// closed are the months that are frozen, as they were frozen.
func (b *moneyPage) closed(list []metric.ClosedPeriod) section {
	s := section{ID: "periods", Title: say("leakage.periods"), Lead: say("leakage.periods_lead"), Empty: say("leakage.periods_none")}
	t := &table{ID: "periods", Sortable: true, Cards: true, Columns: []column{{Kind: kindText, Head: say("money.provider"), Key: true}, {Kind: kindText, Head: say("money.month"), Class: "k"}, {Kind: kindInstant, Head: say("leakage.closed_at")}, {Kind: kindText, Head: say("leakage.closed_by")},
		{Kind: kindNumber, Head: say("leakage.bills")}, {Kind: kindMoney, Head: say("money.billed")}, {Kind: kindNumber, Head: say("leakage.claims_count")}, {Kind: kindMoney, Head: say("leakage.claimed")}, {Kind: kindMoney, Head: say("leakage.approved")},
		{Kind: kindMoney, Head: say("leakage.paid")}, {Kind: kindText, Head: say("col.currency"), Only: inSheet}}}
	for _, k := range list {
		for _, x := range k.Totals {
			bills := countCell(x.Bills)
			bills.Door = &door{Command: "waybill claims periods"}
			t.Rows = append(t.Rows, row{Cells: []cell{textCell(k.Provider), monthCell(k.Month), b.clock.instantCell(&k.At), textCell(k.By), bills, amountCell(x.Billed, x.Currency), countCell(x.Claims), partCell(x.Claimed, x.Currency), partCell(x.Approved, x.Currency),
				partCell(x.Credited, x.Currency), textCell(x.Currency)}})
		}
	}
	if len(t.Rows) > 0 {
		s.Blocks = []block{t}
	}
	return s
}

// decidedCell is what people decided about a bill.
func (b *moneyPage) decidedCell(x metric.MoneyBill) cell {
	var said []phrase
	if a := x.Approval; a != nil {
		said = append(said, b.approval(x))
	}
	switch {
	case x.Closed && x.Carried != "":
		said = append(said, say("money.booked_closed", "month", number(x.Period)))
	case x.Closed:
		said = append(said, say("money.closed"))
	case x.Carried != "":
		said = append(said, say("money.booked", "month", number(x.Period)))
	}
	if len(said) == 0 {
		return dash()
	}
	return cell{Text: said[0], Sub: said[1:]}
}

func (b *moneyPage) approval(x metric.MoneyBill) phrase {
	a := x.Approval
	args := []any{"amount", amount(a.Amount, orNone(a.Currency)), "day", b.clock.date(a.At), "n", digitsOf(count(a.Version))}
	if a.Version != x.Version {
		return say("money.approved_other", args...)
	}
	return say("money.approved", args...)
}

// decided adds to the facts of a bill who approved it, and where it is booked.
func (b *billPage) decided(x metric.MoneyBill, add func(string, phrase)) {
	switch a := x.Approval; {
	case a == nil:
		add("bill.approval", say("bill.approval_none"))
	default:
		add("bill.approval", b.approval(x))
		if a.By != "" {
			add("bill.approved_by", literal(a.By))
		}
		if a.Note != "" {
			add("bill.approval_note", literal(a.Note))
		}
	}
	month := number(x.Period)
	switch {
	case x.Period == "":
	case x.Closed && x.Carried != "":
		add("bill.period", say("money.booked_closed", "month", month))
	case x.Closed:
		add("bill.period", say("bill.period_closed", "month", month))
	case x.Carried != "":
		add("bill.period", say("money.booked", "month", month))
	default:
		add("bill.period", say("bill.period_open", "month", month))
	}
}
